/**
 * What a pass needs from the outside, in the pass's words. `kube` and `aws` implement these; `controller/main.ts`
 * joins them. Adapters throw `PortError` and nothing else for trouble that is not a bug of ours.
 */
import type { CniTuningStatus } from '../api/cnituning.ts';
import type { DaemonSetRef, SettingName, TuningSpec } from '../api/tuning-spec.ts';
import type { CheckpointReason } from '../api/reasons.ts';
import type { SettingValues } from '../tuning/advice.ts';
import type { StoredPart } from '../tuning/checkpoint.ts';
import type { Evaluation, EvaluationRequest } from '../tuning/evaluation.ts';
import type { ForecastInput, SubnetForecast } from '../tuning/forecast.ts';
import type { AccountView, ClusterSnapshot } from '../tuning/snapshot.ts';
import type { Original } from '../tuning/advice.ts';
import type { RecalledDemand, RecallQuery } from '../tuning/recall.ts';

export type PortErrorKind = 'NotFound' | 'Conflict' | 'Throttled' | 'Forbidden' | 'Unavailable' | 'Invalid';

/** A field that somebody else owns, read from the causes of a 409. */
export type OwnershipConflict = {
  readonly manager: string;
  /** `Update` where the cause says `using apps/v1`, else `Apply`. */
  readonly operation: 'Apply' | 'Update';
  readonly field: string;
  readonly setting: SettingName | undefined;
};

export type PortErrorDetails = {
  readonly retryAfterMs?: number;
  /** `patch daemonsets in kube-system`, `ec2:DescribeSubnets`. */
  readonly missingPermission?: string;
  readonly conflicts?: readonly OwnershipConflict[];
  readonly cause?: unknown;
};

/** Trouble outside, classified where it entered. The message is one sentence a user can act on. */
export class PortError extends Error {
  readonly kind: PortErrorKind;
  readonly retryAfterMs: number | undefined;
  readonly missingPermission: string | undefined;
  readonly conflicts: readonly OwnershipConflict[];

  constructor(kind: PortErrorKind, message: string, details: PortErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'PortError';
    this.kind = kind;
    this.retryAfterMs = details.retryAfterMs;
    this.missingPermission = details.missingPermission;
    this.conflicts = details.conflicts ?? [];
  }
}

/** A CniTuning as the watch cache holds it: spec with defaults, status as last written. */
export type TuningObject = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdAtMs: number;
  readonly deletionRequested: boolean;
  readonly hasFinalizer: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: TuningSpec;
  readonly status: CniTuningStatus | undefined;
};

export type TuningStore = {
  /** From the watch cache; undefined when it does not exist. */
  get(name: string): TuningObject | undefined;
  /** All of them, oldest first. Bounded by what users create. */
  list(): readonly TuningObject[];
  /** Writes the status subresource; guarded by uid and resourceVersion. */
  patchStatus(object: TuningObject, status: CniTuningStatus): Promise<void>;
  addFinalizer(object: TuningObject): Promise<void>;
  removeFinalizer(object: TuningObject): Promise<void>;
};

export type ClusterReader = {
  /** From the caches, at once; never waits for the network. */
  snapshot(ref: DaemonSetRef, account: AccountView | undefined, nowMs: number): ClusterSnapshot;
};

/** Names one version of one DaemonSet, so that a write cannot land on another. */
export type DaemonSetTarget = {
  readonly ref: DaemonSetRef;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The text of the annotation with the originals, as read; undefined when there was none. */
  readonly recorded: string | undefined;
};

export type WarmSettingsWriter = {
  /**
   * Server-side apply of exactly these env entries as `cni-tuner`, with the originals recorded in the DaemonSet's
   * annotation by the same request. Throws PortError `Conflict`: with `conflicts` when others own a field and `force`
   * is false, without when the DaemonSet is no longer of the target's version, whatever has changed.
   */
  apply(
    target: DaemonSetTarget,
    values: SettingValues,
    originals: readonly Original[],
    force: boolean,
  ): Promise<{ readonly generation: number; readonly changed: boolean }>;
  /**
   * Gives entries back: old value first, then our ownership (recipes of docs/decisions on restoring). `keep` are
   * the settings we go on owning. Entries that we no longer own are left alone and named in `skipped`. Throws PortError
   * `Conflict` when the originals on record are not those of the target: the reading was too old to give back by.
   */
  restore(
    target: DaemonSetTarget,
    originals: readonly Original[],
    keep: readonly SettingName[],
  ): Promise<{ readonly restored: readonly SettingName[]; readonly skipped: readonly SettingName[] }>;
  /** Releases ownership without touching values (`deletionPolicy: Retain`). Throws as `restore` does. */
  release(target: DaemonSetTarget): Promise<void>;
};

export type AccountReader = {
  /** The last finished reading, at once; starts a new one in the background when it is due. */
  latest(nowMs: number): AccountView | undefined;
};

/** What nodes were asked for, remembered from the watches (`DemandHistory` of tuning/demand.ts). */
export type DemandMemory = {
  /** How much of the last `windowMs` was watched, ms; gaps are not counted. Cheap. */
  watchedMs(windowMs: number, nowMs: number): number;
  /** The sample to replay. Costs time in the order of the sample's bound: only for a new evaluation. */
  recall(query: RecallQuery): RecalledDemand;
};

/** Where checkpoints of the demand memory are stored, part by part (`tuning/checkpoint.ts`). */
export type CheckpointStore = {
  /** Every part there can be, by index. */
  read(): Promise<readonly StoredPart[]>;
  /**
   * In one atomic write. Throws PortError; `Conflict` when somebody else wrote the part since it was last read or
   * written here. `Foreign`: something stands in its place that is not ours, and was left alone.
   */
  write(index: number, bytes: Uint8Array): Promise<'Stored' | 'Foreign'>;
};

/** How it stands with keeping the history over a restart. */
export type HistoryKeeping =
  /** Nothing was stored by this process yet. */
  | { readonly kind: 'Pending' }
  /** `refused`: why what an earlier process had stored could not be used. */
  | { readonly kind: 'Kept'; readonly refused: string | undefined }
  | { readonly kind: 'NotKept'; readonly reason: CheckpointReason; readonly message: string };

/** What a pass may know of the checkpoints. */
export type HistoryKeeper = {
  /** Undefined: nobody here keeps the history, so nothing can be said. */
  keeping(): HistoryKeeping | undefined;
};

/** Replays run elsewhere (a worker thread): a pass reads the last finished evaluation and never waits. */
export type Evaluator = {
  latest(key: string): Evaluation | undefined;
  /** Starts an evaluation unless an equal one is running or done; `onFinished` wakes the key. */
  request(key: string, request: EvaluationRequest): void;
  forget(key: string): void;
};

/** Remembers how full the subnets were and says when they run into their reserve (`Forecaster` of tuning/forecast.ts). */
export type SubnetForecaster = {
  /** Cheap; undefined while EC2 cannot be read. */
  forecast(key: string, input: ForecastInput): readonly SubnetForecast[] | undefined;
  forget(key: string): void;
};

export type EventRegarding =
  | { readonly kind: 'CniTuning'; readonly name: string; readonly uid: string }
  | { readonly kind: 'DaemonSet'; readonly namespace: string; readonly name: string; readonly uid: string };

export type TuningEvent = {
  readonly regarding: EventRegarding;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from api/conditions.ts. */
  readonly reason: string;
  /** The verb, as events.k8s.io wants it: `Tuning`. */
  readonly action: string;
  /** At most 1,024 characters, with the numbers. */
  readonly note: string;
};

export type EventRecorder = {
  /** Never throws, never waits; deduplicates into series. */
  emit(event: TuningEvent): void;
};

/** What one pass may use. */
export type Ports = {
  readonly tunings: TuningStore;
  readonly cluster: ClusterReader;
  readonly warmSettings: WarmSettingsWriter;
  readonly account: AccountReader;
  readonly memory: DemandMemory;
  readonly keeper: HistoryKeeper;
  readonly evaluator: Evaluator;
  readonly forecaster: SubnetForecaster;
  readonly events: EventRecorder;
};
