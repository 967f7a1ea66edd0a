import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aNode, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { demandOf } from '../../test/support/demand.ts';
import type { DemandChange } from '../tuning/demand-change.ts';
import { DEMAND_LOG_HEADER } from './demand-line.ts';
import { readDemandLog } from './demand-log.ts';
import { DemandRecorder } from './demand-recorder.ts';

const node = aNode('ip-10-0-0-1');
const bound = (pod: number, atMs: number, nodeName = node.name): DemandChange => {
  return { kind: 'PodBound', atMs, nodeName, pod, alreadyRunning: false };
};
const seen = (atMs: number, ready = true): DemandChange => ({ kind: 'NodeSeen', atMs, node: { ...node, ready } });

function recorded(before: readonly DemandChange[], after: readonly DemandChange[], beganMs = 0): string {
  const recorder = new DemandRecorder();
  const first = before.map((change) => recorder.linesOf(change)).join('');
  recorder.begin(beganMs);
  return first + after.map((change) => recorder.linesOf(change)).join('');
}

it('a recording is read back as the demand that was watched', async () => {
  const nodes = [aNode('a'), aNode('b', { instanceType: 'c5.4xlarge' })];
  const rhythm = { steadyPods: 4, burstPods: 2, burstEveryMs: 20 * MINUTE_MS };
  const changes = demandOf(nodes, { fromMs: MONDAY_MS, untilMs: MONDAY_MS + 2 * HOUR_MS, ...rhythm });
  const at = changes.findIndex((change) => change.kind !== 'Blind' && change.atMs > MONDAY_MS);
  const text = recorded(changes.slice(0, at), changes.slice(at), MONDAY_MS);
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-record-'));
  await writeFile(join(folder, 'demand.csv'), `${DEMAND_LOG_HEADER}\n${text}`);
  const log = await readDemandLog(join(folder, 'demand.csv'));
  await rm(folder, { recursive: true });
  expect(log.nodes.map(({ instanceType, startingPods }) => [instanceType, startingPods.length])).toEqual([
    ['m5.large', 4],
    ['c5.4xlarge', 4],
  ]);
  const starts = changes.filter((change) => change.kind === 'PodBound' && !change.alreadyRunning);
  const ends = changes.filter(({ kind }) => kind === 'PodGone');
  expect([log.podStarts, log.podEvents]).toEqual([starts.length, starts.length + ends.length]);
  expect(text).not.toContain('ip-');
});

it('a node begins when it is Ready, with the pods that were bound to it before', () => {
  expect(recorded([], [seen(1_000, false), bound(7, 1_500), seen(30_250)])).toBe(
    '30.25,node-add,n1,m5.large,\n30.25,pod-add,n1,,p7\n',
  );
});

it('a node that goes takes its pods along, and comes back as another one', () => {
  const gone = { kind: 'NodeGone', atMs: 9_000, nodeName: node.name } as const;
  expect(recorded([seen(0), bound(1, 0)], [gone, seen(10_000)])).toBe(
    '0,node-add,n1,m5.large,\n0,pod-add,n1,,p1\n9,pod-remove,n1,,p1\n9,node-remove,n1,,\n10,node-add,n2,m5.large,\n',
  );
});

it('time never goes back, and nothing after the start is a starting state', () => {
  const late = { kind: 'PodGone', atMs: 4_000, nodeName: node.name, pod: 1 } as const;
  expect(recorded([seen(0)], [bound(1, -5), bound(2, 5_000), late])).toBe(
    '0,node-add,n1,m5.large,\n0.001,pod-add,n1,,p1\n5,pod-add,n1,,p2\n5,pod-remove,n1,,p1\n',
  );
});

it('nodes that the CNI does not serve are left out, and a gap ends the recording', () => {
  const recorder = new DemandRecorder();
  const fargate: DemandChange = { kind: 'NodeSeen', atMs: 0, node: { ...node, platformSkip: 'Fargate' } };
  expect(recorder.linesOf(fargate)).toBe('');
  recorder.begin(0);
  expect(recorder.linesOf({ kind: 'Blind', fromMs: 1_000, untilMs: 2_000 })).toBe('');
  expect(recorder.linesOf(seen(3_000))).toBe('');
  expect([recorder.isBroken, recorder.nodes]).toEqual([true, 0]);
});
