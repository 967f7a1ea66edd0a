/** A table in columns, folded into the width there is. */
import type { Cell, Table } from '../output.ts';

export type TableLook = { readonly isWide: boolean; readonly hasColour: boolean; readonly width: number };

const GAP = '  ';
/** No column is folded narrower than this. */
const LEAST_WIDTH = 6;
const BOLD = '\u001b[1m';
const PLAIN = '\u001b[0m';

export function tableText(table: Table, { isWide, hasColour, width }: TableLook): string {
  const columns = table.columns.filter(({ wideOnly }) => isWide || wideOnly !== true);
  const isNumeric = columns.map(({ key }) => table.rows.every((row) => typeof row[key] !== 'string'));
  const cells = table.rows.map((row) => columns.map(({ key }) => cellText(row[key])));
  const titles = columns.map(({ title }) => title);
  const widths = fitted(
    titles.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0))),
    width,
  );
  const lines = (row: readonly string[]): readonly string[] => {
    const folded = row.map((text, at) => wrapped(text, widths[at] ?? LEAST_WIDTH));
    const height = Math.max(1, ...folded.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      folded
        .map((parts, at) => {
          const part = parts[line] ?? '';
          return isNumeric[at] === true ? part.padStart(widths[at] ?? 0) : part.padEnd(widths[at] ?? 0);
        })
        .join(GAP)
        .trimEnd(),
    );
  };
  const bold = (text: string): string => (hasColour ? `${BOLD}${text}${PLAIN}` : text);
  const head = table.title === '' ? [] : [bold(table.title)];
  return [...head, ...lines(titles).map(bold), ...cells.flatMap(lines)].join('\n');
}

/** `-` where there is nothing to say. */
export function cellText(cell: Cell): string {
  return cell === undefined || cell === '' ? '-' : String(cell);
}

/** The widest column gives way first. */
function fitted(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  const gaps = GAP.length * (widths.length - 1);
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each, gaps) - width;
    const widest = Math.max(...widths);
    if (excess <= 0 || widest <= LEAST_WIDTH) return widths;
    widths[widths.indexOf(widest)] = widest - 1;
  }
}

/** Lines of at most `width` characters, broken between words; a longer word is cut. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ').flatMap((each) => pieces(each, width))) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

function pieces(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...pieces(word.slice(width), width)];
}
