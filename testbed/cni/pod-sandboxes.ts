/**
 * The kubelet's part: asks the CNI of the pod's node for an address, tries again as the kubelet does when it is
 * refused, and says so in the pod's condition and events. What it knows of a pod is forgotten when the pod is gone.
 */
import type { AddRefusal, CniNode } from './cni-node.ts';
import type { CniCounters } from './counters.ts';
import { type PodReports, undotted } from './pod-reports.ts';
import type { Timer, TimerHeap } from './timer-heap.ts';
import type { PodView } from './views.ts';

export type SandboxTools = {
  readonly now: () => number;
  readonly heap: TimerHeap;
  /** 0 <= x < 1 */
  readonly random: () => number;
  readonly reports: PodReports;
  readonly counters: CniCounters;
  readonly node: (name: string) => CniNode | undefined;
  /** The kubelet's back-off before the next try. */
  readonly retryMs: number;
};

type Sandbox = {
  readonly pod: PodView;
  readonly askedAtMs: number;
  attempts: number;
  /** Of the first refusal. */
  refusedAtMs: number | undefined;
  timer: Timer | undefined;
  served: boolean;
};

export class PodSandboxes {
  readonly #tools: SandboxTools;
  readonly #sandboxes = new Map<string, Sandbox>();

  constructor(tools: SandboxTools) {
    this.#tools = tools;
  }

  /** Pods that have been refused and have no address yet, by node. */
  waitingByNode(): ReadonlyMap<string, number> {
    const waiting = new Map<string, number>();
    for (const { served, refusedAtMs, pod } of this.#sandboxes.values()) {
      if (!served && refusedAtMs !== undefined) waiting.set(pod.nodeName, (waiting.get(pod.nodeName) ?? 0) + 1);
    }
    return waiting;
  }

  /** A pod as the watch shows it, at any time and any number of times. */
  seen(pod: PodView): void {
    if (pod.hostNetwork || pod.nodeName === '') return;
    if (pod.ended) {
      this.gone(pod);
      return;
    }
    if (this.#sandboxes.has(pod.uid)) return;
    const served = pod.podIp !== '';
    const sandbox: Sandbox = {
      pod,
      askedAtMs: this.#tools.now(),
      attempts: 0,
      refusedAtMs: undefined,
      timer: undefined,
      served,
    };
    this.#sandboxes.set(pod.uid, sandbox);
    if (served) {
      this.#tools.node(pod.nodeName)?.adopt({ pod: pod.uid, address: undotted(pod.podIp) });
      return;
    }
    this.#tools.counters.podStarts += 1;
    this.#attempt(sandbox);
  }

  gone(pod: PodView): void {
    const sandbox = this.#sandboxes.get(pod.uid);
    if (sandbox === undefined) return;
    this.#sandboxes.delete(pod.uid);
    sandbox.timer?.cancel();
    this.#tools.reports.forget(pod.uid);
    if (sandbox.served) this.#tools.node(pod.nodeName)?.deletePod(pod.uid);
    else if (sandbox.refusedAtMs !== undefined) this.#countWait(sandbox);
  }

  /** The node's CNI has become ready: the kubelet does not wait for its back-off when the network turns ready. */
  retryUninitialized(nodeName: string): void {
    for (const sandbox of this.#sandboxes.values()) {
      if (sandbox.pod.nodeName !== nodeName || sandbox.served || sandbox.attempts > 0) continue;
      sandbox.timer?.cancel();
      this.#attempt(sandbox);
    }
  }

  #attempt(sandbox: Sandbox): void {
    const { pod } = sandbox;
    const result = this.#tools.node(pod.nodeName)?.addPod(pod.uid) ?? { refused: 'not-initialized' as const };
    if ('refused' in result) {
      this.#refused(sandbox, result.refused);
      return;
    }
    sandbox.served = true;
    if (sandbox.refusedAtMs !== undefined) this.#countWait(sandbox);
    this.#tools.reports.addressGiven(pod, result.address);
  }

  #refused(sandbox: Sandbox, refused: AddRefusal): void {
    const { now, heap, random, retryMs, counters, reports } = this.#tools;
    if (sandbox.refusedAtMs === undefined) {
      if (refused === 'no-address') counters.podsDelayedForAddress += 1;
      else counters.podsDelayedForCni += 1;
      sandbox.refusedAtMs = now();
    }
    if (refused !== 'not-initialized') sandbox.attempts += 1;
    reports.refused(sandbox.pod, { refused, attempt: sandbox.attempts });
    // pod_workers.go: the back-off is lengthened by up to half of itself, so that pods do not come back together.
    sandbox.timer = heap.at(now() + retryMs * (1 + 0.5 * random()), () => this.#attempt(sandbox));
  }

  #countWait({ askedAtMs }: Sandbox): void {
    const waitMs = this.#tools.now() - askedAtMs;
    this.#tools.counters.waitMs += waitMs;
    this.#tools.counters.longestWaitMs = Math.max(this.#tools.counters.longestWaitMs, waitMs);
  }
}
