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
  const texts = titles.map((title, at) => [title, ...cells.map((row) => row[at] ?? '')]);
  const widths = fitted(texts, width);
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

/** Columns give way between words first, since a name that is cut cannot be copied; the widest of them first. */
function fitted(columns: readonly (readonly string[])[], width: number): readonly number[] {
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));
  const wanted = columns.map(longest);
  const unbroken = columns.map((texts) => Math.max(LEAST_WIDTH, longest(texts.flatMap((text) => text.split(/[ \n]/)))));
  return narrowed(
    narrowed(wanted, unbroken, width),
    wanted.map(() => LEAST_WIDTH),
    width,
  );
}

/** The widths made to fit, as far as each may go. */
function narrowed(wanted: readonly number[], least: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  const gaps = GAP.length * (widths.length - 1);
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each, gaps) - width;
    const widest = Math.max(...widths.map((each, at) => (each > (least[at] ?? LEAST_WIDTH) ? each : 0)));
    if (excess <= 0 || widest === 0) return widths;
    const at = widths.findIndex((each, index) => each === widest && each > (least[index] ?? LEAST_WIDTH));
    widths[at] = widest - 1;
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
