/** The memory of demand as values: what a checkpoint is made of, and what one gives back. */
import type { SettledStretch, WeightedStretch } from './settled-sample.ts';
import type { WatchedSpan } from './watched-time.ts';

/** What is remembered of one shape. A stretch stands for max(own weight, threshold); see settled-sample.ts. */
export type ShapePicture = {
  readonly shapeKey: string;
  readonly log2Threshold: number;
  readonly settled: readonly WeightedStretch[];
  /** Of nodes that are watched now; they end at the picture's instant. */
  readonly open: readonly WeightedStretch[];
};

export type DemandPicture = {
  readonly takenAtMs: number;
  readonly watched: WatchedSpan;
  readonly shapes: readonly ShapePicture[];
};

/** Each stretch stands for `represents` by now. What was open ended when the picture was taken. */
export type RestoredDemand = {
  readonly takenAtMs: number;
  readonly watched: WatchedSpan;
  readonly stretches: readonly { readonly shapeKey: string; readonly stretch: SettledStretch }[];
};
