/** docs/benchmarks.md: each benchmark owns the lines between its two markers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

const PAGE = join(dirname(dirname(import.meta.dirname)), 'docs', 'benchmarks.md');

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. Throws when the page has no such markers. */
export function writeSection(name: string, text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(`<!-- ${name} -->\n`, 2);
  const after = rest?.split(`<!-- /${name} -->`, 2)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/benchmarks.md has no markers for ${name}.`);
  writeFileSync(PAGE, `${before}<!-- ${name} -->\n${text.trimEnd()}\n<!-- /${name} -->${after}`);
}

/** A picture beside the page. */
export function writePlot(name: string, svg: string): void {
  writeFileSync(join(dirname(PAGE), name), svg);
}

/** What the figures were measured on: `2 × AMD EPYC …, 24 GiB, linux 6.18 x64, Node v24.21.0`. */
export function machineText(): string {
  const processors = cpus();
  const gibibytes = (totalmem() / 1024 ** 3).toFixed(0);
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${processors.length} × ${model}, ${gibibytes} GiB, ${platform()} ${release().split('-', 1)[0]} ${arch()}, Node ${process.version}`;
}

/** Rows of equal length as a Markdown table, the first row its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The middle value; of an even number, the mean of the two in the middle. NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** `6.0 (5.8–6.4)`: median and spread. */
export function spreadText(values: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${medianOf(values).toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}
