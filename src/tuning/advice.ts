/** The words in which the tuning room answers: figures, candidates, a recommendation, a plan. Values only. */
import type { SettingName } from '../api/tuning-spec.ts';
import type { HoldReason } from '../api/conditions.ts';
import type { FieldOwner } from './snapshot.ts';

/** A value per setting; a setting that is absent is not ours. */
export type SettingValues = Readonly<Partial<Record<SettingName, number>>>;

/** What a setting did (or would have done) on the remembered demand. Per-node figures are time-weighted means. */
export type Figures = {
  readonly heldAddressesPerNode: number;
  readonly assignedAddressesPerNode: number;
  readonly idleAddressesPerNode: number;
  /** Share of pod starts (0..1) that found no free address and would have found one in the largest pool. */
  readonly delayedPodsShare: number;
  /** Share of pod starts delayed even with the largest pool the node can hold. */
  readonly unavoidableDelayedPodsShare: number;
  readonly ec2CallsPerNodeHour: number;
  readonly mutatingEc2CallsPerNodeHour: number;
  /** Interfaces created and freed again under steady demand, per node and day. */
  readonly eniCyclesPerNodeDay: number;
  /** Cost per node-hour; lower is better (see score.ts). */
  readonly scorePerNodeHour: number;
};

/** A limit that a candidate breaks, in the order in which limits are held. */
export const LIMITS = ['subnetReserve', 'delayedPods'] as const;
export type Limit = (typeof LIMITS)[number];
/** `relativeExcess` 0.5 = half again as much as allowed. */
export type Violation = { readonly limit: Limit; readonly relativeExcess: number; readonly sentence: string };

export type Candidate = {
  readonly values: SettingValues;
  readonly figures: Figures;
  readonly violations: readonly Violation[];
  /** Why it is not the recommendation, in words; undefined for the one that is. */
  readonly lostBecause: string | undefined;
};

/** What the advice rests on. */
export type Evidence = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nodeHours: number;
  readonly podStarts: number;
};

export type Confidence = 'Low' | 'Medium' | 'High';

/** The least and the largest value that the evidence leaves possible, of each setting that counts. */
export type SettingRanges = Readonly<Partial<Record<SettingName, { readonly lower: number; readonly upper: number }>>>;

/** What one shape of node is served with, and what would serve it best. */
export type ShapeAdvice = {
  readonly instanceType: string;
  readonly maxPods: number;
  /** Nodes of the shape now. */
  readonly nodes: number;
  /** Pods on a node half of the time at most, and 99 % of the time at most. */
  readonly podsP50: number;
  readonly podsP99: number;
  readonly current: Figures;
  readonly expected: Figures;
  readonly best: SettingValues;
  /** By how much the recommended values cost more than the best ones for this shape. */
  readonly regretPerNodeHour: number;
};

/** What the IP pair would do where it may not be set. Told, never written. */
export type AddressPairAdvice = {
  readonly values: SettingValues;
  readonly figures: Figures;
  /** Than the recommended values, by enough to be worth allowing it. */
  readonly isBetter: boolean;
  readonly sentence: string;
};

type Told = { readonly values: SettingValues; readonly figures: Figures };

/** What the other mode (prefix delegation on for off) would do on nodes as they are. Told, never written. */
export type OtherModeAdvice = {
  readonly mode: 'prefix' | 'secondary-ip';
  readonly best: Told;
  /** What aws-node does there when nothing is set. */
  readonly byDefault: Told;
  readonly needs: readonly string[];
  readonly sentence: string;
};

export type Advice = {
  readonly kind: 'Advice';
  /** Hash of DaemonSet uid, live and proposed values: changes only when the proposal does. */
  readonly id: string;
  readonly values: SettingValues;
  /** Before the user's bounds. */
  readonly uncapped: SettingValues;
  readonly ranges: SettingRanges;
  readonly current: Figures;
  readonly expected: Figures;
  /** The limits that the live values break: then no gain is asked of a change. */
  readonly liveViolations: readonly Violation[];
  /** Best first, at most ten. */
  readonly candidates: readonly Candidate[];
  /** Those with the most nodes first, at most twenty. */
  readonly shapes: readonly ShapeAdvice[];
  readonly addressPair: AddressPairAdvice | undefined;
  readonly otherMode: OtherModeAdvice | undefined;
  readonly confidence: Confidence;
  /** Which objective or bound decided, in words a user knows: `delayedPods`, `settings.warmENI.min`, `score`. */
  readonly binding: string;
  /** One English sentence with numbers. */
  readonly summary: string;
  readonly evidence: Evidence;
  readonly evaluatedAtMs: number;
  /** The objective that no candidate meets, and what would help; undefined when all are met. */
  readonly unmet: Violation | undefined;
};

export type Undecided = {
  readonly kind: 'Undecided';
  readonly reason: HoldReason;
  readonly message: string;
  readonly evidence: Evidence | undefined;
  readonly recheckAtMs: number | undefined;
};

export type Recommendation = Advice | Undecided;

/** What the DaemonSet held before our first write: `absent` tells an entry that did not exist. */
export type Original = {
  readonly setting: SettingName;
  readonly state: 'absent' | 'value';
  readonly value: string;
  readonly owners: readonly FieldOwner[];
};

/** "No" is data: it travels the same road as "do it". */
export type Hold = {
  readonly kind: 'Hold';
  readonly reason: HoldReason;
  readonly message: string;
  /** When to look again; undefined when only an event can change it. */
  readonly recheckAtMs: number | undefined;
};

export type Change = {
  readonly kind: 'Change';
  readonly from: Readonly<Partial<Record<SettingName, string | undefined>>>;
  readonly to: SettingValues;
  readonly because: string;
  readonly recommendationId: string;
  /** Which emergency let it skip a rule of spec.changes; undefined when it skipped none. */
  readonly emergency: string | undefined;
};

/** Give entries back: a setting left `spec.settings`, or the CniTuning is being deleted. */
export type Restore = {
  readonly kind: 'Restore';
  readonly originals: readonly Original[];
  readonly because: 'Deleted' | 'SettingRemoved';
};

/** A person asks for the last change to be taken back (annotation cnituning.dev/rollback). */
export type Undo = {
  readonly kind: 'Undo';
  readonly token: string;
  /** `WARM_ENI_TARGET=0`, as the change wrote it; empty where nothing is undone. */
  readonly undone: string;
  readonly back: string;
  readonly message: string;
} & (
  | {
      /** `Note`: put on record first. `Answer`: nothing is to be written. `Record`: it is written, its record is not. */
      readonly way: 'Note' | 'Answer' | 'Record';
    }
  /** What was before our first write, with its owners. */
  | { readonly way: 'Restore'; readonly originals: readonly Original[] }
  /** An earlier value of ours: all that is ours afterwards, and the originals that stay on record. */
  | { readonly way: 'Apply'; readonly values: SettingValues; readonly originals: readonly Original[] }
);

/** Live is what is recommended. */
export type Keep = { readonly kind: 'Keep'; readonly message: string };

export type Plan = Hold | Change | Restore | Undo | Keep;
