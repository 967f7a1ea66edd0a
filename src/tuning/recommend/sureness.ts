/** What a count of delayed starts says about the share that it is a sample of. */

/** Quantile of the normal distribution: nine times of ten the truth lies below. */
const NINE_OF_TEN = 1.2816;

/** Upper end for a Poisson mean of which `count` was seen (Wilson and Hilferty): 0 → 2.3, 1 → 3.9, 4 → 8.0, 40 → 49.4. */
export function upperCount(count: number): number {
  const next = count + 1;
  return next * (1 - 1 / (9 * next) + NINE_OF_TEN / (3 * Math.sqrt(next))) ** 3;
}

/**
 * Whether the limit is kept with nine chances of ten, as far as so many starts can show it: with too few to show it at
 * all, when none was delayed. A limit of 0.1 %: 900 starts, none; 4,000 starts, 1; 8,000 starts, 4; 90,000 starts, 77.
 */
export function isSurelyKept(seen: { delayed: number; starts: number }, allowedShare: number): boolean {
  return seen.delayed === 0 || upperCount(seen.delayed) <= allowedShare * seen.starts;
}
