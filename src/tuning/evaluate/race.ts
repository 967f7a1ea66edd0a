/**
 * Replays candidates over all segments. Many candidates run a race: all of them over a first slice, the most promising
 * to the end, and the others slice by slice, as long as they can still win (early-drop.ts).
 */
import type { DroppedCandidate, EvaluationRequest, LifeSegment } from '../evaluation.ts';
import { figuresOf } from '../score.ts';
import { isWithinBounds } from './candidates.ts';
import type { CandidateTally } from './candidate-tally.ts';
import { barOf, hopelessBecause, mayDrop } from './early-drop.ts';
import type { ReplayBench } from './replay-bench.ts';
import type { EvaluationProgress } from './replay-round.ts';
import { mixedOrder, replayRound } from './replay-round.ts';

/** As many are shown with all their figures: so few are always replayed to the end. */
const ALWAYS_REPLAYED = 10;
/** Each slice is an eighth of the node-time. */
const SLICES = 8;
/** So many of the first slice's best are replayed to the end first. */
const LEADERS = 3;

export class Race {
  /** Replayed to the end. */
  readonly finished: CandidateTally[] = [];
  readonly dropped: DroppedCandidate[] = [];
  skippedReplays = 0;
  readonly #request: EvaluationRequest;
  readonly #bench: ReplayBench;
  readonly #live: CandidateTally;
  readonly #slices: readonly (readonly LifeSegment[])[];

  #liveIsReplayed = false;

  /** `live` is replayed with the first candidates, and never dropped. */
  constructor(request: EvaluationRequest, bench: ReplayBench, live: CandidateTally) {
    this.#request = request;
    this.#bench = bench;
    this.#live = live;
    this.#slices = slicesOf(request.segments);
  }

  /** One round: each candidate ends among `finished` or `dropped`. */
  *run(candidates: readonly CandidateTally[]): Generator<EvaluationProgress, void> {
    const live = this.#liveIsReplayed ? [] : [this.#live];
    this.#liveIsReplayed = true;
    const known = this.finished.length + this.dropped.length;
    if (known + candidates.length <= ALWAYS_REPLAYED || !mayDrop(this.#request)) {
      yield* this.#replayed([...live, ...candidates], this.#slices);
      this.finished.push(...candidates);
      return;
    }
    const [first = [], ...rest] = this.#slices;
    yield* this.#replayed([...live, ...candidates], [first]);
    const leaders = this.#mostPromising(candidates);
    yield* this.#replayed([...live, ...leaders], rest);
    this.finished.push(...leaders);
    yield* this.#others(
      candidates.filter((tally) => !leaders.includes(tally)),
      rest,
    );
  }

  /** Of a slice each candidate sees all or nothing, so that its sums are added in the same order as everybody's. */
  *#others(
    candidates: readonly CandidateTally[],
    slices: readonly (readonly LifeSegment[])[],
  ): Generator<EvaluationProgress, void> {
    let left = candidates;
    let segmentsLeft = slices.reduce((sum, slice) => sum + slice.length, 0);
    for (const slice of slices) {
      left = this.#stillHopeful(left, segmentsLeft);
      yield* this.#replayed(left, [slice]);
      segmentsLeft -= slice.length;
    }
    this.finished.push(...left);
  }

  #stillHopeful(candidates: readonly CandidateTally[], segmentsLeft: number): readonly CandidateTally[] {
    const whole = this.#live.sums();
    const bar = barOf(
      this.finished.map((tally) => tally.sums()),
      whole,
      this.#request,
    );
    if (bar === undefined) return candidates;
    const { delayedPodsShare: allowedShare } = this.#request.spec.objectives;
    return candidates.filter((tally) => {
      const soFar = tally.sums();
      const because = hopelessBecause(soFar, { bar, whole, allowedShare });
      if (because === undefined) return true;
      this.dropped.push({ values: tally.values, by: bar.values, because, soFar });
      this.skippedReplays += segmentsLeft;
      return false;
    });
  }

  #mostPromising(candidates: readonly CandidateTally[]): readonly CandidateTally[] {
    const { settings, objectives } = this.#request.spec;
    const judged = candidates.flatMap((tally) => {
      const { delayedPodsShare, scorePerNodeHour } = figuresOf(tally.sums(), {}, false);
      const excess = Math.max(0, delayedPodsShare - objectives.delayedPodsShare);
      return isWithinBounds(tally.values, settings) ? [{ tally, excess, scorePerNodeHour }] : [];
    });
    const best = judged.toSorted((a, b) => a.excess - b.excess || a.scorePerNodeHour - b.scorePerNodeHour);
    return best.slice(0, LEADERS).map(({ tally }) => tally);
  }

  *#replayed(
    tallies: readonly CandidateTally[],
    slices: readonly (readonly LifeSegment[])[],
  ): Generator<EvaluationProgress, void> {
    yield* replayRound(slices.flat(), { shapes: this.#request.shapes, bench: this.#bench, tallies });
  }
}

function slicesOf(segments: readonly LifeSegment[]): readonly (readonly LifeSegment[])[] {
  const mixed = mixedOrder(segments);
  const timeOf = ({ weight, fromMs, untilMs }: LifeSegment): number => weight * (untilMs - fromMs);
  const share = mixed.reduce((sum, segment) => sum + timeOf(segment), 0) / SLICES;
  const slices: LifeSegment[][] = Array.from({ length: SLICES }, () => []);
  let time = 0;
  for (const segment of mixed) {
    const slice = share > 0 ? Math.min(SLICES - 1, Math.floor(time / share)) : 0;
    slices[slice]?.push(segment);
    time += timeOf(segment);
  }
  return slices;
}
