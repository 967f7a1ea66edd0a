/** Pods of which an event says that they were refused an address. Bounded; an event alone proves nothing (see addressFailures). */
import type { RawEvent, RawObject } from '../raw-objects.ts';
import { timeMs } from '../raw-objects.ts';
import type { WatchTarget } from '../watch/contract.ts';

export type Refusal = { readonly podUid: string; readonly sinceMs: number };

/** What the VPC CNI and the kubelet say when the pool had no address. */
const ABOUT_ADDRESSES =
  /assign an IP address to container|failed to assign an IP|AssignPodIPv4Address|InsufficientFreeAddressesInSubnet|no available IP/i;
const MAX_REFUSALS = 20_000;

/** A FailedCreatePodSandBox event about an address; undefined for any other. */
export function refusalOf(raw: RawObject): Refusal | undefined {
  const { involvedObject, message, metadata } = raw as RawEvent;
  if (involvedObject?.kind !== 'Pod' || involvedObject.uid === undefined) return undefined;
  if (!ABOUT_ADDRESSES.test(message ?? '')) return undefined;
  return { podUid: involvedObject.uid, sinceMs: timeMs(metadata?.creationTimestamp) ?? 0 };
}

export class Refusals {
  readonly #byEvent = new Map<string, Refusal>();
  readonly #onRefusal: () => void;

  constructor(onRefusal: () => void) {
    this.#onRefusal = onRefusal;
  }

  readonly target: WatchTarget<Refusal> = {
    set: (uid, refusal) => this.#set(uid, refusal),
    remove: (uid) => this.#byEvent.delete(uid),
    replace: (views) => {
      this.#byEvent.clear();
      for (const [uid, refusal] of views) this.#set(uid, refusal);
      return [];
    },
    resumed: () => {},
  };

  /** When each refused pod was first refused, by its uid. */
  byPod(): ReadonlyMap<string, number> {
    const pods = new Map<string, number>();
    for (const { podUid, sinceMs } of this.#byEvent.values()) {
      pods.set(podUid, Math.min(sinceMs, pods.get(podUid) ?? sinceMs));
    }
    return pods;
  }

  #set(uid: string, refusal: Refusal): void {
    const isNew = !this.#byEvent.has(uid);
    this.#byEvent.set(uid, refusal);
    if (this.#byEvent.size > MAX_REFUSALS) this.#byEvent.delete(this.#byEvent.keys().next().value ?? '');
    if (isNew) this.#onRefusal();
  }
}
