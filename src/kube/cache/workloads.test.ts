import { beforeEach, describe, expect, it } from 'vitest';
import type { DemandChange } from '../../tuning/demand-change.ts';
import type { NodeView } from '../../tuning/snapshot.ts';
import type { BoundPodView } from '../views.ts';
import { Workloads } from './workloads.ts';

const aNode = (name: string, more: Partial<NodeView> = {}): NodeView => ({
  name,
  uid: `uid-${name}`,
  instanceId: 'i-1',
  instanceType: 'm5.large',
  zone: 'a',
  region: 'r',
  maxPods: 29,
  createdAtMs: 0,
  ready: true,
  unschedulable: false,
  labels: {},
  platformSkip: undefined,
  ...more,
});

const aPod = (uid: string, nodeName: string, more: Partial<BoundPodView> = {}): BoundPodView => ({
  uid,
  nodeName,
  boundAtMs: 0,
  needsAddress: true,
  awaitingSandboxSinceMs: undefined,
  daemon: undefined,
  ...more,
});

const drain = (steps: Iterable<unknown>): void => void [...steps];

let nowMs: number;
let told: DemandChange[];
let workloads: Workloads;

const kinds = (): readonly string[] => told.map(({ kind }) => kind);
const setNode = (node: NodeView): void => workloads.nodes.set(node.uid, node);
const setPod = (pod: BoundPodView): void => workloads.pods.set(pod.uid, pod);

beforeEach(() => {
  nowMs = 1_000_000;
  told = [];
  workloads = new Workloads(
    { demand: (change) => told.push(change), nodesChanged: () => {}, daemonPodsChanged: () => {} },
    () => nowMs,
  );
});

describe('Workloads', () => {
  it('holds back pods until their node is known', () => {
    setPod(aPod('p', 'a'));
    expect(told).toEqual([]);
    expect(workloads.addressesByNode()).toEqual(new Map());
    setNode(aNode('a'));
    expect(kinds()).toEqual(['NodeSeen', 'PodBound']);
    expect(workloads.addressesByNode()).toEqual(new Map([['a', 1]]));
  });

  it('says nothing when a node only sends a heartbeat', () => {
    setNode(aNode('a', { labels: { b: '1', a: '2' } }));
    setNode(aNode('a', { labels: { a: '2', b: '1' } }));
    expect(kinds()).toEqual(['NodeSeen']);
    setNode(aNode('a', { ready: false }));
    expect(kinds()).toEqual(['NodeSeen', 'NodeSeen']);
  });

  it('tells a pod of the first state as one that was running already', () => {
    setNode(aNode('a'));
    drain(workloads.pods.replace(new Map([['p', aPod('p', 'a', { boundAtMs: 5_000 })]]), undefined));
    expect(told.at(-1)).toMatchObject({ kind: 'PodBound', alreadyRunning: true, atMs: 5_000 });
  });

  it('takes the moment it saw a fresh pod, and the bound time of one it saw late', () => {
    setNode(aNode('a'));
    setPod(aPod('fresh', 'a', { boundAtMs: nowMs - 900 }));
    setPod(aPod('late', 'a', { boundAtMs: nowMs - 60_000 }));
    const times = told.flatMap((change) => (change.kind === 'PodBound' ? [change.atMs] : []));
    expect(times).toEqual([nowMs, nowMs - 60_000]);
  });

  it('tells a node made anew under the same name as gone and seen', () => {
    setNode(aNode('a'));
    setPod(aPod('p', 'a'));
    setNode(aNode('a', { uid: 'another' }));
    expect(kinds()).toEqual(['NodeSeen', 'PodBound', 'NodeGone', 'NodeSeen', 'PodBound']);
    workloads.nodes.remove('uid-a');
    expect(workloads.nodeViews()).toHaveLength(1);
  });

  it('tells what it could not see before what has become of it', () => {
    setNode(aNode('a'));
    setPod(aPod('goes', 'a'));
    drain(workloads.pods.replace(new Map([['comes', aPod('comes', 'a')]]), { fromMs: 1, untilMs: 2, lossless: false }));
    expect(kinds()).toEqual(['NodeSeen', 'PodBound', 'Blind', 'PodGone', 'PodBound']);
    expect(told.at(-1)).toMatchObject({ alreadyRunning: true });
  });

  it('is not blind over a break in which nothing was missed, unless its times would be far off', () => {
    workloads.pods.resumed({ fromMs: 0, untilMs: 300_000, lossless: true });
    workloads.nodes.resumed({ fromMs: 0, untilMs: 300_000, lossless: true });
    expect(told).toEqual([]);
    workloads.pods.resumed({ fromMs: 0, untilMs: 300_001, lossless: true });
    expect(told).toEqual([{ kind: 'Blind', fromMs: 0, untilMs: 300_001 }]);
  });

  it('is blind over a break of any length in which something may have been missed', () => {
    drain(workloads.nodes.replace(new Map(), { fromMs: 5, untilMs: 6, lossless: false }));
    expect(told).toEqual([{ kind: 'Blind', fromMs: 5, untilMs: 6 }]);
  });

  it('counts pods that wait too long for an address, and refused ones at once', () => {
    setNode(aNode('a'));
    setPod(aPod('slow', 'a', { awaitingSandboxSinceMs: 100 }));
    setPod(aPod('refused', 'a', { awaitingSandboxSinceMs: 200 }));
    const failures = (atMs: number, refused: ReadonlyMap<string, number>) => workloads.addressFailures(atMs, refused);
    expect(failures(10_000, new Map())).toEqual([]);
    expect(failures(10_000, new Map([['refused', 300]]))).toEqual([{ nodeName: 'a', pods: 1, sinceMs: 300 }]);
    expect(failures(30_000, new Map([['refused', 300]]))).toEqual([{ nodeName: 'a', pods: 2, sinceMs: 100 }]);
    setPod(aPod('refused', 'a'));
    setPod(aPod('slow', 'a'));
    expect(failures(30_000, new Map([['refused', 300]]))).toEqual([]);
  });
});
