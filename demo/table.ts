/** Plain text tables that line up at any width of their cells. */

export type Align = 'left' | 'right';
export type Column = { readonly title: string; readonly align: Align };

/** Rows of as many cells as there are columns. Two spaces between columns, a line under the titles. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        const width = widths[at] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows.map(line),
  ];
}

/** `1,234` */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `6.0 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `9 s`, `1 min 04 s` */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Breaks text into lines of at most `width` characters, between words. A word that is longer stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

const FOLD_INDENT = '    ';

/**
 * A table that another program printed, made to fit: columns beyond `width` go under their row, indented, and text
 * that is still too long is broken between words. The first line tells where the columns begin.
 */
export function foldedTable(lines: readonly string[], width: number): readonly string[] {
  if (lines.every((line) => line.length <= width)) return lines;
  const starts = [...(lines[0] ?? '').matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
  const cells = lines.map((line) => starts.map((start, at) => line.slice(start, starts[at + 1]).trimEnd()));
  const widths = starts.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  const chunks = chunksOf(widths, width);
  return cells.flatMap((row) =>
    chunks.flatMap((chunk, at) => {
      const text = chunk
        .map((column) => (row[column] ?? '').padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd();
      if (at === 0) return [text];
      const room = width - FOLD_INDENT.length;
      return (text.length <= room ? [text] : wrapped(text, room)).map((line) => `${FOLD_INDENT}${line}`);
    }),
  );
}

/** Columns that stand side by side, as many as fit; indexes into `widths`. */
function chunksOf(widths: readonly number[], width: number): readonly (readonly number[])[] {
  const chunks: number[][] = [];
  let used = width + 1;
  widths.forEach((columnWidth, column) => {
    const last = chunks.at(-1);
    if (last === undefined || used + 3 + columnWidth > width) {
      used = columnWidth;
      chunks.push([column]);
    } else {
      used += 3 + columnWidth;
      last.push(column);
    }
  });
  return chunks;
}
