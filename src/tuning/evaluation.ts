/**
 * What crosses between a pass and the evaluator: remembered node-lives in, a table of figures per candidate out.
 * Plain structured-cloneable values, so that the evaluator can live in a worker thread.
 */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import type { SettingName, TuningSpec } from '../api/tuning-spec.ts';
import type { Evidence, SettingValues } from './advice.ts';

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
  readonly requestedAtMs: number;
};

/** One candidate's weighted sums over all segments, per shape. Addresses in address-milliseconds. */
export type CandidateSums = {
  readonly values: SettingValues;
  readonly byShape: Readonly<Record<string, ShapeSums>>;
  /** By day since the epoch (UTC), as counted in the sample: a quiet weekend must not undo Monday. */
  readonly byDay: Readonly<Record<string, DaySums>>;
};

export type DaySums = {
  readonly podStarts: number;
  readonly delayedPods: number;
  readonly unavoidableDelayedPods: number;
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

/** A finished evaluation: every candidate of the bounds, replayed on the same segments. */
export type Evaluation = {
  readonly request: Omit<EvaluationRequest, 'segments'>;
  readonly candidates: readonly CandidateSums[];
  readonly live: CandidateSums;
  /** The settings that count in the cluster's mode, among those that are ours; the candidates name exactly these. */
  readonly counting: readonly SettingName[];
  readonly finishedAtMs: number;
  readonly cpuMs: number;
  readonly replayedSegments: number;
  readonly reusedSegments: number;
};
