/** The operator's history as it last stored it, replayed for each CniTuning as the operator would. */
import { replay } from '../ipamd/simulate.ts';
import { evaluationRequestOf } from '../reconcile/remember.ts';
import type { CheckpointStore, TuningObject } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import { censusOf } from '../tuning/census.ts';
import { readCheckpoint } from '../tuning/checkpoint.ts';
import { DemandHistory } from '../tuning/demand.ts';
import { evaluationSteps } from '../tuning/evaluate.ts';
import { ReplayMemo } from '../tuning/evaluate/replay-memo.ts';
import type { Evaluation, EvaluationRequest } from '../tuning/evaluation.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import { recommend } from '../tuning/recommend.ts';
import { nodesBySubnet } from '../tuning/recommend/node-subnets.ts';
import type { ClusterState, RememberedDemand } from './cluster-state.ts';
import { sameRef } from './cluster-state.ts';
import type { Progress } from './progress.ts';

type Seen = Pick<ClusterState, 'takenAtMs' | 'tunings' | 'daemonSets'>;

/** By name of the CniTuning, where the stored history is enough to judge by; nothing where none can be read. */
export async function rememberedDemand(
  store: CheckpointStore,
  seen: Seen,
  progress: Progress,
): Promise<ClusterState['remembered']> {
  const memory = await storedMemory(store, seen.takenAtMs);
  if (memory === undefined) return {};
  return Object.fromEntries(
    seen.tunings.flatMap((tuning) => {
      const remembered = judged(memory, tuning, { seen, progress });
      return remembered === undefined ? [] : [[tuning.name, remembered] as const];
    }),
  );
}

async function storedMemory(store: CheckpointStore, nowMs: number): Promise<DemandHistory | undefined> {
  try {
    const reading = readCheckpoint(await store.read());
    if (reading.kind !== 'Read') return undefined;
    const memory = new DemandHistory({ seed: 1 });
    memory.precede(reading.demand, nowMs);
    return memory;
  } catch (error) {
    // Who asks may not be allowed to read it, or nobody has stored any: status still has what was published.
    if (error instanceof PortError) return undefined;
    throw error;
  }
}

type Looking = { readonly seen: Seen; readonly progress: Progress };

function judged(
  memory: DemandHistory,
  { spec }: TuningObject,
  { seen, progress }: Looking,
): RememberedDemand | undefined {
  const nowMs = seen.takenAtMs;
  const snapshot = seen.daemonSets.find(({ ref }) => sameRef(ref, spec.daemonSetRef))?.snapshot;
  const daemonSet = snapshot?.daemonSet;
  if (snapshot === undefined || daemonSet?.containerFound !== true) return undefined;
  const live = liveSettingsOf(daemonSet);
  const watchedMs = memory.watchedMs(spec.history.windowMs, nowMs);
  const census = censusOf(snapshot, spec.nodeSelector);
  const open = recommend({ spec, snapshot, live, census, watchedMs, evaluation: undefined, nowMs });
  if (open.kind !== 'Undecided' || open.reason !== 'Evaluating') return undefined;
  const subnets = nodesBySubnet(census, snapshot.account);
  const request = evaluationRequestOf(memory, spec, { settings: live.settings, watchedMs, subnets, nowMs });
  return { watchedMs, evaluation: evaluated(request, nowMs, progress) };
}

function evaluated(request: EvaluationRequest, nowMs: number, progress: Progress): Evaluation {
  const tools = { replay, nowMs: () => nowMs, cpuMs: () => 0 };
  const steps = evaluationSteps(request, new ReplayMemo(), tools);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    progress.at(step.value.doneSegments, step.value.segments);
  }
}
