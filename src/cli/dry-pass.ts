/**
 * One pass of the operator over a cluster that is only looked at: the operator's own code, with ports that write
 * nothing. What it would have written is in the record.
 */
import type { Observation } from '../reconcile/observe.ts';
import { observe } from '../reconcile/observe.ts';
import type { PassRecord } from '../reconcile/pass-record.ts';
import type { Ports, TuningObject } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import { undoAsked } from '../reconcile/undo.ts';
import type { Recommendation } from '../tuning/advice.ts';
import type { GuardInput } from '../tuning/guards/guard-input.ts';
import { makePlan } from '../tuning/plan.ts';
import { recommend } from '../tuning/recommend.ts';
import type { ClusterState } from './cluster-state.ts';
import { sameRef } from './cluster-state.ts';
import { publishedForecast } from './published-forecast.ts';
import { publishedRecommendation } from './published-recommendation.ts';

export type DryPass = { readonly record: PassRecord; readonly input: GuardInput };

/** At the time of the snapshot, so that its age holds nothing back. */
export function dryPass(state: ClusterState, name: string): DryPass {
  const object = state.tunings.find((tuning) => tuning.name === name);
  if (object === undefined) throw new Error(`the state has no CniTuning ${name}`);
  const observed = observe(portsOf(state, object), object, state.takenAtMs);
  const recommendation = recommendationFor(state, observed);
  const { spec } = object;
  const ownRolloutOpen = observed.ownChange.kind === 'Open';
  const input = { ...observed, name, spec, recommendation, ownRolloutOpen, nowMs: state.takenAtMs };
  const plan = undoAsked(observed) ?? makePlan(input);
  const outcome = { kind: plan.kind === 'Hold' ? 'Held' : 'Kept' } as const;
  const { watchedMs: _watched, evaluation: _evaluation, ...seen } = observed;
  return { record: { ...seen, recommendation, plan, outcome, finishedAtMs: state.takenAtMs }, input };
}

/** From the remembered demand where the state has it, else as published, else what the cluster alone can say. */
function recommendationFor(state: ClusterState, observed: Observation): Recommendation {
  const { object, startedAtMs: nowMs } = observed;
  const fresh = recommend({ ...observed, spec: object.spec, nowMs });
  const isKnown = Object.hasOwn(state.remembered, object.name);
  // What is wrong now (no DaemonSet, nothing counts) goes before what was published; a lack of history does not.
  const lacksHistory =
    fresh.kind === 'Undecided' && (fresh.reason === 'CollectingHistory' || fresh.reason === 'Evaluating');
  if (isKnown || !lacksHistory) return fresh;
  return publishedRecommendation(observed) ?? { ...fresh, message: NOBODY_REPORTED };
}

const NOBODY_REPORTED =
  'No operator has reported on this CniTuning yet, and a look from outside sees no history: run the operator, or use `cni-tuner recommend` with a demand log.';

function portsOf(state: ClusterState, tuning: TuningObject): Ports {
  const refuse = (): never => {
    throw new PortError('Invalid', 'A dry pass writes nothing.');
  };
  return {
    tunings: {
      get: (wanted) => state.tunings.find(({ name }) => name === wanted),
      list: () => state.tunings,
      patchStatus: refuse,
      addFinalizer: refuse,
      removeFinalizer: refuse,
    },
    cluster: {
      snapshot: (ref) => {
        const found = state.daemonSets.find((each) => sameRef(each.ref, ref));
        if (found === undefined) throw new Error(`the state has no DaemonSet ${ref.namespace}/${ref.name}`);
        return found.snapshot;
      },
    },
    warmSettings: { apply: refuse, restore: refuse, release: refuse },
    account: { latest: () => undefined },
    memory: { watchedMs: () => state.remembered[tuning.name]?.watchedMs ?? 0, recall: refuse },
    keeper: { keeping: () => undefined },
    evaluator: { latest: (key) => state.remembered[key]?.evaluation, request: () => {}, forget: () => {} },
    forecaster: { forecast: () => publishedForecast(tuning), forget: () => {} },
    events: { emit: () => {} },
  };
}
