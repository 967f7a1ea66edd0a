/** A plot of part (b): for each log, what every setting leaves idle (to the right) and whether it meets the objective. */
import type { Judged, JudgedLog } from './judgement.ts';
import { bestOf, meets } from './verdict.ts';

const [WIDTH, LEFT, RIGHT, ROW, TOP] = [860, 290, 30, 34, 64];
const MARKS = [
  { who: 'CNI default', colour: '#7f7f7f' },
  { who: 'advice, eni/prefix', colour: '#1f77b4' },
  { who: 'advice, with the IP pair', colour: '#2ca02c' },
  { who: 'best in hindsight', colour: '#d62728' },
] as const;

type Mark = { readonly judged: Judged; readonly colour: string };

export function advicePlot(logs: readonly JudgedLog[]): string {
  const height = TOP + ROW * logs.length + 40;
  const most = Math.max(1, ...logs.flatMap(marksOf).map(({ judged }) => judged.idle));
  const x = (idle: number): number => LEFT + (idle / most) * (WIDTH - LEFT - RIGHT);
  const rows = logs.map((log, index) => rowSvg(log, TOP + ROW * index + ROW / 2, x));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = x(part * most).toFixed(1);
    return `<line x1="${at}" y1="${TOP}" x2="${at}" y2="${height - 36}" stroke="#ddd"/>${text(Number(at), height - 20, (part * most).toFixed(0), 'middle')}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    text(10, 20, 'Idle addresses per node on the second half; hollow: misses delayedPods 0.1 %', 'start'),
    ...MARKS.map(({ who, colour }, index) => legend(10 + index * 205, who, colour)),
    ...ticks,
    ...rows,
    text((LEFT + WIDTH) / 2, height - 4, 'idle address-hours per node-hour', 'middle'),
    '</svg>\n',
  ].join('\n');
}

function marksOf({ byDefault, rows }: JudgedLog): readonly Mark[] {
  const [whole, pair] = rows;
  const best = bestOf(rows.at(-1)?.statics ?? []);
  const judged = [byDefault, whole?.advice, pair?.advice, best];
  return MARKS.flatMap(({ colour }, index) => {
    const one = judged[index];
    return one === undefined ? [] : [{ judged: one, colour }];
  });
}

function rowSvg(log: JudgedLog, y: number, x: (idle: number) => number): string {
  const marks = marksOf(log).map(({ judged, colour }, index) => {
    const fill = meets(judged) ? colour : 'white';
    const at = { x: x(judged.idle).toFixed(1), y: y - 7.5 + index * 5 };
    return `<circle cx="${at.x}" cy="${at.y}" r="4.5" fill="${fill}" stroke="${colour}" stroke-width="1.5"><title>${judged.setting}</title></circle>`;
  });
  return text(LEFT - 12, y + 4, log.name, 'end') + marks.join('');
}

function legend(x: number, who: string, colour: string): string {
  return `<circle cx="${x + 5}" cy="40" r="5" fill="${colour}"/>${text(x + 16, 44, who, 'start')}`;
}

function text(x: number, y: number, words: string, anchor: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}
