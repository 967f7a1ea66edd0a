/**
 * Replays what is remembered under every candidate. Pure but for the memo it is given, and in small steps, so that a
 * worker can report how far it is and stop: each step replays one segment under all candidates.
 */
import type { Replay } from '../ipamd/simulate.ts';
import { countingSettings } from './counting-settings.ts';
import { asideSteps, otherModeOf } from './evaluate/aside.ts';
import { candidateValues } from './evaluate/candidates.ts';
import { CandidateTally } from './evaluate/candidate-tally.ts';
import { finerValues } from './evaluate/finer.ts';
import { podsByShape } from './evaluate/pods-at-once.ts';
import { Race } from './evaluate/race.ts';
import { ReplayBench } from './evaluate/replay-bench.ts';
import type { ReplayMemo } from './evaluate/replay-memo.ts';
import type { EvaluationProgress } from './evaluate/replay-round.ts';
import type { Evaluation, EvaluationRequest } from './evaluation.ts';

/** What an evaluation may use: the model, and clocks in ms (wall, and CPU time of the thread). */
export type EvaluationTools = {
  readonly replay: Replay;
  readonly nowMs: () => number;
  readonly cpuMs: () => number;
};

/** Rounds after the first, at most. With two steps to each side they reach any value of the coarse scale's gaps. */
const FINER_ROUNDS = 6;

/** Yields after each segment of a round; returns the finished evaluation. Dropping the generator aborts it at no cost. */
export function* evaluationSteps(
  request: EvaluationRequest,
  memo: ReplayMemo,
  tools: EvaluationTools,
): Generator<EvaluationProgress, Evaluation> {
  const startedCpuMs = tools.cpuMs();
  memo.begins(request.segments);
  const counting = countingSettings(request.liveSettings, Object.values(request.shapes), request.spec.settings);
  const live = new CandidateTally(Object.fromEntries(counting.map((name) => [name, request.liveSettings[name]])));
  const bench = new ReplayBench(request.liveSettings, memo, tools.replay);
  const race = new Race(request, bench, live);
  yield* rounds(request, counting, race);
  const otherMode = new ReplayBench(otherModeOf(request.liveSettings), memo, tools.replay);
  const aside = yield* asideSteps(request, { counting, live: bench, otherMode });
  memo.finished();
  const { segments: _segments, ...asked } = request;
  return {
    request: asked,
    candidates: race.finished.map((tally) => tally.sums()),
    dropped: race.dropped,
    live: live.sums(),
    aside,
    podsByShape: podsByShape(request.segments),
    counting,
    finishedAtMs: tools.nowMs(),
    cpuMs: tools.cpuMs() - startedCpuMs,
    skippedReplays: race.skippedReplays,
    replayedSegments: bench.replayed.size,
    reusedSegments: request.segments.length - bench.replayed.size,
  };
}

/** Coarse first, then around the best. */
function* rounds(
  request: EvaluationRequest,
  counting: Evaluation['counting'],
  race: Race,
): Generator<EvaluationProgress, void> {
  const { settings: bounds, objectives } = request.spec;
  const question = { counting, bounds, live: request.liveSettings, shapes: Object.values(request.shapes) };
  const known = new Set<string>();
  let next = candidateValues(question);
  for (let round = 0; round <= FINER_ROUNDS && (round === 0 || next.length > 0); round++) {
    for (const values of next) known.add(JSON.stringify(values));
    yield* race.run(next.map((values) => new CandidateTally(values)));
    const finished = race.finished.map((tally) => tally.sums());
    next = finerValues(finished, question, { allowedShare: objectives.delayedPodsShare, known });
  }
}

/** The whole evaluation at once. */
export function evaluate(request: EvaluationRequest, memo: ReplayMemo, tools: EvaluationTools): Evaluation {
  const steps = evaluationSteps(request, memo, tools);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
