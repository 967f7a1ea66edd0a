/** Part (a) in words: a table by log, and every cell that fails. */
import { markdownTable } from '../benchmarks-page.ts';
import type { ComparedCell, ComparedColumn } from './fidelity.ts';
import { judged, worstOf } from './fidelity.ts';
import { COLUMNS } from './oracle.ts';

export function fidelityText(cells: readonly ComparedCell[], details: boolean): string {
  const byLog = [...Map.groupBy(cells, ({ cell }) => cell.log)];
  const rows = byLog.map(([log, of]) => [log, ...countsOf(of)]);
  const head = ['log', 'settings', 'equal', 'within chance', 'failed', 'the model itself', 'which failed'];
  const sum = byLog.length > 1 ? [['**all**', ...countsOf(cells).slice(0, 5), '']] : [];
  const failed = cells.filter((cell) => worstOf(judged(cell.columns)) === 'Failed');
  const told = details ? failed.map(detailOf) : [];
  return [markdownTable([head, ...rows, ...sum]), ...told].join('\n');
}

function countsOf(cells: readonly ComparedCell[]): readonly string[] {
  const verdicts = cells.map((cell) => worstOf(judged(cell.columns)));
  const count = (verdict: string): string => String(verdicts.filter((other) => other === verdict).length);
  const failed = cells.filter((_, index) => verdicts[index] === 'Failed').map(shortOf);
  const itself = (what: 'equal' | 'failed'): string =>
    cells.reduce((total, cell) => total + cell.itself[what], 0).toFixed(1);
  return [
    String(cells.length),
    count('Ok'),
    count('WithinChance'),
    count('Failed'),
    `${itself('equal')} equal, ${itself('failed')} failed`,
    failed.join('; '),
  ];
}

function shortOf(compared: ComparedCell): string {
  const wrong = judged(compared.columns).filter(({ verdict }) => verdict === 'Failed');
  return `${compared.cell.setting} (${wrong.map(columnText).join(', ')})`;
}

function columnText({ name, truth, low, high }: ComparedColumn): string {
  const digits = COLUMNS.find((column) => column.name === name)?.digits ?? 2;
  return `${name} ${truth.toFixed(digits)} against ${low.toFixed(digits)}–${high.toFixed(digits)}`;
}

function detailOf(compared: ComparedCell): string {
  return `  ${compared.cell.log} ${compared.cell.setting}: ${compared.columns.map(columnText).join('; ')}`;
}
