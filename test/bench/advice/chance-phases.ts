/**
 * After a quiet gap it is chance where ipamd stands in its loop of 5 s, and in the cycle of 73 s of WARM_ENI_TARGET=0:
 * the oracle cut such gaps. So each seed moves what lies between two quiet gaps by up to half such a cycle.
 */
import { seededRandom } from '../../../src/ipamd/random.ts';
import type { NodeLife } from '../../../src/ipamd/simulate.ts';

/** The oracle's shortest gap that is cut. */
const QUIET_GAP_MS = 460_000;
const MOST_SHIFT_MS = 36_500;

export function withChancePhases(life: NodeLife, seed: number): NodeLife {
  const random = seededRandom(seed);
  const events = life.events.slice();
  const atMs = (index: number): number => life.events[index] ?? life.untilMs;
  // Before the first gap stands the start of the node's life, which is no chance; what ends it is none either.
  let from = 0;
  while (from < events.length && !isGap(atMs(from), atMs(from + 3))) from += 3;
  from += 3;
  while (from < events.length) {
    let to = from;
    while (to < events.length && !isGap(atMs(to), atMs(to + 3))) to += 3;
    const counts = [from, Math.min(to, events.length - 3)].map((index) => atMs(index) >= life.fromMs);
    const isMovable = to < events.length && counts[0] === counts[1];
    const shiftMs = isMovable ? Math.round((2 * random() - 1) * MOST_SHIFT_MS) : 0;
    for (let at = from; at <= to && at < events.length; at += 3) events[at] = movedMs(atMs(at), shiftMs, life.fromMs);
    from = to + 3;
  }
  return { ...life, events };
}

function isGap(earlierMs: number, laterMs: number): boolean {
  return laterMs - earlierMs > QUIET_GAP_MS;
}

/** Never across the time at which counting starts. */
function movedMs(eventMs: number, shiftMs: number, fromMs: number): number {
  const moved = eventMs + shiftMs;
  return eventMs >= fromMs ? Math.max(fromMs, moved) : Math.min(fromMs - 1, moved);
}
