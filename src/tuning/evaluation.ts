/**
 * What crosses between a pass and the evaluator: remembered node-lives in, a table of figures per candidate out.
 * Plain structured-cloneable values, so that the evaluator can live in a worker thread.
 */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import type { TuningSpec } from '../api/tuning-spec.ts';
import type { Evidence, SettingValues } from './advice.ts';

/** A stretch of one node's life as remembered. `weight` counts how many such stretches it stands for. */
export type LifeSegment = {
  readonly id: string;
  readonly shapeKey: string;
  readonly weight: number;
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
};

export type ShapeSums = {
  readonly countedMs: number;
  readonly heldAddressMs: number;
  readonly assignedAddressMs: number;
  readonly p99HeldAddresses: number;
  readonly podStarts: number;
  readonly delayedPods: number;
  readonly unavoidableDelayedPods: number;
  readonly ec2Calls: number;
  readonly mutatingEc2Calls: number;
  readonly enisCreated: number;
  readonly enisFreed: number;
};

/** A finished evaluation: every candidate of the bounds, replayed on the same segments. */
export type Evaluation = {
  readonly request: Omit<EvaluationRequest, 'segments'>;
  readonly candidates: readonly CandidateSums[];
  readonly live: CandidateSums;
  readonly finishedAtMs: number;
  readonly cpuMs: number;
  readonly replayedSegments: number;
  readonly reusedSegments: number;
};
