/** How many pods a node of each shape had at once, over time: half of it, and 99 % of it, at most. */
import type { LifeSegment, PodsAtOnce } from '../evaluation.ts';

export function podsByShape(segments: readonly LifeSegment[]): Readonly<Record<string, PodsAtOnce>> {
  const times = new Map<string, number[]>();
  for (const segment of segments) {
    const time = times.get(segment.shapeKey) ?? [];
    times.set(segment.shapeKey, time);
    addTimes(segment, time);
  }
  return Object.fromEntries(
    [...times].map(([key, time]) => [key, { p50: quantile(time, 0.5), p99: quantile(time, 0.99) }]),
  );
}

/** Adds to `time[pods]` how long, by weight, so many pods were there. */
function addTimes({ fromMs, untilMs, startingPods, events, weight }: LifeSegment, time: number[]): void {
  let pods = startingPods.length;
  let sinceMs = fromMs;
  const until = (atMs: number): void => {
    time[pods] = (time[pods] ?? 0) + weight * Math.max(0, atMs - sinceMs);
    sinceMs = atMs;
  };
  for (let at = 0; at < events.length; at += 3) {
    until(events[at] ?? sinceMs);
    pods += events[at + 1] === 1 ? 1 : -1;
  }
  until(untilMs);
}

function quantile(time: readonly number[], share: number): number {
  const whole = time.reduce((sum, ms) => sum + ms, 0);
  let seen = 0;
  for (let pods = 0; pods < time.length; pods++) {
    seen += time[pods] ?? 0;
    if (seen >= share * whole) return pods;
  }
  return Math.max(0, time.length - 1);
}
