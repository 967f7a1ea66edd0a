import { describe, expect, it } from 'vitest';
import type { SeenEvent } from '../kube/event-list.ts';
import { eventsAnswer } from './events-answer.ts';
import { eventsCommand } from './events-command.ts';
import { render } from './output.ts';
import { runCommand } from './run-command.ts';

const NOW_MS = Date.parse('2026-03-02T12:00:00Z');
const MINUTE_MS = 60_000;
const DEFAULT = { kind: 'CniTuning', namespace: '', name: 'default' };
const AWS_NODE = { kind: 'DaemonSet', namespace: 'kube-system', name: 'aws-node' };

const anEvent = (minutesAgo: number, more: Partial<SeenEvent> = {}): SeenEvent => ({
  object: DEFAULT,
  type: 'Normal',
  reason: 'Tuned',
  note: 'All nodes have it.',
  count: 1,
  lastSeenMs: NOW_MS - minutesAgo * MINUTE_MS,
  ...more,
});

function csvOf(
  events: readonly SeenEvent[],
  more: Partial<Parameters<typeof eventsAnswer>[0]> = {},
): readonly string[] {
  const seen = { events, hasMore: false };
  const answer = eventsAnswer({ seen, about: undefined, sinceMs: undefined, nowMs: NOW_MS, ...more });
  return render(answer, { format: 'csv', hasColour: false, width: 80 }).trimEnd().split('\n').slice(1);
}

const about = { name: 'default', ref: AWS_NODE };

describe('the events of the operator', () => {
  it('come newest last, with time and age', () => {
    expect(csvOf([anEvent(3), anEvent(65, { reason: 'RollingOut', note: 'Begins.' })])).toEqual([
      '2026-03-02T10:55:00Z,1h5m,1,Normal,RollingOut,CniTuning default,Begins.',
      '2026-03-02T11:57:00Z,3m,1,Normal,Tuned,CniTuning default,All nodes have it.',
    ]);
  });

  it('tell a thing once that was said again, on another object or by another operator', () => {
    const again = [anEvent(9, { count: 4 }), anEvent(2), anEvent(5, { object: AWS_NODE })];
    expect(csvOf(again)).toEqual([
      '2026-03-02T11:58:00Z,2m,5,Normal,Tuned,"CniTuning default, DaemonSet kube-system/aws-node",All nodes have it.',
    ]);
  });

  it('are those of one CniTuning and its DaemonSet where it is named', () => {
    const others = [
      anEvent(1, { object: { ...DEFAULT, name: 'other' }, note: 'Of another.' }),
      anEvent(1, { object: { ...AWS_NODE, namespace: 'elsewhere' }, note: 'Elsewhere.' }),
    ];
    const mine = [anEvent(3), anEvent(2, { object: AWS_NODE, note: 'On the DaemonSet.' })];
    expect(csvOf([...others, ...mine], { about }).map((line) => line.split(',').at(-1))).toEqual([
      'All nodes have it.',
      'On the DaemonSet.',
    ]);
  });

  it('are those of the time that was asked for', () => {
    expect(csvOf([anEvent(11, { note: 'Old.' }), anEvent(10)], { sinceMs: 10 * MINUTE_MS })).toHaveLength(1);
  });

  it('leave half of a terminal to the message', () => {
    const note = 'WARM_ENI_TARGET 1→0 takes idle addresses per node from 41.7 to 19.2.';
    const seen = { events: [anEvent(3, { reason: 'RecommendationFound', note })], hasMore: false };
    const answer = eventsAnswer({ seen, about: undefined, sinceMs: undefined, nowMs: NOW_MS });
    const table = render(answer, { format: 'table', hasColour: false, width: 80 }).trimEnd().split('\n');
    expect(table).toEqual([
      expect.stringMatching(/^AGE +TYPE +REASON +MESSAGE$/),
      expect.stringMatching(/^3m +Normal +RecommendationFound +WARM_ENI_TARGET 1→0 takes idle addresses per$/),
      expect.stringMatching(/^ +node from 41\.7 to 19\.2\.$/),
    ]);
  });

  it('say that there are none, or that there are more', () => {
    const seen = { events: [], hasMore: true };
    const answer = eventsAnswer({ seen, about, sinceMs: 10 * MINUTE_MS, nowMs: NOW_MS });
    expect(answer.sections.map((section) => ('text' in section ? section.text : ''))).toEqual([
      'There is no event of the operator about default or its DaemonSet in the last 10m; the API server keeps events ' +
        'for an hour as a rule.',
      'There are more events of the operator than were read, so some may be missing: `kubectl get events -A` lists all.',
    ]);
    expect(answer.value).toMatchObject({ isWhole: false, events: [] });
  });

  it('are not read for a time that is none', async () => {
    const surroundings = { env: {}, nowMs: () => NOW_MS, progress: () => ({ at: () => {}, end: () => {} }) };
    const screen = { isTerminal: false, columns: undefined };
    expect(await runCommand(eventsCommand, ['--since', 'yesterday'], surroundings, screen)).toMatchObject({
      exitCode: 2,
      stderr: 'cni-tuner events: --since is "yesterday"; it must be a duration such as 10m or 1h30m.\n',
    });
  });
});
