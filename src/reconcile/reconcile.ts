/** One pass over one CniTuning: observe, recommend, guard, plan, apply, report. */
import type { Plan, Recommendation } from '../tuning/advice.ts';
import { makePlan } from '../tuning/plan.ts';
import { recommend } from '../tuning/recommend.ts';
import { apply } from './apply.ts';
import type { Observation } from './observe.ts';
import { observe } from './observe.ts';
import type { Outcome, PassRecord, PassResult } from './pass-record.ts';
import type { Ports } from './ports.ts';
import { PortError } from './ports.ts';
import { askForEvaluation } from './remember.ts';
import { report } from './report.ts';
import { requeueAfter } from './requeue.ts';
import { restoreOnDeletion } from './restore.ts';
import { undoAsked } from './undo.ts';

/** The pass over the CniTuning named `key`. Rejects only for a bug: trouble outside is part of the record. */
export async function reconcile(key: string, ports: Ports, nowMs: () => number): Promise<PassResult> {
  const object = ports.tunings.get(key);
  if (object === undefined) {
    ports.evaluator.forget(key);
    ports.forecaster.forget(key);
    return { record: undefined, requeue: { kind: 'OnEvent' } };
  }
  const observed = observe(ports, object, nowMs());
  const decided = object.deletionRequested ? await deletion(ports, observed) : await decision(ports, observed);
  const record = recordOf(observed, decided, nowMs());
  const reported = await report(ports, record);
  return { record: reported, requeue: requeueAfter(reported) };
}

type Decided = {
  readonly recommendation: Recommendation | undefined;
  readonly plan: Plan | undefined;
  readonly outcome: Outcome;
};

async function decision(ports: Ports, observed: Observation): Promise<Decided> {
  const { object, startedAtMs: nowMs, ownChange } = observed;
  const recommendation = recommend({ ...observed, spec: object.spec, nowMs });
  askForEvaluation(ports, observed, recommendation);
  const { name, spec } = object;
  const ownRolloutOpen = ownChange.kind === 'Open';
  const plan = undoAsked(observed) ?? makePlan({ ...observed, name, spec, recommendation, ownRolloutOpen, nowMs });
  const outcome = await apply(ports, observed, plan).catch(failed);
  return { recommendation, plan, outcome };
}

async function deletion(ports: Ports, observed: Observation): Promise<Decided> {
  ports.evaluator.forget(observed.object.name);
  const { plan, outcome } = await restoreOnDeletion(ports, observed).catch((error: unknown) => ({
    plan: undefined,
    outcome: failed(error),
  }));
  return { recommendation: undefined, plan, outcome };
}

/** Trouble outside is an outcome; anything else is a bug and stays loud. */
function failed(error: unknown): Outcome {
  if (error instanceof PortError) return { kind: 'Failed', error };
  throw error;
}

function recordOf(observed: Observation, decided: Decided, finishedAtMs: number): PassRecord {
  const { watchedMs: _watched, evaluation: _evaluation, ...seen } = observed;
  return { ...seen, ...decided, finishedAtMs };
}
