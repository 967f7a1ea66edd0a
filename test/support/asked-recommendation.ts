/** A question to the recommender and the evaluation that answers it: what each value of WARM_ENI_TARGET did. */
import {
  aDaemonSet,
  anAccount,
  anEnvEntry,
  aNode,
  aSnapshot,
  aSpec,
  aSubnet,
  DAY_MS,
  HOUR_MS,
  interfacesOf,
  MONDAY_MS,
} from './builders.ts';
import type { TuningSpec } from '../../src/api/tuning-spec.ts';
import type { Advice, Recommendation } from '../../src/tuning/advice.ts';
import { censusOf } from '../../src/tuning/census.ts';
import type { CandidateSums, DaySums, Evaluation } from '../../src/tuning/evaluation.ts';
import { liveSettingsOf } from '../../src/tuning/live-settings.ts';
import { recommend } from '../../src/tuning/recommend.ts';
import type { DaemonSetView, SubnetView } from '../../src/tuning/snapshot.ts';

export const SHAPE = 'm5.large/29';
export const STARTS = 100_000;

/** What one value of WARM_ENI_TARGET did: idle addresses per node, and how many of 100,000 starts were delayed. */
export type Did = {
  readonly idle: number;
  readonly delayed?: number;
  readonly starts?: number;
  readonly calls?: number;
  readonly badDay?: DaySums;
};

export function sumsOf(value: number, { idle, delayed = 0, starts = STARTS, calls = 0, badDay }: Did): CandidateSums {
  const hours = 1_000;
  const shape = {
    countedMs: hours * HOUR_MS,
    heldAddressMs: (idle + 5) * hours * HOUR_MS,
    assignedAddressMs: 5 * hours * HOUR_MS,
    p99HeldAddresses: idle + 5,
    podStarts: starts,
    delayedPods: delayed,
    unavoidableDelayedPods: 0,
    ec2Calls: 2 * calls * hours,
    mutatingEc2Calls: calls * hours,
    enisCreated: 0,
    enisFreed: 0,
    eniCycles: 0,
  };
  const all = { podStarts: starts, delayedPods: delayed, unavoidableDelayedPods: 0, tightPods: 0 };
  const byDay: Readonly<Record<string, DaySums>> = { '20514': badDay ?? all };
  return {
    values: { warmENI: value },
    byShape: { [SHAPE]: shape },
    byDay,
    scatter: { costCost: 0, costTime: 0, timeTime: 0 },
  };
}

type Asked = {
  readonly did: readonly Did[];
  readonly live?: number;
  readonly spec?: Partial<TuningSpec>;
  readonly subnet?: Partial<SubnetView>;
  readonly watchedMs?: number;
  readonly env?: DaemonSetView['env'];
  readonly evaluated?: Partial<Evaluation>;
};

const nodes = Array.from({ length: 10 }, (_, at) => aNode(`n${at}`));

export function asked({ did, live = 1, spec, subnet, watchedMs = 7 * DAY_MS, env, evaluated }: Asked): Recommendation {
  const daemonSet = aDaemonSet({
    env: env ?? [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', String(live))],
  });
  const account = anAccount({ subnets: [aSubnet('subnet-a', subnet)], nodes: interfacesOf(nodes) });
  const snapshot = aSnapshot({ nodes, daemonSet, account });
  const liveSettings = liveSettingsOf(daemonSet);
  const full = aSpec({ settings: { warmENI: { min: 0, max: 3 } }, ...spec });
  const candidates = did.map((each, value) => sumsOf(value, each));
  const evaluation: Evaluation = {
    request: {
      shapes: {},
      liveSettings: liveSettings.settings,
      spec: full,
      evidence: { fromMs: MONDAY_MS - 7 * DAY_MS, toMs: MONDAY_MS, nodeHours: 1_000, podStarts: STARTS },
      watchedMs,
      subnets: [],
      requestedAtMs: MONDAY_MS,
    },
    candidates,
    dropped: [],
    aside: { addressPair: undefined, otherMode: undefined },
    podsByShape: { [SHAPE]: { p50: 4, p99: 9 } },
    live: candidates[live] ?? sumsOf(live, { idle: 60 }),
    counting: ['warmENI'],
    finishedAtMs: MONDAY_MS,
    cpuMs: 0,
    skippedReplays: 0,
    replayedSegments: 0,
    reusedSegments: 0,
    ...evaluated,
  };
  const seen = { snapshot, live: liveSettings, census: censusOf(snapshot, {}) };
  return recommend({ ...seen, spec: full, watchedMs, evaluation, nowMs: MONDAY_MS });
}

export function advice(question: Asked): Advice {
  const found = asked(question);
  if (found.kind !== 'Advice') throw new Error(`undecided: ${found.reason}`);
  return found;
}

/** An evaluation of the same question under another objective. */
export function askedWithShare(delayedPodsShare: number) {
  const { spec, ...question } = evaluationOfOtherBounds();
  const objectives = { ...spec.objectives, delayedPodsShare };
  const settings = { warmENI: { min: 0, max: 3 } };
  return { request: { ...question, spec: { ...spec, settings, objectives }, shapes: {}, requestedAtMs: MONDAY_MS } };
}

/** The same question about these shapes. */
export function askedAbout(shapes: Evaluation['request']['shapes']) {
  return { request: { ...askedWithShare(0.001).request, shapes } };
}

export function evaluationOfOtherBounds() {
  const daemonSet = aDaemonSet({ env: [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', '1')] });
  const evidence = { fromMs: 0, toMs: MONDAY_MS, nodeHours: 1_000, podStarts: STARTS };
  const spec = aSpec({ settings: { warmENI: { min: 0, max: 9 } } });
  return { liveSettings: liveSettingsOf(daemonSet).settings, spec, evidence, watchedMs: 7 * DAY_MS, subnets: [] };
}
