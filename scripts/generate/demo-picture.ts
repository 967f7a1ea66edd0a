/** The README's picture and example, made of what a run of the demo came to. */
import { readFileSync } from 'node:fs';
import type { Figures } from '../../demo/figures.ts';

const FILE = new URL('../../docs/images/demo.json', import.meta.url);
const README = new URL('../../README.md', import.meta.url);

const [WIDTH, LEFT, LONGEST, TOP, ROW] = [760, 150, 500, 46, 40];
const SHORTEST = 20;
const TEXT_COLUMNS = 98;
const INK = '#1f2328';
const KINDS = [
  { name: 'before', colour: '#d1242f', dy: 0 },
  { name: 'after', colour: '#1a7f37', dy: 15 },
] as const;

export const readFigures = (): Figures => JSON.parse(readFileSync(FILE, 'utf8'));

export function demoPicture({ nodes, before, after, bars }: Figures): string {
  const height = TOP + ROW * bars.length + 4;
  const title = `Addresses of ${nodes} nodes, WARM_ENI_TARGET ${before} → ${after}`;
  const legend = KINDS.map(({ name, colour }, at) => {
    const x = 520 + 90 * at;
    return `<rect x="${x}" y="14" width="12" height="12" fill="${colour}"/>${text(x + 18, 25, name)}`;
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img" aria-label="Addresses before and after, as the demo printed them">`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    text(20, 26, title, ' font-weight="bold"'),
    legend.join(''),
    ...bars.flatMap((bar, at) => barLines(bar, TOP + ROW * at)),
    '</svg>',
  ].join('\n')}\n`;
}

function barLines(bar: Figures['bars'][number], y: number): readonly string[] {
  const drawn = KINDS.map(({ name, colour, dy }) => {
    const width = Math.max(SHORTEST, Math.round((bar[name] / bar.of) * LONGEST));
    const rect = `<rect x="${LEFT}" y="${y + dy}" width="${width}" height="13" fill="${colour}"/>`;
    return rect + text(LEFT + width + 6, y + dy + 11, grouped(bar[name]), ' font-size="11"');
  });
  return [text(20, y + 19, bar.title), ...drawn];
}

const grouped = (value: number): string => value.toLocaleString('en-US');

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}"${more} fill="${INK}">${words}</text>`;

/** The README with the run's own words between its two marks. */
export function readmeWithExample({ because, table, end }: Figures): string {
  const said = [...wrapped(because), '', ...table, '', end].join('\n');
  const block = `<!-- example:demo -->\n\`\`\`text\n${said}\n\`\`\`\n<!-- /example:demo -->`;
  return readFileSync(README, 'utf8').replace(/<!-- example:demo -->[\s\S]*<!-- \/example:demo -->/, () => block);
}

function wrapped(sentence: string): readonly string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > TEXT_COLUMNS) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
