/** Asks for a new evaluation when there is reason to: no answer to today's question yet, or enough new history. */
import type { TuningSpec } from '../api/tuning-spec.ts';
import type { Recommendation } from '../tuning/advice.ts';
import type { EvaluationRequest } from '../tuning/evaluation.ts';
import { evaluationInForce } from '../tuning/recommend/evaluation-in-force.ts';
import { nodesBySubnet } from '../tuning/recommend/node-subnets.ts';
import type { Observation } from './observe.ts';
import type { DemandMemory, Ports } from './ports.ts';

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
  // An evaluation that answers, and yet no advice: what it left out counts again.
  const isDoubted = recommendation.kind === 'Undecided' && open === 'Evaluating';
  const due = isDoubted || isDue(observed, nowMs, watchedMs);
  if (live === undefined || !snapshot.synced || object.spec.suspend || !worthIt || !due) return;
  const subnets = nodesBySubnet(observed.census, snapshot.account);
  const seen = { settings: live.settings, watchedMs, subnets, nowMs };
  ports.evaluator.request(object.name, evaluationRequestOf(ports.memory, object.spec, seen));
}

type Seen = {
  /** What is live. */
  readonly settings: EvaluationRequest['liveSettings'];
  readonly watchedMs: number;
  readonly subnets: EvaluationRequest['subnets'];
  readonly nowMs: number;
};

/** What to replay, and under which bounds, for a spec and what was seen. */
export function evaluationRequestOf(
  memory: Pick<DemandMemory, 'recall'>,
  { history, nodeSelector, settings, objectives }: TuningSpec,
  { settings: liveSettings, watchedMs, subnets, nowMs }: Seen,
): EvaluationRequest {
  const { shapes, segments, evidence } = memory.recall({ history, nodeSelector, nowMs });
  const asked = { shapes, segments, liveSettings, spec: { settings, objectives, history } };
  return { ...asked, evidence, watchedMs, subnets, requestedAtMs: nowMs };
}

function isDue({ evaluation, live, object }: Observation, nowMs: number, watchedMs: number): boolean {
  if (evaluation === undefined || live === undefined) return true;
  if (evaluationInForce(evaluation, live, object.spec) === undefined) return true;
  const everyMs = Math.min(LATEST_MS, Math.max(SOONEST_MS, watchedMs * GROWTH));
  return nowMs - evaluation.request.requestedAtMs >= everyMs;
}
