/** Stretches of node-lives as the oracle's Method cuts them: with up to an hour of their own history. */
import type { DemandNode } from '../../../src/cli/demand-nodes.ts';
import { maxPodsIn } from '../../../src/cli/demand-shapes.ts';
import { limitsOf } from '../../../src/ipamd/instance-limits.ts';
import type { NodeShape } from '../../../src/ipamd/instance-limits.ts';
import type { NodeLife } from '../../../src/ipamd/simulate.ts';

/** A quiet gap counts as this long at most when history is measured. */
const LONGEST_GAP_MS = 460_000;
const HISTORY_MS = 3_600_000;
/** Nodes of the log's start were Ready long before it. */
const LONG_BEFORE_MS = 86_400_000;
const ADD = 1;

export function shapeOfNode(instanceType: string, prefix: boolean): NodeShape | undefined {
  const limits = limitsOf(instanceType);
  const maxPods = maxPodsIn(prefix ? 'prefix' : 'secondary-ip', instanceType);
  return limits === undefined || maxPods === undefined ? undefined : { ...limits, maxPods };
}

/** The log's time at which the replay of a stretch begins: an hour before, quiet gaps shortened, or the life's start. */
function beginsAt(node: DemandNode, fromMs: number): number {
  let leftMs = HISTORY_MS;
  let laterMs = fromMs;
  for (let at = node.events.length - 3; at >= -3; at -= 3) {
    const eventMs = at < 0 ? node.addedAtMs : (node.events[at] ?? 0);
    if (eventMs >= laterMs) continue;
    const gapMs = Math.min(LONGEST_GAP_MS, laterMs - eventMs);
    if (gapMs >= leftMs) return laterMs - leftMs;
    leftMs -= gapMs;
    laterMs = eventMs;
  }
  return node.addedAtMs;
}

/**
 * `fromMs` to `untilMs` of a node's life, counted; `whole`: with everything before as history. Events at its end belong
 * to the next stretch, if there is one.
 */
export function stretchOf(node: DemandNode, span: { fromMs: number; untilMs: number; whole?: boolean }): NodeLife {
  const { fromMs, untilMs } = span;
  const beginsAtMs = span.whole === true ? node.addedAtMs : beginsAt(node, fromMs);
  const pods = new Set(node.startingPods);
  let first = 0;
  for (; first < node.events.length && (node.events[first] ?? 0) < beginsAtMs; first += 3) {
    const pod = node.events[first + 2] ?? 0;
    if (node.events[first + 1] === ADD) pods.add(pod);
    else pods.delete(pod);
  }
  const endMs = untilMs >= node.untilMs ? untilMs + 1 : untilMs;
  let last = first;
  while (last < node.events.length && (node.events[last] ?? 0) < endMs) last += 3;
  return {
    readyAtMs: node.addedAtMs === 0 ? -LONG_BEFORE_MS : node.addedAtMs,
    fromMs,
    beginsAtMs,
    untilMs: endMs,
    startingPods: [...pods],
    events: node.events.slice(first, last),
  };
}

/** Counted pod starts of a stretch, and those on the node when it was older than two minutes. */
export function startsOf({ events, fromMs, readyAtMs }: NodeLife): { readonly all: number; readonly old: number } {
  let [all, old] = [0, 0];
  for (let at = 0; at < events.length; at += 3) {
    const eventMs = events[at] ?? 0;
    if (events[at + 1] !== ADD || eventMs < fromMs) continue;
    all++;
    if (eventMs - readyAtMs >= 120_000) old++;
  }
  return { all, old };
}
