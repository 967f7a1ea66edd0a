/**
 * Nodes, and the pods on them that need an address or belong to a followed DaemonSet: small records, counted as they
 * come and go, so that a snapshot costs the number of nodes and not of pods. Tells the memory of demand each change.
 */
import type { DemandChange } from '../../tuning/demand-change.ts';
import type { AddressFailures, NodeView } from '../../tuning/snapshot.ts';
import type { BoundPodView, DaemonPodView } from '../views.ts';
import { sameNode } from '../views.ts';
import type { Gap, WatchTarget } from '../watch/contract.ts';

/** One node name, for as long as there is a node or a pod of that name. Pods point here instead of holding the name. */
type Slot = {
  readonly name: string;
  node: NodeView | undefined;
  readonly pods: Set<PodRecord>;
  addresses: number;
};

type PodRecord = {
  readonly id: number;
  readonly slot: Slot;
  readonly boundAtMs: number;
  /** It was there when we first looked, or came while we were blind: no start that was seen. */
  readonly alreadyRunning: boolean;
  /** When it was first seen. */
  readonly seenAtMs: number;
  needsAddress: boolean;
  awaitingSandboxSinceMs: number | undefined;
  daemon: DaemonPodView | undefined;
  /** Its PodBound was told, and its PodGone was not. */
  told: boolean;
};

export type FollowedPod = { readonly nodeName: string; readonly daemon: DaemonPodView };

/** What else happened, for the controller. */
export type WorkloadListener = {
  demand(change: DemandChange): void;
  nodesChanged(): void;
  /** Pods of this DaemonSet (`namespace/name`) changed. */
  daemonPodsChanged(daemonSet: string): void;
};

/** Nodes or pods of a whole state that are taken in at one go: a few milliseconds. */
const STEP = 500;
/** A watch that goes on where it stopped has missed nothing; pods that went meanwhile only seem to go this much later. */
const MOST_LATE_MS = 300_000;
/** PodScheduled has whole seconds: an event this fresh tells the time better. */
const FRESH_MS = 3_000;
/** A sandbox takes a second or two; an address that is not there within this has failed at least once. */
const SANDBOX_PATIENCE_MS = 20_000;

export class Workloads {
  readonly #listener: WorkloadListener;
  readonly #clock: () => number;
  readonly #slots = new Map<string, Slot>();
  readonly #nodesByUid = new Map<string, NodeView>();
  readonly #pods = new Map<string, PodRecord>();
  readonly #awaiting = new Set<PodRecord>();
  readonly #followed = new Map<string, Map<number, PodRecord>>();
  #lastPodId = 0;
  #sandboxesAreTold = false;
  #nodeList: readonly NodeView[] | undefined;

  constructor(listener: WorkloadListener, clock: () => number) {
    this.#listener = listener;
    this.#clock = clock;
  }

  readonly nodes: WatchTarget<NodeView> = {
    set: (uid, node) => this.#setNode(uid, node),
    remove: (uid) => this.#removeNode(uid),
    replace: (views, gap) => this.#replaceNodes(views, gap),
    resumed: (gap) => this.#tellBlind(gap),
  };

  readonly pods: WatchTarget<BoundPodView> = {
    set: (uid, pod) => this.#setPod(uid, pod, false),
    remove: (uid) => this.#removePod(uid),
    replace: (views, gap) => this.#replacePods(views, gap),
    resumed: (gap) => this.#tellBlind(gap),
  };

  /** All nodes; the same list as before when nothing changed. */
  nodeViews(): readonly NodeView[] {
    this.#nodeList ??= [...this.#nodesByUid.values()];
    return this.#nodeList;
  }

  /** Pods carry PodReadyToStartContainers (Kubernetes 1.29): they tell by themselves that they wait for an address. */
  get sandboxesAreTold(): boolean {
    return this.#sandboxesAreTold;
  }

  /** Pods that need an address, by node name; nodes without any, or that are gone, are left out. */
  addressesByNode(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { name, node, addresses } of this.#slots.values()) {
      if (node !== undefined && addresses > 0) counts.set(name, addresses);
    }
    return counts;
  }

  /** Pods of a DaemonSet (`namespace/name`) on nodes that are there; a node's pods outlive it for a while. */
  followedPods(daemonSet: string): readonly FollowedPod[] {
    const pods = this.#followed.get(daemonSet)?.values() ?? [];
    return [...pods].flatMap(({ slot, daemon }) =>
      daemon === undefined || slot.node === undefined ? [] : [{ nodeName: slot.name, daemon }],
    );
  }

  /** Pods that wait for an address too long, or of which an event says that they were refused one. */
  addressFailures(nowMs: number, refusedPods: ReadonlyMap<string, number>): readonly AddressFailures[] {
    const byNode = new Map<string, { pods: number; sinceMs: number }>();
    const add = ({ slot }: PodRecord, sinceMs: number): void => {
      const known = byNode.get(slot.name);
      if (known === undefined) byNode.set(slot.name, { pods: 1, sinceMs });
      else byNode.set(slot.name, { pods: known.pods + 1, sinceMs: Math.min(known.sinceMs, sinceMs) });
    };
    const refused = new Set<PodRecord>();
    for (const [uid, sinceMs] of refusedPods) {
      const record = this.#pods.get(uid);
      if (record === undefined || !this.#awaiting.has(record)) continue;
      refused.add(record);
      add(record, sinceMs);
    }
    for (const record of this.#awaiting) {
      const sinceMs = record.awaitingSandboxSinceMs ?? nowMs;
      if (!refused.has(record) && nowMs - sinceMs >= SANDBOX_PATIENCE_MS) add(record, sinceMs);
    }
    return [...byNode].map(([nodeName, { pods, sinceMs }]) => ({ nodeName, pods, sinceMs }));
  }

  *#replaceNodes(views: ReadonlyMap<string, NodeView>, gap: Gap | undefined): Generator<void> {
    this.#tellBlind(gap);
    for (const uid of this.#nodesByUid.keys()) if (!views.has(uid)) this.#removeNode(uid);
    let done = 0;
    for (const [uid, node] of views) {
      this.#setNode(uid, node);
      if ((done += 1) % STEP === 0) yield;
    }
  }

  *#replacePods(views: ReadonlyMap<string, BoundPodView>, gap: Gap | undefined): Generator<void> {
    this.#tellBlind(gap);
    for (const uid of this.#pods.keys()) if (!views.has(uid)) this.#removePod(uid);
    let done = 0;
    for (const [uid, pod] of views) {
      this.#setPod(uid, pod, true);
      if ((done += 1) % STEP === 0) yield;
    }
  }

  #tellBlind(gap: Gap | undefined): void {
    if (gap === undefined || (gap.lossless && gap.untilMs - gap.fromMs <= MOST_LATE_MS)) return;
    this.#listener.demand({ kind: 'Blind', fromMs: gap.fromMs, untilMs: gap.untilMs });
  }

  #slotOf(name: string): Slot {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot: Slot = { name, node: undefined, pods: new Set(), addresses: 0 };
    this.#slots.set(name, slot);
    return slot;
  }

  #dropIfEmpty(slot: Slot): void {
    if (slot.node === undefined && slot.pods.size === 0) this.#slots.delete(slot.name);
  }

  #setNode(uid: string, node: NodeView): void {
    const slot = this.#slotOf(node.name);
    const before = slot.node;
    if (before !== undefined && sameNode(before, node)) return;
    // A node of that name is gone and was made anew between two looks.
    if (before !== undefined && before.uid !== node.uid) this.#removeNode(before.uid);
    const atMs = this.#clock();
    const kept = this.#slotOf(node.name);
    kept.node = node;
    this.#nodesByUid.set(uid, node);
    this.#nodeList = undefined;
    this.#listener.demand({ kind: 'NodeSeen', atMs, node });
    for (const pod of kept.pods) this.#tellBound(pod);
    this.#listener.nodesChanged();
  }

  #removeNode(uid: string): void {
    const node = this.#nodesByUid.get(uid);
    if (node === undefined) return;
    this.#nodesByUid.delete(uid);
    this.#nodeList = undefined;
    const slot = this.#slots.get(node.name);
    if (slot?.node?.uid !== uid) return;
    slot.node = undefined;
    for (const pod of slot.pods) pod.told = false;
    this.#listener.demand({ kind: 'NodeGone', atMs: this.#clock(), nodeName: node.name });
    this.#dropIfEmpty(slot);
    this.#listener.nodesChanged();
  }

  #setPod(uid: string, view: BoundPodView, alreadyRunning: boolean): void {
    const record = this.#pods.get(uid) ?? this.#newRecord(uid, view, alreadyRunning);
    const needed = record.needsAddress;
    record.needsAddress = view.needsAddress;
    record.awaitingSandboxSinceMs = view.awaitingSandboxSinceMs;
    this.#sandboxesAreTold ||= view.awaitingSandboxSinceMs !== undefined;
    if (view.awaitingSandboxSinceMs === undefined) this.#awaiting.delete(record);
    else this.#awaiting.add(record);
    if (view.needsAddress !== needed) record.slot.addresses += view.needsAddress ? 1 : -1;
    this.#pods.set(uid, record);
    record.slot.pods.add(record);
    if (view.needsAddress) this.#tellBound(record);
    else this.#tellGone(record);
    this.#follow(record, view.daemon);
  }

  #newRecord(uid: string, view: BoundPodView, alreadyRunning: boolean): PodRecord {
    this.#lastPodId += 1;
    return {
      id: this.#lastPodId,
      slot: this.#slotOf(view.nodeName),
      boundAtMs: view.boundAtMs,
      alreadyRunning,
      seenAtMs: this.#clock(),
      needsAddress: false,
      awaitingSandboxSinceMs: undefined,
      daemon: undefined,
      told: false,
    };
  }

  #removePod(uid: string): void {
    const record = this.#pods.get(uid);
    if (record === undefined) return;
    this.#pods.delete(uid);
    this.#awaiting.delete(record);
    record.slot.pods.delete(record);
    if (record.needsAddress) record.slot.addresses -= 1;
    this.#tellGone(record);
    this.#follow(record, undefined);
    this.#dropIfEmpty(record.slot);
  }

  /** Told only for nodes that were told before: the memory learns of the node first. */
  #tellBound(record: PodRecord): void {
    if (record.told || !record.needsAddress || record.slot.node === undefined) return;
    record.told = true;
    const { slot, id, alreadyRunning, boundAtMs, seenAtMs } = record;
    const fresh = !alreadyRunning && seenAtMs - boundAtMs < FRESH_MS;
    const atMs = fresh ? seenAtMs : boundAtMs;
    this.#listener.demand({ kind: 'PodBound', atMs, nodeName: slot.name, pod: id, alreadyRunning });
  }

  #tellGone(record: PodRecord): void {
    if (!record.told) return;
    record.told = false;
    this.#listener.demand({ kind: 'PodGone', atMs: this.#clock(), nodeName: record.slot.name, pod: record.id });
  }

  #follow(record: PodRecord, daemon: DaemonPodView | undefined): void {
    const before = record.daemon;
    if (before === undefined && daemon === undefined) return;
    record.daemon = daemon;
    if (daemon === undefined) this.#unfollow(record, before?.owner ?? '');
    else {
      const pods = this.#followed.get(daemon.owner) ?? new Map<number, PodRecord>();
      this.#followed.set(daemon.owner, pods.set(record.id, record));
    }
    const same = before?.ready === daemon?.ready && before?.revisionHash === daemon?.revisionHash;
    if (!same) this.#listener.daemonPodsChanged(daemon?.owner ?? before?.owner ?? '');
  }

  #unfollow(record: PodRecord, owner: string): void {
    const pods = this.#followed.get(owner);
    pods?.delete(record.id);
    if (pods?.size === 0) this.#followed.delete(owner);
  }
}
