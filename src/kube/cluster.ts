/**
 * The front door: one connection to one API server, what it holds in our views, and the ways to write to it.
 * The only code above client.ts that a composition root needs.
 */
import type { SettingName } from '../api/tuning-spec.ts';
import type { ClusterReader, EventRecorder, TuningStore, WarmSettingsWriter } from '../reconcile/ports.ts';
import type { DemandChange } from '../tuning/demand-change.ts';
import type { KubeLog, RequestSample } from './client.ts';
import type { Leadership, LeadershipOptions } from './lease.ts';

export type ClusterOptions = {
  /** Kubeconfig files joined as in KUBECONFIG; empty: the service account of the pod. */
  readonly kubeconfig: string;
  /** `cni-tuner/0.1.0`. */
  readonly userAgent: string;
  /** Who writes: the instance in events. */
  readonly identity: string;
  /** Which environment variable a setting is. */
  readonly variables: Readonly<Record<SettingName, string>>;
  readonly log: KubeLog;
  readonly onRequest?: (sample: RequestSample) => void;
};

/** What woke the controller; passes read the world and do not depend on it. */
export type ChangeCause = 'Tuning' | 'DaemonSet' | 'AwsNodePods' | 'Nodes' | 'AddressFailures' | 'Watch';

export type ClusterListener = {
  /** Something relevant to these CniTunings changed; bursts of pods and nodes come as one. */
  onChange(names: readonly string[], cause: ChangeCause): void;
  /** Every change of demand, in order, including those of the first state. */
  onDemand(change: DemandChange): void;
};

/** One watch, for readiness and metrics. */
export type WatchHealth = {
  readonly name: string;
  readonly synced: boolean;
  readonly brokenSinceMs: number | undefined;
  /** One sentence; undefined while all is well. */
  readonly trouble: string | undefined;
};

export type Cluster = {
  readonly tunings: TuningStore;
  readonly reader: ClusterReader;
  readonly warmSettings: WarmSettingsWriter;
  readonly events: EventRecorder;
  /** Opens the watches. Call once. */
  start(listener: ClusterListener): void;
  /** Resolves when CniTunings, nodes and pods have delivered their first state; rejects when `signal` aborts. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  health(): readonly WatchHealth[];
  /** False when neither pod conditions nor events tell of refused addresses (events forbidden). */
  failuresObserved(): boolean;
  /**
   * Starts to campaign for the Lease. From then on every other write is sent only while the lease outlives the
   * request; without this call writes are always allowed.
   */
  lead(options: LeadershipOptions): Leadership;
  /** Stops watches, sends what events are left, gives the lease back. */
  close(): Promise<void>;
};
