/** How far the DaemonSet's template has reached the nodes. */
import type { ClusterSnapshot } from './snapshot.ts';

export type RolloutView = {
  /** Nodes that should run the newest template and can: Ready, with a pod of the DaemonSet. */
  readonly desired: number;
  readonly updated: number;
  readonly complete: boolean;
  /** Some Ready node still runs an older template, or the controller has not seen the newest one. */
  readonly inProgress: boolean;
  /** Nodes that run the newest template and whose pod is not ready. */
  readonly unhealthy: number;
  /** Up to five nodes that are still on their way, for messages. */
  readonly waitingFor: readonly string[];
  /** Nodes that are not Ready: their pod cannot become ready, so nobody waits for it. */
  readonly notReady: number;
};

const MOST_NAMED = 5;

/**
 * Complete = observedGeneration reached, every pod there, and each one on a node that is Ready and older than the
 * change is updated and ready. Younger nodes start with the new template: their slow start holds nothing up.
 */
export function rolloutOf(snapshot: ClusterSnapshot, changedAtMs = Infinity): RolloutView | undefined {
  const { daemonSet, awsNodePods } = snapshot;
  if (daemonSet === undefined) return undefined;
  const ready = new Set(snapshot.nodes.filter((node) => node.ready).map(({ name }) => name));
  const young = new Set(snapshot.nodes.filter((node) => node.createdAtMs > changedAtMs).map(({ name }) => name));
  const counted = awsNodePods.filter(({ nodeName }) => ready.has(nodeName) && !young.has(nodeName));
  const waiting = counted.filter((pod) => !pod.updated || !pod.ready).map(({ nodeName }) => nodeName);
  const observed = daemonSet.observedGeneration >= daemonSet.generation;
  return {
    desired: counted.length,
    updated: observed ? counted.length - waiting.length : 0,
    inProgress: !observed || counted.some((pod) => !pod.updated),
    unhealthy: counted.filter((pod) => pod.updated && !pod.ready).length,
    complete: observed && waiting.length === 0 && awsNodePods.length >= daemonSet.desired,
    waitingFor: waiting.toSorted().slice(0, MOST_NAMED),
    notReady: awsNodePods.filter(({ nodeName }) => !ready.has(nodeName)).length,
  };
}
