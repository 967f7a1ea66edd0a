/** Demand for a memory: nodes whose pods come and go as told. Seeded by nothing: the same call, the same demand. */
import type { DemandChange } from '../../src/tuning/demand-change.ts';
import type { NodeView } from '../../src/tuning/snapshot.ts';

export type Rhythm = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Pods that are there all the time. */
  readonly steadyPods: number;
  /** Every `burstEveryMs` so many pods more, for half that time; 0 = none. */
  readonly burstPods: number;
  readonly burstEveryMs: number;
};

/** In the order in which a watch would tell them. */
export function demandOf(nodes: readonly NodeView[], rhythm: Rhythm): readonly DemandChange[] {
  const perNode = nodes.map((node, at) => changesOf(node, at, rhythm));
  return perNode.flat().toSorted((a, b) => timeOf(a) - timeOf(b));
}

function timeOf(change: DemandChange): number {
  return change.kind === 'Blind' ? change.fromMs : change.atMs;
}

function changesOf(node: NodeView, at: number, rhythm: Rhythm): readonly DemandChange[] {
  const { fromMs, untilMs, steadyPods, burstPods, burstEveryMs } = rhythm;
  const changes: DemandChange[] = [{ kind: 'NodeSeen', atMs: fromMs, node }];
  let pod = at * 1_000_000;
  const bound = (atMs: number, alreadyRunning: boolean): DemandChange => {
    pod += 1;
    return { kind: 'PodBound', atMs, nodeName: node.name, pod, alreadyRunning };
  };
  for (let count = 0; count < steadyPods; count++) changes.push(bound(fromMs, true));
  // Nodes are out of step, so that bursts do not fall on the same instant everywhere.
  for (let atMs = fromMs + burstEveryMs + at * 7_000; burstPods > 0 && atMs < untilMs; atMs += burstEveryMs) {
    for (let count = 0; count < burstPods; count++) {
      changes.push(bound(atMs + count * 10, false));
      changes.push({ kind: 'PodGone', atMs: atMs + burstEveryMs / 2 + count * 10, nodeName: node.name, pod });
    }
  }
  return changes.filter((change) => timeOf(change) <= untilMs);
}
