/** The operator's own road from remembered demand to a recommendation, walked with a demand log. */
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import type { TuningSpec } from '../api/tuning-spec.ts';
import { replay } from '../ipamd/simulate.ts';
import { MANIFEST_ENV } from '../ipamd/warm-settings.ts';
import type { Recommendation, SettingValues } from '../tuning/advice.ts';
import { censusOf } from '../tuning/census.ts';
import { evaluationSteps } from '../tuning/evaluate.ts';
import { ReplayMemo } from '../tuning/evaluate/replay-memo.ts';
import type { Evaluation } from '../tuning/evaluation.ts';
import { liveSettingsOf, liveValues } from '../tuning/live-settings.ts';
import type { RecalledDemand } from '../tuning/recall.ts';
import { recommend } from '../tuning/recommend.ts';
import type { ClusterSnapshot, DaemonSetView } from '../tuning/snapshot.ts';
import { rememberLog } from './demand-memory.ts';
import type { DemandLog } from './demand-nodes.ts';
import type { DemandMode } from './demand-shapes.ts';

export type DemandQuestion = {
  readonly mode: DemandMode;
  readonly spec: Pick<TuningSpec, 'settings' | 'objectives' | 'history'>;
  /** What the DaemonSet has now beside the manifest's variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly onProgress: (done: number, total: number) => void;
};

export type DemandAdvice = {
  readonly recommendation: Recommendation;
  readonly recalled: RecalledDemand;
  readonly watchedMs: number;
  readonly minimumMs: number;
  /** What is in force now, of the settings that count. */
  readonly live: SettingValues;
};

/** As of the log's end. The same log and question always give the same answer. */
export function adviceFor(log: DemandLog, question: DemandQuestion): DemandAdvice {
  const nowMs = log.endMs;
  const spec: TuningSpec = { ...DEFAULT_SPEC, ...question.spec };
  const { memory, nodes } = rememberLog(log, question.mode);
  const daemonSet = daemonSetOf(question);
  const live = liveSettingsOf(daemonSet);
  const snapshot: ClusterSnapshot = {
    takenAtMs: nowMs,
    synced: true,
    staleSinceMs: undefined,
    nodes,
    podsByNode: new Map(),
    addressFailures: [],
    failuresObserved: false,
    daemonSet,
    awsNodePods: [],
    account: undefined,
  };
  const census = censusOf(snapshot, {});
  const recalled = memory.recall({ history: spec.history, nodeSelector: {}, nowMs });
  const watchedMs = memory.watchedMs(spec.history.windowMs, nowMs);
  const input = { spec, snapshot, live, census, watchedMs, nowMs };
  const early = recommend({ ...input, evaluation: undefined });
  const isWorthIt = early.kind === 'Undecided' && early.reason === 'Evaluating';
  const evaluation = isWorthIt ? evaluated(recalled, { question, watchedMs, nowMs }, live.settings) : undefined;
  const recommendation = evaluation === undefined ? early : recommend({ ...input, evaluation });
  const { minimumMs } = spec.history;
  return { recommendation, recalled, watchedMs, minimumMs, live: liveValues(live, evaluation?.counting ?? []) };
}

type Asked = { readonly question: DemandQuestion; readonly watchedMs: number; readonly nowMs: number };

function evaluated(
  { shapes, segments, evidence }: RecalledDemand,
  { question, watchedMs, nowMs }: Asked,
  liveSettings: Evaluation['request']['liveSettings'],
): Evaluation {
  const asked = { liveSettings, spec: question.spec, watchedMs, subnets: [], requestedAtMs: nowMs };
  const request = { shapes, segments, evidence, ...asked };
  const tools = { replay, nowMs: () => nowMs, cpuMs: () => 0 };
  const steps = evaluationSteps(request, new ReplayMemo(), tools);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    question.onProgress(step.value.doneSegments, step.value.segments);
  }
}

function daemonSetOf({ mode, env }: DemandQuestion): DaemonSetView {
  const written = { ...MANIFEST_ENV, ENABLE_PREFIX_DELEGATION: String(mode === 'prefix'), ...env };
  return {
    ref: DEFAULT_SPEC.daemonSetRef,
    uid: '',
    resourceVersion: '',
    generation: 1,
    observedGeneration: 1,
    updateStrategy: 'RollingUpdate',
    desired: 1,
    updated: 1,
    ready: 1,
    available: 1,
    containerFound: true,
    env: Object.entries(written).map(([name, value]) => ({ name, value, hasValueFrom: false, valueOwners: [] })),
    annotations: {},
  };
}
