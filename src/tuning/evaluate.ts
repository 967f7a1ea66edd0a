/**
 * Replays what is remembered under every candidate. Pure but for the memo it is given, and in small steps, so that a
 * worker can report how far it is and stop: each step replays one segment under all candidates.
 */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { Replay } from '../ipamd/simulate.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import type { SettingValues } from './advice.ts';
import { countingSettings, withValues } from './counting-settings.ts';
import { candidateValues } from './evaluate/candidates.ts';
import { CandidateTally } from './evaluate/candidate-tally.ts';
import type { ReplayMemo, SegmentSums } from './evaluate/replay-memo.ts';
import { largestPool, replaySegment, settingsKey, sumsOf } from './evaluate/replay-segment.ts';
import type { Evaluation, EvaluationRequest, LifeSegment } from './evaluation.ts';

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
  const candidates = candidateValues(question).map((values) => new CandidateTally(values));
  const live = new CandidateTally(liveValues);
  const bench = new ReplayBench(request.liveSettings, memo, tools.replay);
  for (const [index, segment] of request.segments.entries()) {
    const shape = request.shapes[segment.shapeKey];
    if (shape !== undefined) {
      for (const tally of [live, ...candidates]) tally.add(segment, bench.sums(segment, shape, tally.values));
    }
    bench.next();
    yield { doneSegments: index + 1, segments: request.segments.length };
  }
  memo.finished();
  const { segments: _segments, ...asked } = request;
  return {
    request: asked,
    candidates: candidates.map((tally) => tally.sums()),
    live: live.sums(),
    counting,
    finishedAtMs: tools.nowMs(),
    cpuMs: tools.cpuMs() - startedCpuMs,
    replayedSegments: bench.replayedSegments,
    reusedSegments: request.segments.length - bench.replayedSegments,
  };
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
  replayedSegments = 0;
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

  /** The next segment begins. */
  next(): void {
    if (this.#thisSegment.size > 0) this.replayedSegments += 1;
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
