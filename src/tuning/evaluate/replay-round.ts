/** Some candidates on some segments: the step in which all replaying is done. */
import { unitHash } from '../demand/unit-hash.ts';
import type { EvaluationRequest, LifeSegment } from '../evaluation.ts';
import type { CandidateTally } from './candidate-tally.ts';
import type { ReplayBench } from './replay-bench.ts';

export type EvaluationProgress = { readonly doneSegments: number; readonly segments: number };

const ORDER_SEED = 8;

/** In an order that has nothing to do with time or shape, so that each part is like the whole. */
export function mixedOrder(segments: readonly LifeSegment[]): readonly LifeSegment[] {
  const placed = segments.map((segment) => ({ segment, place: unitHash(segment.id, ORDER_SEED) }));
  const sorted = placed.toSorted((a, b) => a.place - b.place || (a.segment.id < b.segment.id ? -1 : 1));
  return sorted.map(({ segment }) => segment);
}

type Round = {
  readonly shapes: EvaluationRequest['shapes'];
  readonly bench: ReplayBench;
  readonly tallies: readonly CandidateTally[];
};

/** Yields after each segment; nothing to do without candidates. */
export function* replayRound(
  segments: readonly LifeSegment[],
  { shapes, bench, tallies }: Round,
): Generator<EvaluationProgress, void> {
  if (tallies.length === 0) return;
  for (const [index, segment] of segments.entries()) {
    const shape = shapes[segment.shapeKey];
    if (shape !== undefined) {
      for (const tally of tallies) tally.add(segment, bench.sums(segment, shape, tally.values));
    }
    yield { doneSegments: index + 1, segments: segments.length };
  }
}
