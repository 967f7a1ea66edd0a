/**
 * Where ipamd stands in its loop of 5 s when a pod comes. The oracle cut each quiet gap to 460 s, which is a whole number
 * of loops: ipamd comes out of a gap at the point of its loop at which it went in. Here gaps stay as long as they are,
 * but for the 2.5 s at most that make them a whole number of loops too. Where a stretch begins settled, the Method does
 * not say at which point of its loop ipamd meets the first pod: each seed draws one.
 */
import type { NodeLife } from '../../../src/ipamd/simulate.ts';

/** The oracle's shortest gap that is cut. */
const QUIET_GAP_MS = 460_000;
const LOOP_MS = 5000;

/** The same life with quiet gaps of whole loops; times of the stretch that fall on an event move with it. */
export function withWholeLoops(life: NodeLife): NodeLife {
  const { fromMs, untilMs } = life;
  const events = life.events.slice();
  const begins = life.beginsAtMs ?? fromMs;
  let [earlier, moved] = [begins, begins];
  const placed = (atMs: number): number => {
    const gapMs = atMs - earlier > QUIET_GAP_MS ? wholeLoops(atMs - moved) : atMs - earlier;
    earlier = atMs;
    moved += gapMs;
    return moved;
  };
  let movedFromMs = fromMs;
  for (let at = 0; at < events.length; at += 3) {
    const atMs = life.events[at] ?? 0;
    events[at] = placed(atMs);
    if (atMs === fromMs && fromMs !== begins) movedFromMs = moved;
  }
  return { ...life, events, fromMs: movedFromMs, untilMs: placed(untilMs) };
}

function wholeLoops(gapMs: number): number {
  return Math.round(gapMs / LOOP_MS) * LOOP_MS;
}

/** A stretch that begins settled begins up to one loop earlier. */
export function withDrawnPhase(life: NodeLife, random: () => number): NodeLife {
  const begins = life.beginsAtMs ?? life.fromMs;
  const earlierMs = Math.floor(random() * LOOP_MS);
  return begins - earlierMs > life.readyAtMs ? { ...life, beginsAtMs: begins - earlierMs } : life;
}
