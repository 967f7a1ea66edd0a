/** A section as GitHub Markdown. */
import type { Section, Table } from '../output.ts';
import { cellText } from './table-text.ts';

export function markdownOf(section: Section): string {
  if (section.kind === 'Table') return markdownTable(section);
  return section.isVerbatim === true ? `\`\`\`\n${section.text}\n\`\`\`` : section.text;
}

function markdownTable({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const isNumeric = columns.map(({ key }) => rows.every((row) => typeof row[key] !== 'string'));
  return [
    ...(title === '' ? [] : [`**${title}**`, '']),
    line(columns.map((column) => column.title)),
    `|${isNumeric.map((numeric) => (numeric ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => line(columns.map(({ key }) => cellText(row[key])))),
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
