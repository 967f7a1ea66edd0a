/** Part (b): advice learned on the first half of a log, judged on the second, beside static settings. */
import { adviceFor } from '../../../src/cli/demand-advice.ts';
import { readDemandLog } from '../../../src/cli/demand-log.ts';
import { logUntil } from '../../../src/cli/demand-memory.ts';
import type { DemandLog } from '../../../src/cli/demand-nodes.ts';
import { boundsOf } from '../../../src/cli/recommend-flags.ts';
import { DEFAULT_SPEC } from '../../../src/api/cnituning.ts';
import { fromEnv, MANIFEST_ENV } from '../../../src/ipamd/warm-settings.ts';
import type { LogFile } from './demand-folder.ts';
import { stretchSet } from './demand-folder.ts';
import type { AllowedSet, Env } from './judged-settings.ts';
import {
  ALLOWED_SETS,
  boundsText,
  usualEnvs,
  DEFAULT_ENV,
  envOf,
  largestEnv,
  nameOf,
  staticEnvs,
} from './judged-settings.ts';
import type { ReplayTotals } from './replay-job.ts';
import type { ReplayThreads } from './replay-threads.ts';

const HOUR_MS = 3_600_000;
/** Common random numbers: every setting meets the same chance. */
const SEEDS = [1, 2];

/** Per node-hour, and shares of the starts on nodes older than two minutes. */
export type Judged = {
  readonly setting: string;
  readonly idle: number;
  /** Avoidable: the largest pool the node can hold would have had an address. */
  readonly delayedShare: number;
  readonly unavoidableShare: number;
  /** On all nodes, young ones too; avoidable. */
  readonly delayedAllShare: number;
  readonly calls: number;
  readonly mutating: number;
  /** idle + 0.5 x mutating calls. */
  readonly score: number;
};

export type AdviceRow = {
  readonly allowed: AllowedSet;
  readonly advice: Judged;
  readonly confidence: string;
  readonly statics: readonly Judged[];
};

export type JudgedLog = {
  readonly name: string;
  readonly byDefault: Judged;
  readonly usual: readonly Judged[];
  readonly rows: readonly AdviceRow[];
  readonly learnSeconds: number;
};

export async function judgeLog(file: LogFile, threads: ReplayThreads): Promise<JudgedLog> {
  const log = await readDemandLog(file.path);
  const halfMs = log.endMs / 2;
  const startedMs = performance.now();
  const advised = ALLOWED_SETS.map((allowed) => ({ allowed, ...learned(logUntil(log, halfMs), allowed, file.prefix) }));
  const learnSeconds = (performance.now() - startedMs) / 1000;
  const judge = judgeOf(file, log, threads);
  const judged = await Promise.all(
    advised.map(async ({ allowed, env, confidence }) => ({
      allowed,
      confidence,
      advice: await judge(env),
      statics: await Promise.all(staticEnvs(allowed, file.prefix).map(judge)),
    })),
  );
  return {
    name: file.name,
    byDefault: await judge(DEFAULT_ENV),
    usual: await Promise.all(usualEnvs(file.prefix).map(judge)),
    rows: judged,
    learnSeconds,
  };
}

/** No advice leaves what is set: the default. */
function learned(
  half: DemandLog,
  allowed: AllowedSet,
  prefix: boolean,
): { readonly env: Env; readonly confidence: string } {
  const { objectives, history } = DEFAULT_SPEC;
  const { recommendation } = adviceFor(half, {
    mode: prefix ? 'prefix' : 'secondary-ip',
    spec: { settings: boundsOf(boundsText(allowed, prefix)), objectives, history },
    env: {},
    onProgress: () => {},
  });
  if (recommendation.kind === 'Undecided') return { env: DEFAULT_ENV, confidence: recommendation.reason };
  return { env: envOf(recommendation.values), confidence: recommendation.confidence };
}

/** Judges a setting on the second half, each setting once. */
function judgeOf(file: LogFile, log: DemandLog, threads: ReplayThreads): (env: Env) => Promise<Judged> {
  const halfMs = log.endMs / 2;
  const spans = log.nodes
    .filter(({ untilMs }) => untilMs > halfMs)
    .map(({ name, addedAtMs, untilMs }) => ({ node: name, fromMs: Math.max(halfMs, addedAtMs), untilMs, weight: 1 }));
  const set = stretchSet(`${file.name} second half`, log, spans, file.prefix);
  threads.send(set);
  const replayed = async (env: Env): Promise<readonly ReplayTotals[]> => {
    const delegation = file.prefix ? { ENABLE_PREFIX_DELEGATION: 'true' } : {};
    const { settings } = fromEnv({ ...MANIFEST_ENV, ...delegation, ...env });
    return await Promise.all(SEEDS.map(async (seed) => await threads.replay(set.name, settings, seed, true)));
  };
  const largest = replayed(largestEnv(file.prefix));
  const known = new Map<string, Promise<Judged>>();
  return async (env) => {
    const name = nameOf(env);
    const judged = known.get(name) ?? replayed(env).then(async (runs) => judgedOf(name, runs, await largest));
    known.set(name, judged);
    return await judged;
  };
}

function judgedOf(setting: string, runs: readonly ReplayTotals[], largest: readonly ReplayTotals[]): Judged {
  let [hours, idle, calls, mutating, starts, startsOld] = [0, 0, 0, 0, 0, 0];
  let [avoidable, avoidableOld, unavoidableOld] = [0, 0, 0];
  for (const [index, run] of runs.entries()) {
    const also = new Set(largest[index]?.delayedNames.map(({ name }) => name));
    hours += run.countedMs / HOUR_MS;
    idle += run.idleMs / HOUR_MS;
    calls += run.calls;
    mutating += run.mutating;
    starts += run.starts;
    startsOld += run.startsOld;
    for (const { name, old } of run.delayedNames) {
      if (!also.has(name)) avoidable += 1;
      if (old && !also.has(name)) avoidableOld += 1;
      if (old && also.has(name)) unavoidableOld += 1;
    }
  }
  const nodeHours = Math.max(hours, 1e-9);
  return {
    setting,
    idle: idle / nodeHours,
    delayedShare: avoidableOld / Math.max(1, startsOld),
    unavoidableShare: unavoidableOld / Math.max(1, startsOld),
    delayedAllShare: avoidable / Math.max(1, starts),
    calls: calls / nodeHours,
    mutating: mutating / nodeHours,
    score: (idle + 0.5 * mutating) / nodeHours,
  };
}
