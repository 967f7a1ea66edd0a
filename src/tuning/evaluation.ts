/**
 * What crosses between a pass and the evaluator: remembered node-lives in, a table of figures per candidate out.
 * Plain structured-cloneable values, so that the evaluator can live in a worker thread.
 */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import type { SettingName, TuningSpec } from '../api/tuning-spec.ts';
import type { Evidence, SettingValues } from './advice.ts';
import type { SubnetNodes } from './recommend/node-subnets.ts';

/**
 * A stretch of one node's life as remembered. `weight` = how many such stretches it stands for x the half-life's
 * discount; `represents` = the first factor alone. `settled`: it ended and will never be any different.
 */
export type LifeSegment = {
  readonly id: string;
  readonly shapeKey: string;
  readonly weight: number;
  readonly represents: number;
  readonly settled: boolean;
  readonly readyAtMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly startingPods: readonly number[];
  /** Flat triples at, op (1 add, 0 remove), pod: compact to clone. */
  readonly events: Float64Array;
};

export type EvaluationRequest = {
  readonly shapes: Readonly<Record<string, NodeShape>>;
  readonly segments: readonly LifeSegment[];
  /** The aws-node env as the CNI reads it today: what is not tuned stays. */
  readonly liveSettings: CniSettings;
  readonly spec: Pick<TuningSpec, 'settings' | 'objectives' | 'history'>;
  readonly evidence: Evidence;
  /** How much of the window was watched, ms. */
  readonly watchedMs: number;
  /** The subnets as they are; empty while EC2 cannot be read. */
  readonly subnets: readonly SubnetNodes[];
  readonly requestedAtMs: number;
};

/** One candidate's weighted sums over all segments, per shape. Addresses in address-milliseconds. */
export type CandidateSums = {
  readonly values: SettingValues;
  readonly byShape: Readonly<Record<string, ShapeSums>>;
  /** By day since the epoch (UTC), as counted in the sample: a quiet weekend must not undo Monday. */
  readonly byDay: Readonly<Record<string, DaySums>>;
  readonly scatter: Scatter;
};

/**
 * How far the segments lie apart, for the standard error of the cost: sums over segments of weight² × cost², cost ×
 * time, time². Cost is in address-milliseconds where an address costs 1.
 */
export type Scatter = { readonly costCost: number; readonly costTime: number; readonly timeTime: number };

export type DaySums = {
  readonly podStarts: number;
  readonly delayedPods: number;
  readonly unavoidableDelayedPods: number;
  /** Served, but not had their burst been half again as large, where the largest pool would have served them even so. */
  readonly tightPods: number;
};

export type ShapeSums = {
  readonly countedMs: number;
  readonly heldAddressMs: number;
  readonly assignedAddressMs: number;
  /** Mean over the segments of what the node held at most for 99 % of the time. */
  readonly p99HeldAddresses: number;
  readonly podStarts: number;
  /** Starts that found no address and would have found one in the largest pool the node can hold. */
  readonly delayedPods: number;
  /** Starts that find none in the largest pool either. */
  readonly unavoidableDelayedPods: number;
  readonly ec2Calls: number;
  readonly mutatingEc2Calls: number;
  readonly enisCreated: number;
  readonly enisFreed: number;
  /** Interfaces created while no pod had come or gone for a while: the pool turning on its own. */
  readonly eniCycles: number;
};

/** Pods that a node had at once: half of the time at most p50, 99 % of it at most p99. */
export type PodsAtOnce = { readonly p50: number; readonly p99: number };

/** Not replayed to its end: `by` was, and beats it whatever the rest of the segments would have said. */
export type DroppedCandidate = {
  readonly values: SettingValues;
  readonly by: SettingValues;
  readonly because: 'cost' | 'delayedPods';
  /** On the segments it was replayed on: an eighth at the least. */
  readonly soFar: CandidateSums;
};

/** Replayed to be told, never to be written. */
export type Aside = {
  /** The best of a few IP pairs; undefined where the pair is ours or already rules. */
  readonly addressPair: CandidateSums | undefined;
  /** With prefix delegation switched; undefined where no node could have prefixes. */
  readonly otherMode:
    | { readonly toPrefix: boolean; readonly best: CandidateSums; readonly byDefault: CandidateSums }
    | undefined;
};

/** A finished evaluation: the candidates that were replayed to the end, on the same segments, and those dropped. */
export type Evaluation = {
  readonly request: Omit<EvaluationRequest, 'segments'>;
  readonly candidates: readonly CandidateSums[];
  readonly dropped: readonly DroppedCandidate[];
  readonly live: CandidateSums;
  readonly aside: Aside;
  readonly podsByShape: Readonly<Record<string, PodsAtOnce>>;
  /** The settings that count in the cluster's mode, among those that are ours; the candidates name exactly these. */
  readonly counting: readonly SettingName[];
  readonly finishedAtMs: number;
  readonly cpuMs: number;
  /** Segments × candidates that dropping has saved, those among them that a memo would have known too. */
  readonly skippedReplays: number;
  readonly replayedSegments: number;
  readonly reusedSegments: number;
};
