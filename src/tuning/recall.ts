/** What is asked of the memory of demand, and what it answers. */
import type { TuningSpec } from '../api/tuning-spec.ts';
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { Evidence } from './advice.ts';
import type { LifeSegment } from './evaluation.ts';

export type RecallQuery = {
  readonly history: TuningSpec['history'];
  /** Labels a node must carry; empty = every node. */
  readonly nodeSelector: TuningSpec['nodeSelector'];
  readonly nowMs: number;
};

export type RecalledDemand = {
  readonly shapes: Readonly<Record<string, NodeShape>>;
  readonly segments: readonly LifeSegment[];
  readonly evidence: Evidence;
  /** Instance types whose limits nobody knows: named, and skipped. At most 20. */
  readonly unknownInstanceTypes: readonly string[];
};
