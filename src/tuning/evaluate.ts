/**
 * Replays what is remembered under every candidate. Pure but for the memo it is given, and in small steps, so that a
 * worker can report how far it is and stop: each step replays one segment under all candidates.
 */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { Replay } from '../ipamd/simulate.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import type { SettingValues } from './advice.ts';
import { countingSettings, rulesByAddresses, withValues } from './counting-settings.ts';
import { finerPairs } from './evaluate/address-pairs.ts';
import { candidateValues } from './evaluate/candidates.ts';
import { CandidateTally } from './evaluate/candidate-tally.ts';
import type { ReplayMemo, SegmentSums } from './evaluate/replay-memo.ts';
import { largestPool, replaySegment, settingsKey, sumsOf } from './evaluate/replay-segment.ts';
import type { Evaluation, EvaluationRequest, LifeSegment } from './evaluation.ts';
import { figuresOf } from './score.ts';

export type EvaluationProgress = { readonly doneSegments: number; readonly segments: number };

/** What an evaluation may use: the model, and clocks in ms (wall, and CPU time of the thread). */
export type EvaluationTools = {
  readonly replay: Replay;
  readonly nowMs: () => number;
  readonly cpuMs: () => number;
};

/** Yields after each segment; returns the finished evaluation. Dropping the generator aborts it at no cost. */
export function* evaluationSteps(
  request: EvaluationRequest,
  memo: ReplayMemo,
  tools: EvaluationTools,
): Generator<EvaluationProgress, Evaluation> {
  const startedCpuMs = tools.cpuMs();
  const shapes = Object.values(request.shapes);
  const counting = countingSettings(request.liveSettings, shapes, request.spec.settings);
  const liveValues = Object.fromEntries(counting.map((name) => [name, request.liveSettings[name]]));
  const { settings: bounds } = request.spec;
  const question = { counting, bounds, live: request.liveSettings, shapes };
  const coarse = candidateValues(question).map((values) => new CandidateTally(values));
  const live = new CandidateTally(liveValues);
  const bench = new ReplayBench(request.liveSettings, memo, tools.replay);
  yield* replayed(request, bench, [live, ...coarse]);
  const best = bestPair(coarse, request.spec.objectives.delayedPodsShare);
  const known = new Set(coarse.map(({ values }) => JSON.stringify(values)));
  const finer = (best === undefined ? [] : finerPairs(best, question))
    .filter((values) => !known.has(JSON.stringify(values)))
    .map((values) => new CandidateTally(values));
  if (finer.length > 0) yield* replayed(request, bench, finer);
  const candidates = [...coarse, ...finer];
  memo.finished();
  const { segments: _segments, ...asked } = request;
  return {
    request: asked,
    candidates: candidates.map((tally) => tally.sums()),
    live: live.sums(),
    counting,
    finishedAtMs: tools.nowMs(),
    cpuMs: tools.cpuMs() - startedCpuMs,
    replayedSegments: bench.replayed.size,
    reusedSegments: request.segments.length - bench.replayed.size,
  };
}

/** One round: every segment under each of these. */
function* replayed(
  request: EvaluationRequest,
  bench: ReplayBench,
  tallies: readonly CandidateTally[],
): Generator<EvaluationProgress, void> {
  for (const [index, segment] of request.segments.entries()) {
    const shape = request.shapes[segment.shapeKey];
    if (shape !== undefined) {
      for (const tally of tallies) tally.add(segment, bench.sums(segment, shape, tally.values));
    }
    bench.next(segment.id);
    yield { doneSegments: index + 1, segments: request.segments.length };
  }
}

/** The IP pair to look around: the least excess of delayed pods, then the lowest score. Undefined without pairs. */
function bestPair(tallies: readonly CandidateTally[], allowedShare: number): SettingValues | undefined {
  const pairs = tallies.filter(({ values }) => rulesByAddresses(values));
  const judged = pairs.map((tally) => {
    const { delayedPodsShare, scorePerNodeHour } = figuresOf(tally.sums(), {}, false);
    return { values: tally.values, excess: Math.max(0, delayedPodsShare - allowedShare), scorePerNodeHour };
  });
  return judged.toSorted((a, b) => a.excess - b.excess || a.scorePerNodeHour - b.scorePerNodeHour)[0]?.values;
}

/** The whole evaluation at once. */
export function evaluate(request: EvaluationRequest, memo: ReplayMemo, tools: EvaluationTools): Evaluation {
  const steps = evaluationSteps(request, memo, tools);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

type Question = { readonly settings: CniSettings; readonly key: string };

/** Replays each (segment, settings) once: from the memo where it is settled, else within the current step. */
class ReplayBench {
  readonly replayed = new Set<string>();
  readonly #live: CniSettings;
  readonly #memo: ReplayMemo;
  readonly #replay: Replay;
  readonly #questions = new Map<SettingValues, Map<string, Question>>();
  #thisSegment = new Map<string, SegmentSums>();
  #delayedInLargest: ReadonlySet<number> | undefined;

  constructor(live: CniSettings, memo: ReplayMemo, replay: Replay) {
    this.#live = live;
    this.#memo = memo;
    this.#replay = replay;
  }

  /** This segment is done, and the next one begins. */
  next(segmentId: string): void {
    if (this.#thisSegment.size > 0) this.replayed.add(segmentId);
    this.#thisSegment = new Map();
    this.#delayedInLargest = undefined;
  }

  sums(segment: LifeSegment, shape: NodeShape, values: SettingValues): SegmentSums {
    const { settings, key } = this.#question(segment.shapeKey, shape, values);
    const known = this.#thisSegment.get(key) ?? (segment.settled ? this.#memo.get(segment.id, key) : undefined);
    if (known !== undefined) return known;
    const result = replaySegment(this.#replay, segment, shape, settings);
    const sums = sumsOf(result, segment, () => this.#delayedEvenInLargest(segment, shape));
    this.#thisSegment.set(key, sums);
    if (segment.settled) this.#memo.set(segment.id, key, sums);
    return sums;
  }

  /** Asked for each segment again: the key is a text of twenty settings and is made once per shape and candidate. */
  #question(shapeKey: string, shape: NodeShape, values: SettingValues): Question {
    const known = this.#questions.get(values)?.get(shapeKey);
    if (known !== undefined) return known;
    const settings = withValues(this.#live, values);
    const question = { settings, key: settingsKey(settings, shape) };
    const byShape = this.#questions.get(values) ?? new Map<string, Question>();
    this.#questions.set(values, byShape.set(shapeKey, question));
    return question;
  }

  /** Pod starts that no setting could have served at once: same life, same seed, the largest pool. */
  #delayedEvenInLargest(segment: LifeSegment, shape: NodeShape): ReadonlySet<number> {
    this.#delayedInLargest ??= new Set(
      replaySegment(this.#replay, segment, shape, largestPool(this.#live, shape)).delayedPods.map(({ pod }) => pod),
    );
    return this.#delayedInLargest;
  }
}
