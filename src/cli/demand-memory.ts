/** A demand log told to the operator's memory of demand, as its watches would have told it. */
import { DemandHistory } from '../tuning/demand.ts';
import type { DemandChange } from '../tuning/demand-change.ts';
import type { NodeView } from '../tuning/snapshot.ts';
import type { DemandLog, DemandNode } from './demand-nodes.ts';
import type { DemandMode } from './demand-shapes.ts';
import { maxPodsIn } from './demand-shapes.ts';

/** Nodes of the log's start have been Ready for long. */
const LONG_BEFORE_MS = 86_400_000;
const ADD = 1;
const MEMORY_SEED = 1;

export type RememberedLog = {
  readonly memory: DemandHistory;
  /** Every node of the log, those that are gone too. */
  readonly nodes: readonly NodeView[];
};

/** The log's second 0 is the epoch: days are counted from there. */
export function rememberLog(log: DemandLog, mode: DemandMode): RememberedLog {
  const memory = new DemandHistory({ seed: MEMORY_SEED });
  const nodes = log.nodes.map((node) => nodeView(node, mode));
  const changes: DemandChange[] = [];
  let firstPod = 0;
  for (const [index, node] of log.nodes.entries()) {
    const view = nodes[index];
    if (view !== undefined) firstPod += addChanges(node, { view, firstPod, endMs: log.endMs }, changes);
  }
  // Stable: what happened on a node at one instant keeps its order.
  for (const change of changes.toSorted((a, b) => instantOf(a) - instantOf(b))) memory.record(change);
  return { memory, nodes };
}

/** What happened until `untilMs`; whatever is alive then stays. */
export function logUntil(log: DemandLog, untilMs: number): DemandLog {
  const nodes = log.nodes
    .filter(({ addedAtMs }) => addedAtMs < untilMs)
    .map((node) => ({
      ...node,
      untilMs: Math.min(node.untilMs, untilMs),
      events: node.events.slice(0, 3 * eventsBefore(node, untilMs)),
    }));
  const podEvents = nodes.reduce((sum, { events }) => sum + events.length / 3, 0);
  const podStarts = nodes.reduce((sum, { events }) => sum + addsIn(events), 0);
  return { nodes, endMs: Math.min(log.endMs, untilMs), podStarts, podEvents };
}

function eventsBefore({ events }: DemandNode, untilMs: number): number {
  let before = 0;
  while (before * 3 < events.length && (events[before * 3] ?? 0) < untilMs) before += 1;
  return before;
}

function addsIn(events: Float64Array): number {
  let adds = 0;
  for (let at = 1; at < events.length; at += 3) adds += events[at] ?? 0;
  return adds;
}

type Telling = { readonly view: NodeView; readonly firstPod: number; readonly endMs: number };

/** Returns how many pods there were: their numbers are unique in the log. */
function addChanges(node: DemandNode, { view, firstPod, endMs }: Telling, changes: DemandChange[]): number {
  const { name: nodeName, addedAtMs, startingPods, events, untilMs } = node;
  changes.push({ kind: 'NodeSeen', atMs: addedAtMs, node: view });
  let pods = 0;
  const numbered = (pod: number): number => {
    pods = Math.max(pods, pod + 1);
    return firstPod + pod;
  };
  for (const pod of startingPods) {
    changes.push({ kind: 'PodBound', atMs: addedAtMs, nodeName, pod: numbered(pod), alreadyRunning: true });
  }
  for (let at = 0; at < events.length; at += 3) {
    const [atMs = 0, op, local = 0] = events.subarray(at, at + 3);
    const pod = numbered(local);
    if (op === ADD) changes.push({ kind: 'PodBound', atMs, nodeName, pod, alreadyRunning: false });
    else changes.push({ kind: 'PodGone', atMs, nodeName, pod });
  }
  if (untilMs < endMs) changes.push({ kind: 'NodeGone', atMs: untilMs, nodeName });
  return pods;
}

function instantOf(change: DemandChange): number {
  return change.kind === 'Blind' ? change.fromMs : change.atMs;
}

function nodeView({ name, instanceType, addedAtMs }: DemandNode, mode: DemandMode): NodeView {
  return {
    name,
    uid: name,
    instanceId: name,
    instanceType,
    zone: '',
    region: '',
    maxPods: maxPodsIn(mode, instanceType) ?? 0,
    createdAtMs: addedAtMs === 0 ? -LONG_BEFORE_MS : addedAtMs,
    ready: true,
    unschedulable: false,
    labels: {},
    platformSkip: undefined,
  };
}
