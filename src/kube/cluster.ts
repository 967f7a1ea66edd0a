/**
 * The front door: one connection to one API server, what it holds in our views, and the ways to write to it.
 * The only code of this room that a composition root needs.
 */
import type { DaemonSetRef, SettingName } from '../api/tuning-spec.ts';
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import type {
  CheckpointStore,
  ClusterReader,
  DaemonSetTarget,
  EventRecorder,
  TuningStore,
  WarmSettingsWriter,
} from '../reconcile/ports.ts';
import type { DemandChange } from '../tuning/demand-change.ts';
import type { AccountView, ClusterSnapshot, NodeView } from '../tuning/snapshot.ts';
import { warmSettingsWriter } from './aws-node.ts';
import { DaemonSets, keyOf } from './cache/daemon-sets.ts';
import type { Refusal } from './cache/refusals.ts';
import { Refusals } from './cache/refusals.ts';
import { awsNodePodsOf } from './cache/rollout.ts';
import { WakeUps } from './cache/wake-ups.ts';
import type { WorkloadListener } from './cache/workloads.ts';
import { Workloads } from './cache/workloads.ts';
import type { CheckpointPlace } from './checkpoint-store.ts';
import { checkpointStore } from './checkpoint-store.ts';
import { connect } from './client.ts';
import type { KubeClient, KubeLog, RequestSample } from './client.ts';
import { credentialsFrom } from './credentials.ts';
import { nodeSource, podSource, refusalSource } from './cache/sources.ts';
import { daemonSetViewOf } from './daemon-set-view.ts';
import { Events } from './events.ts';
import type { Lead } from './lead.ts';
import { readLead } from './lead.ts';
import { campaign } from './lease.ts';
import type { Leadership, LeadershipOptions } from './lease.ts';
import { reviewer } from './reviews.ts';
import type { Reviewer } from './reviews.ts';
import type { KeptTuning } from './tuning-object.ts';
import { Tunings, tuningSource } from './tuning-object.ts';
import type { BoundPodView } from './views.ts';
import { Watch } from './watch.ts';
import type { WatchSource, WatchTarget } from './watch/contract.ts';

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
  readonly reviewer: Reviewer;
  /** Opens the watches. Call once. */
  start(listener: ClusterListener): void;
  /** For who asks before there is a CniTuning: watches these DaemonSets until the CniTunings say otherwise. */
  follow(refs: readonly DaemonSetRef[]): void;
  /** Resolves when CniTunings, nodes and pods have delivered their first state, or are refused; rejects when `signal` aborts. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  health(): readonly WatchHealth[];
  /**
   * Starts to campaign for the Lease. From then on every other write is sent only while the lease outlives the
   * request; without this call writes are always allowed.
   */
  lead(options: LeadershipOptions): Leadership;
  /** Where the history is stored. */
  checkpoints(place: CheckpointPlace): CheckpointStore;
  /** Who leads by that Lease; undefined: there is none. */
  leaderOf(lease: { readonly namespace: string; readonly name: string }): Promise<Lead | undefined>;
  /** Since when a watch that demand comes from tells nothing, 0 = ever; undefined while all is well. */
  demandUnknownSinceMs(): number | undefined;
  /** Stops watches, sends what events are left, gives the lease back unless a write may still be on its way. */
  close(last?: { readonly isWriting: boolean }): Promise<void>;
};

/** Bursts of pods and nodes wake a CniTuning once in this time. */
const BURST_MS = 500;
const USUAL_DAEMON_SET = keyOf(DEFAULT_SPEC.daemonSetRef);
const NOBODY: ClusterListener = { onChange: () => {}, onDemand: () => {} };

type AnyWatch = Watch<NodeView> | Watch<BoundPodView> | Watch<Refusal> | Watch<KeptTuning>;

class LiveCluster implements Cluster {
  readonly tunings: Tunings;
  readonly warmSettings: WarmSettingsWriter;
  readonly events: Events;
  readonly reviewer: Reviewer;
  readonly reader: ClusterReader;
  readonly #client: KubeClient;
  readonly #log: KubeLog;
  readonly #wakeUps: WakeUps<ChangeCause>;
  readonly #workloads: Workloads;
  readonly #daemonSets: DaemonSets;
  readonly #refusals: Refusals;
  readonly #nodeWatch: Watch<NodeView>;
  readonly #podWatch: Watch<BoundPodView>;
  readonly #eventWatch: Watch<Refusal>;
  readonly #tuningWatch: Watch<KeptTuning>;
  #waiters: (() => void)[] = [];
  #listener: ClusterListener = NOBODY;
  #leadership: Leadership | undefined;

  constructor(options: ClusterOptions, client: KubeClient) {
    const { log, identity, variables } = options;
    this.#log = log;
    this.#client = client;
    this.#wakeUps = new WakeUps(BURST_MS, (names, cause) => this.#listener.onChange(names, cause));
    this.#workloads = new Workloads(this.#workloadListener(), Date.now);
    this.#refusals = new Refusals(() => this.#wakeUps.add('AddressFailures', this.#allNames()));
    const onDaemonSet = (key: string): void => this.#listener.onChange(this.#namesOf(key), 'DaemonSet');
    this.#daemonSets = new DaemonSets({ client, log, onChange: onDaemonSet, onState: () => this.#stateChanged() });
    this.tunings = new Tunings({ client, onChange: (name) => this.#tuningChanged(name) });
    this.events = new Events({ client, log, identity });
    this.reviewer = reviewer(client);
    this.warmSettings = warmSettingsWriter({ client, variables, generationOf: (target) => this.#generationOf(target) });
    this.reader = { snapshot: (ref, account, nowMs) => this.#snapshot(ref, account, nowMs) };
    this.#nodeWatch = this.#watch(nodeSource(), this.#workloads.nodes);
    this.#podWatch = this.#watch(
      podSource((key) => this.#isFollowed(key)),
      this.#workloads.pods,
    );
    this.#eventWatch = this.#watch(refusalSource, this.#refusals.target);
    this.#tuningWatch = this.#watch(tuningSource(log), this.tunings.target);
  }

  start(listener: ClusterListener): void {
    this.#listener = listener;
    for (const watch of this.#fixedWatches()) watch.start();
  }

  follow(refs: readonly DaemonSetRef[]): void {
    this.#daemonSets.follow(refs);
  }

  async whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.#isAnswered()) return;
    await new Promise<void>((resolve, reject) => {
      const stopped = (): void => reject(new Error('Stopped before the first state was complete.'));
      this.#waiters.push(() => {
        signal?.removeEventListener('abort', stopped);
        resolve();
      });
      signal?.addEventListener('abort', stopped, { once: true });
    });
  }

  health(): readonly WatchHealth[] {
    const watches = [...this.#fixedWatches(), ...this.#daemonSets.watches()];
    return watches.map(({ name, synced, brokenSinceMs, trouble }) => ({ name, synced, brokenSinceMs, trouble }));
  }

  lead(options: LeadershipOptions): Leadership {
    const leadership = campaign(this.#client, this.#log, options);
    this.#leadership = leadership;
    this.#client.fenceWrites((timeoutMs) => leadership.mayWrite(timeoutMs));
    return leadership;
  }

  checkpoints(place: CheckpointPlace): CheckpointStore {
    return checkpointStore(this.#client, place);
  }

  async leaderOf(lease: { readonly namespace: string; readonly name: string }): Promise<Lead | undefined> {
    return await readLead(this.#client, lease);
  }

  demandUnknownSinceMs(): number | undefined {
    const watches = [this.#nodeWatch, this.#podWatch];
    if (watches.some(({ synced }) => !synced)) return 0;
    const broken = watches.flatMap(({ brokenSinceMs }) => brokenSinceMs ?? []);
    return broken.length === 0 ? undefined : Math.min(...broken);
  }

  async close(last = { isWriting: false }): Promise<void> {
    this.#listener = NOBODY;
    this.#wakeUps.stop();
    await Promise.all([...this.#fixedWatches().map(async (watch) => await watch.stop()), this.#daemonSets.stop()]);
    this.#wakeUps.stop();
    await this.events.flush();
    await this.#leadership?.stop(last);
    await this.#client.close();
  }

  #fixedWatches(): readonly AnyWatch[] {
    return [this.#tuningWatch, this.#nodeWatch, this.#podWatch, this.#eventWatch];
  }

  #watch<T>(source: WatchSource<T>, target: WatchTarget<T>): Watch<T> {
    return new Watch({ client: this.#client, log: this.#log, source, target, onState: () => this.#stateChanged() });
  }

  #workloadListener(): WorkloadListener {
    return {
      demand: (change) => this.#listener.onDemand(change),
      nodesChanged: () => this.#wakeUps.add('Nodes', this.#allNames()),
      daemonPodsChanged: (key) => this.#wakeUps.add('AwsNodePods', this.#namesOf(key)),
    };
  }

  #generationOf(target: DaemonSetTarget): number | undefined {
    const live = this.#daemonSets.get(target.ref);
    return live?.uid === target.uid ? live.generation : undefined;
  }

  /** Pods of the usual DaemonSet are kept before any CniTuning names it, which spares reading all pods again. */
  #isFollowed(key: string): boolean {
    return key === USUAL_DAEMON_SET || this.#daemonSets.isFollowed(key);
  }

  #snapshot(ref: DaemonSetRef, account: AccountView | undefined, nowMs: number): ClusterSnapshot {
    const daemonSet = this.#daemonSets.get(ref);
    const watches = [this.#tuningWatch, this.#nodeWatch, this.#podWatch, this.#daemonSets.watchOf(ref)];
    const broken = watches.flatMap((watch) => watch?.brokenSinceMs ?? []);
    return {
      takenAtMs: nowMs,
      synced: watches.every((watch) => watch?.synced === true),
      staleSinceMs: broken.length === 0 ? undefined : Math.min(...broken),
      refusedWatches: watches.flatMap((watch) => (watch?.refused === true ? (watch.trouble ?? []) : [])),
      nodes: this.#workloads.nodeViews(),
      podsByNode: this.#workloads.addressesByNode(),
      addressFailures: this.#workloads.addressFailures(nowMs, this.#refusals.byPod()),
      failuresObserved: !this.#eventWatch.refused || this.#workloads.sandboxesAreTold,
      daemonSet: daemonSet === undefined ? undefined : daemonSetViewOf(daemonSet, ref),
      awsNodePods: daemonSet === undefined ? [] : awsNodePodsOf(daemonSet, this.#workloads.followedPods(keyOf(ref))),
      account,
    };
  }

  #tuningChanged(name: string): void {
    const refs = this.tunings.list().map(({ spec }) => spec.daemonSetRef);
    const leftOut = refs.some((ref) => !this.#isFollowed(keyOf(ref)));
    this.#daemonSets.follow(refs);
    if (leftOut) this.#podWatch.resync();
    this.#listener.onChange([name], 'Tuning');
  }

  #namesOf(key: string): readonly string[] {
    return this.tunings.list().flatMap(({ name, spec }) => (keyOf(spec.daemonSetRef) === key ? [name] : []));
  }

  #allNames(): readonly string[] {
    return this.tunings.list().map(({ name }) => name);
  }

  /** A refusal is an answer too: then a pass says which permission is missing. */
  #isAnswered(): boolean {
    return [this.#tuningWatch, this.#nodeWatch, this.#podWatch].every(({ synced, refused }) => synced || refused);
  }

  #stateChanged(): void {
    if (!this.#isAnswered()) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
    this.#wakeUps.add('Watch', this.#allNames());
  }
}

/** Reads the kubeconfig; rejects with PortError `Invalid` and a sentence when it cannot. Nothing is sent before `start`. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { kubeconfig, userAgent, onRequest } = options;
  const credentials = credentialsFrom(kubeconfig);
  return new LiveCluster(
    options,
    connect({ credentials, userAgent, ...(onRequest === undefined ? {} : { onRequest }) }),
  );
}
