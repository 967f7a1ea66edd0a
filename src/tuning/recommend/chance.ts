/** How far the figures of a candidate may lie from the truth, by the evidence there is. */
import type { CandidateSums } from '../evaluation.ts';
import { costMs } from '../score.ts';

/** 95 %, to one side: the same certainty as the rule of three in confidence.ts. */
const Z = 1.645;

export type Range = { readonly lower: number; readonly upper: number };

/**
 * The share of delayed pod starts, as if each start were a draw of its own: 0 of 1,000 seen is 0 to 0.3 %; 5 of 1,000
 * is 0.2 to 1.05 %. Starts that come in bursts share their fate, so that in truth it is somewhat wider.
 */
export function delayedShareRange(sums: CandidateSums): Range {
  const days = Object.values(sums.byDay);
  const delayed = days.reduce((sum, day) => sum + day.delayedPods, 0);
  const starts = days.reduce((sum, day) => sum + day.podStarts, 0);
  if (starts === 0) return { lower: 0, upper: 1 };
  if (delayed === 0) return { lower: 0, upper: Math.min(1, poissonUpper(0) / starts) };
  const shapes = Object.values(sums.byShape);
  const weightedStarts = shapes.reduce((sum, shape) => sum + shape.podStarts, 0);
  const share = shapes.reduce((sum, shape) => sum + shape.delayedPods, 0) / weightedStarts;
  return {
    lower: (share * poissonLower(delayed)) / delayed,
    upper: Math.min(1, (share * poissonUpper(delayed)) / delayed),
  };
}

/** Byar's approximation of the limits of a count: 0 → 3.0, 5 → 10.5, 100 → 118. */
function poissonUpper(count: number): number {
  const more = count + 1;
  return more * (1 - 1 / (9 * more) + Z / (3 * Math.sqrt(more))) ** 3;
}

/** 1 → 0.04, 5 → 2.0, 100 → 84. */
export function poissonLower(count: number): number {
  if (count === 0) return 0;
  return count * Math.max(0, 1 - 1 / (9 * count) - Z / (3 * Math.sqrt(count))) ** 3;
}

/**
 * By what part the score may lie higher: two standard errors of the mean cost over the replayed stretches, 1 at most.
 *   A hundred stretches that scatter by half of the mean: 10 %. One stretch alone: as much again.
 */
export function costUncertainty({ byShape, scatter }: CandidateSums): number {
  const shapes = Object.values(byShape);
  const cost = shapes.reduce((sum, shape) => sum + costMs(shape, 1), 0);
  const time = shapes.reduce((sum, shape) => sum + shape.countedMs, 0);
  if (time === 0) return 1;
  if (cost === 0) return 0;
  const mean = cost / time;
  const { costCost, costTime, timeTime } = scatter;
  const squares = Math.max(0, costCost - 2 * mean * costTime + mean * mean * timeTime);
  // One stretch lies on its own mean: that says nothing.
  const stretches = (time * time) / timeTime;
  return stretches < 2 ? 1 : Math.min(1, (2 * Math.sqrt(squares)) / cost);
}
