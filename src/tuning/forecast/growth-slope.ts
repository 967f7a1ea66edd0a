/**
 * How fast a series grows: the median of the slopes between every two of its points (Theil 1950, Sen 1968), and the
 * ranks around the median that hold the true slope in four cases of five. A third of the points may be wild without
 * moving the median far; no distribution is assumed and no chance is involved.
 */

export type Point = { readonly at: number; readonly value: number };

/** `low` and `high` hold the slope with a probability of about CONFIDENCE. */
export type Slope = { readonly low: number; readonly middle: number; readonly high: number };

/** Two-sided, of the normal distribution: four cases of five. */
const Z_OF_80_PERCENT = 1.2816;

/** Undefined for fewer than two points. Points must lie at different places. */
export function slopeOf(points: readonly Point[]): Slope | undefined {
  const slopes = points.flatMap((point, index) =>
    points.slice(index + 1).map((later) => (later.value - point.value) / (later.at - point.at)),
  );
  if (slopes.length === 0) return undefined;
  slopes.sort((a, b) => a - b);
  const spread = rankSpread(points.length) / slopes.length / 2;
  return {
    low: quantileOf(slopes, Math.max(0, 0.5 - spread)),
    middle: quantileOf(slopes, 0.5),
    high: quantileOf(slopes, Math.min(1, 0.5 + spread)),
  };
}

/** By how many ranks Kendall's S strays: with 7 points and 21 slopes 8.5, so that ranks 6 to 15 are the band. */
function rankSpread(points: number): number {
  return Z_OF_80_PERCENT * Math.sqrt((points * (points - 1) * (2 * points + 5)) / 18);
}

/** Linear between ranks; `sorted` must not be empty. */
export function quantileOf(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}
