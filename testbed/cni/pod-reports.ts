/**
 * Writes to the API server what happened to a pod: its address, its refusals. Writes are few at a time, in order for
 * one pod, and repeated while the server is away.
 */
import { randomBytes } from 'node:crypto';
import { POD_ADDRESS_ANNOTATION } from '../cluster/kwok-config.ts';
import { ApiFailure, type ApiClient } from '../control-plane/api-client.ts';
import { atMost } from '../workload/at-most.ts';
import type { AddRefusal } from './cni-node.ts';
import { MOST_SIMILAR_EVENTS, combined, crashLoopStatus, refusalWords } from './kubelet-words.ts';
import type { TimerHeap } from './timer-heap.ts';
import type { PodView } from './views.ts';

export type Refusal = { readonly refused: AddRefusal; readonly attempt: number };

const WRITES_AT_A_TIME = 24;
const TRY_AGAIN_MS = 1000;
/** Events beyond this many waiting writes are dropped, as a kubelet drops them too. */
const MOST_WAITING_EVENTS = 2000;

type EventTrail = { sent: number; readonly combinedName: string };

export class PodReports {
  readonly #api: ApiClient;
  readonly #now: () => number;
  readonly #heap: TimerHeap;
  readonly #limited = atMost(WRITES_AT_A_TIME);
  /** By pod uid: the writes of one pod go one after another. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #trails = new Map<string, EventTrail>();
  #waitingEvents = 0;
  #stopped = false;

  constructor(tools: { readonly api: ApiClient; readonly now: () => number; readonly heap: TimerHeap }) {
    this.#api = tools.api;
    this.#now = tools.now;
    this.#heap = tools.heap;
  }

  addressGiven(pod: PodView, address: number): void {
    const annotations = { [POD_ADDRESS_ANNOTATION]: dotted(address) };
    this.#write(pod, () => this.#api.patch(pathOf(pod), { type: 'merge', body: { metadata: { annotations } } }));
  }

  /** The aws-node pod shares the node's own address. */
  awsNodeReady(pod: PodView, hostIp: string): void {
    const annotations = { [POD_ADDRESS_ANNOTATION]: hostIp };
    this.#write(pod, () => this.#api.patch(pathOf(pod), { type: 'merge', body: { metadata: { annotations } } }));
  }

  awsNodeCrashed(pod: PodView, sentence: string, restarts: number): void {
    this.#patchStatus(pod, crashLoopStatus(sentence, restarts));
  }

  forget(uid: string): void {
    this.#trails.delete(uid);
  }

  stop(): void {
    this.#stopped = true;
  }

  #patchStatus(pod: PodView, body: unknown): void {
    this.#write(pod, () => this.#api.patch(`${pathOf(pod)}/status`, { type: 'strategic-merge', body }));
  }

  /** The condition is False since the pod was accepted and stays so; the event says why. Ten, then one that counts. */
  refused(pod: PodView, { refused, attempt }: Refusal): void {
    const trail = this.#trails.get(pod.uid) ?? { sent: 0, combinedName: eventName(pod) };
    this.#trails.set(pod.uid, trail);
    // The kubelet says that the network is not ready once, not at every look.
    if (attempt === 0 && trail.sent > 0) return;
    trail.sent += 1;
    if (this.#waitingEvents >= MOST_WAITING_EVENTS) return;
    const words = refusalWords(refused, randomBytes(32).toString('hex'));
    const count = trail.sent - MOST_SIMILAR_EVENTS;
    const path = `/api/v1/namespaces/${pod.namespace}/events`;
    const lastTimestamp = seconds(this.#now());
    this.#waitingEvents += 1;
    this.#write(pod, async () => {
      this.#waitingEvents -= 1;
      if (count > 1) {
        const body = { count, lastTimestamp, message: combined(words.message) };
        await this.#api.patch(`${path}/${trail.combinedName}`, { type: 'merge', body });
      } else if (count === 1) {
        const message = combined(words.message);
        await this.#api.create(path, eventOf(pod, { ...words, message, name: trail.combinedName, lastTimestamp }));
      } else {
        await this.#api.create(path, eventOf(pod, { ...words, name: eventName(pod), lastTimestamp }));
      }
    });
  }

  #write(pod: PodView, write: () => Promise<unknown>): void {
    const before = this.#last.get(pod.uid) ?? Promise.resolve();
    const done = before.then(() => this.#untilAnswered(write));
    this.#last.set(pod.uid, done);
    void done.then(() => {
      if (this.#last.get(pod.uid) === done) this.#last.delete(pod.uid);
    });
  }

  /** A refusal is an answer (the pod is gone); a server that cannot be reached or is overloaded is asked again. */
  async #untilAnswered(write: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#limited(write);
        return;
      } catch (error) {
        if (error instanceof ApiFailure && error.status < 500 && error.status !== 429) return;
        await new Promise<void>((resolve) => this.#heap.at(this.#now() + TRY_AGAIN_MS, resolve));
      }
    }
  }
}

function pathOf(pod: PodView): string {
  return `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`;
}

function eventName(pod: PodView): string {
  return `${pod.name}.${randomBytes(8).toString('hex')}`;
}

function eventOf(
  pod: PodView,
  event: { readonly name: string; readonly reason: string; readonly message: string; readonly lastTimestamp: string },
): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: event.name, namespace: pod.namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    reason: event.reason,
    message: event.message,
    type: 'Warning',
    count: 1,
    firstTimestamp: event.lastTimestamp,
    lastTimestamp: event.lastTimestamp,
    source: { component: 'kubelet', host: pod.nodeName },
    reportingComponent: 'kubelet',
    reportingInstance: pod.nodeName,
  };
}

function seconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `10.0.0.7` */
export function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** The number behind `10.0.0.7`; NaN for anything else. */
export function undotted(text: string): number {
  const parts = text.split('.');
  return parts.length === 4 ? parts.reduce((sum, part) => sum * 256 + Number(part), 0) : Number.NaN;
}
