import fc from 'fast-check';
import { expect, it } from 'vitest';
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

it('counts what is there, and tells each pod once and its end once, whatever comes in which order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('node' as const), on: fc.nat(3), gone: fc.boolean(), life: fc.nat(1) }),
    fc.record({ do: fc.constant('pod' as const), id: fc.nat(8), needs: fc.boolean(), gone: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const told: DemandChange[] = [];
      const workloads = new Workloads(
        { demand: (change) => told.push(change), nodesChanged: () => {}, daemonPodsChanged: () => {} },
        () => 1_000_000,
      );
      const nodes = new Map<string, string>();
      const pods = new Map<string, string>();
      for (const each of steps) {
        if (each.do === 'node') {
          const node = aNode(`n${each.on}`, { uid: `n${each.on}-${each.life}` });
          if (!each.gone) nodes.set(node.name, node.uid);
          else if (nodes.get(node.name) === node.uid) nodes.delete(node.name);
          if (each.gone) workloads.nodes.remove(node.uid);
          else workloads.nodes.set(node.uid, node);
        } else {
          const pod = aPod(`p${each.id}`, `n${each.id % 4}`, { needsAddress: each.needs });
          if (each.gone || !each.needs) pods.delete(pod.uid);
          else pods.set(pod.uid, pod.nodeName);
          if (each.gone) workloads.pods.remove(pod.uid);
          else workloads.pods.set(pod.uid, pod);
        }
      }
      const expected = new Map<string, number>();
      for (const node of pods.values()) if (nodes.has(node)) expected.set(node, (expected.get(node) ?? 0) + 1);
      expect(workloads.addressesByNode()).toEqual(expected);
      expect(openPodsByNode(told)).toEqual(expected);
    }),
    { seed: 7, numRuns: 300 },
  );
});

/** What a reader of the changes believes; throws when a change makes no sense after those before. */
function openPodsByNode(changes: readonly DemandChange[]): ReadonlyMap<string, number> {
  const nodes = new Map<string, Set<number>>();
  for (const change of changes) {
    if (change.kind === 'NodeSeen') nodes.set(change.node.name, nodes.get(change.node.name) ?? new Set());
    else if (change.kind === 'NodeGone') must(nodes.delete(change.nodeName), change);
    else if (change.kind === 'PodBound') {
      const pods = nodes.get(change.nodeName);
      must(pods?.has(change.pod) === false, change);
      pods?.add(change.pod);
    } else if (change.kind === 'PodGone') must(nodes.get(change.nodeName)?.delete(change.pod) === true, change);
  }
  const counts = [...nodes].map(([name, pods]): [string, number] => [name, pods.size]);
  return new Map(counts.filter(([, pods]) => pods > 0));
}

function must(holds: boolean, change: DemandChange): void {
  if (!holds) throw new Error(`${JSON.stringify(change)} makes no sense after the changes before it`);
}
