/** Part (b) in words: rows by log, and a verdict for each allowed set. */
import { markdownTable } from '../benchmarks-page.ts';
import type { Judged, JudgedLog } from './judgement.ts';
import { bestOf, verdictOf } from './verdict.ts';
import type { AdviceVerdict } from './verdict.ts';

const HEAD = ['log', 'who', 'setting', 'idle address-hours', 'delayed %', '(all nodes %)', 'EC2 calls/h', 'score'];

export function judgementText(logs: readonly JudgedLog[]): string {
  return [markdownTable([HEAD, ...logs.flatMap(rowsOf)]), '', ...logs.flatMap(verdictLines)].join('\n');
}

function rowsOf({ name, byDefault, usual, rows }: JudgedLog): readonly (readonly string[])[] {
  const row = (who: string, judged: Judged | undefined): readonly string[] =>
    judged === undefined ? [] : [name, who, ...cellsOf(judged)];
  return [
    row('CNI default', byDefault),
    ...usual.map((judged) => row('static', judged)),
    ...rows.flatMap(({ allowed, advice, statics }) => [
      row(`**advice**, ${allowed}`, advice),
      row(`best in hindsight, ${allowed}`, bestOf(statics)),
    ]),
  ];
}

function cellsOf(judged: Judged): readonly string[] {
  return [
    judged.setting,
    judged.idle.toFixed(2),
    (100 * judged.delayedShare).toFixed(3),
    (100 * judged.delayedAllShare).toFixed(2),
    judged.calls.toFixed(2),
    judged.score.toFixed(2),
  ];
}

function verdictLines(log: JudgedLog): readonly string[] {
  return log.rows.map((row) => {
    const why = told(verdictOf(log, row));
    const young = told(verdictOf(log, row, 'delayedAllShare'));
    const unavoidable = (100 * row.advice.unavoidableShare).toFixed(3);
    const shown = `${unavoidable} % of starts unavoidable, confidence ${row.confidence}`;
    return `- ${log.name}, ${row.allowed}, with ${row.advice.setting}: ${why}. With young nodes ${young}. (${shown})`;
  });
}

function told({ met, within, sentence }: AdviceVerdict): string {
  const word = met ? 'met' : within ? 'within chance' : 'MISSED';
  return sentence === '' ? `**${word}**` : `**${word}**: ${sentence}`;
}
