/** One table as CSV (RFC 4180, line feeds): every column, wide ones too. */
import type { Cell, Table } from '../output.ts';

export function csvOf(table: Table | undefined): string {
  if (table === undefined) return '';
  const head = table.columns.map(({ key }) => field(key));
  const rows = table.rows.map((row) => table.columns.map(({ key }) => field(row[key])));
  return `${[head, ...rows].map((fields) => fields.join(',')).join('\n')}\n`;
}

function field(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
