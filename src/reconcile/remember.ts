/** Asks for a new evaluation when there is reason to: no answer to today's question yet, or enough new history. */
import type { Recommendation } from '../tuning/advice.ts';
import { evaluationInForce } from '../tuning/recommend/evaluation-in-force.ts';
import type { Observation } from './observe.ts';
import type { Ports } from './ports.ts';

/**
 * A new evaluation is due when the history has grown by a twentieth, but after 10 s at the soonest and 10 min at the
 * latest: one minute seen, every 10 s; an hour, every 3 min; a day, every 10 min.
 */
const GROWTH = 1 / 20;
const SOONEST_MS = 10_000;
const LATEST_MS = 600_000;

export function askForEvaluation(ports: Ports, observed: Observation, recommendation: Recommendation): void {
  const { object, live, startedAtMs: nowMs, watchedMs, snapshot } = observed;
  const { minimumMs } = object.spec.history;
  const open = recommendation.kind === 'Undecided' ? recommendation.reason : 'Evaluating';
  const worthIt = open === 'Evaluating' || (open === 'CollectingHistory' && watchedMs >= minimumMs);
  if (live === undefined || !snapshot.synced || object.spec.suspend || !worthIt || !isDue(observed, nowMs, watchedMs))
    return;
  const { history, nodeSelector, settings, objectives } = object.spec;
  const { shapes, segments, evidence } = ports.memory.recall({ history, nodeSelector, nowMs });
  ports.evaluator.request(object.name, {
    shapes,
    segments,
    liveSettings: live.settings,
    spec: { settings, objectives, history },
    evidence,
    requestedAtMs: nowMs,
  });
}

function isDue({ evaluation, live, object }: Observation, nowMs: number, watchedMs: number): boolean {
  if (evaluation === undefined || live === undefined) return true;
  if (evaluationInForce(evaluation, live, object.spec) === undefined) return true;
  const everyMs = Math.min(LATEST_MS, Math.max(SOONEST_MS, watchedMs * GROWTH));
  return nowMs - evaluation.request.requestedAtMs >= everyMs;
}
