/** What a replay adds up: addresses over time, calls, waits. Only the counted time (from `fromMs` on) goes in. */
import { EC2_ACTIONS, eachAction, isMutating } from '../ec2-calls.ts';
import type { EC2Action, EC2Request, EC2Response } from '../ec2-calls.ts';
import type { Cidr, DataStore } from '../pool/datastore.ts';
import type { SimulatedInstance } from './simulated-instance.ts';
import type { DelayedPod, NodeLife, ReplayResult } from '../simulate.ts';

/** A node is young for two minutes after it turned Ready. */
const YOUNG_MS = 120_000;

export class ReplaySums {
  readonly #life: NodeLife;
  readonly #store: DataStore;
  readonly #instance: SimulatedInstance;
  readonly #delayed: DelayedPod[] = [];
  readonly #tight: number[] = [];
  readonly #calls: { readonly atMs: number; readonly action: EC2Action }[] | undefined;
  readonly #callsByAction: Record<EC2Action, number>;
  /** Counted ms by held addresses. */
  readonly #heldMs: number[] = [];
  #lastMs: number;
  #total = 0;
  #assigned = 0;
  #cooling = 0;
  #enis = 0;
  #podStarts = 0;
  #created = 0;
  #freed = 0;

  constructor(options: {
    readonly life: NodeLife;
    readonly store: DataStore;
    readonly instance: SimulatedInstance;
    readonly recordCalls: boolean;
  }) {
    this.#life = options.life;
    this.#store = options.store;
    this.#instance = options.instance;
    this.#lastMs = options.life.fromMs;
    this.#calls = options.recordCalls ? [] : undefined;
    this.#callsByAction = eachAction(0);
  }

  /** The state has been as it is up to now. */
  advance(nowMs: number): void {
    const forMs = nowMs - this.#lastMs;
    if (forMs <= 0) return;
    this.#lastMs = nowMs;
    const assigned = this.#store.podCidrs.size;
    this.#assigned += assigned * forMs;
    this.#total += (assigned + this.#store.unassigned) * forMs;
    this.#enis += this.#instance.attachedENIs * forMs;
    const held = this.#instance.heldAddresses;
    this.#heldMs[held] = (this.#heldMs[held] ?? 0) + forMs;
  }

  podStart(nowMs: number): void {
    if (nowMs >= this.#life.fromMs) this.#podStarts++;
  }

  delayed(
    pod: { readonly pod: number; readonly firstMs: number; readonly counted: boolean },
    untilMs: number,
    served: boolean,
  ): void {
    if (!pod.counted) return;
    this.#delayed.push({
      pod: pod.pod,
      atMs: pod.firstMs,
      waitMs: untilMs - pod.firstMs,
      served,
      young: pod.firstMs - this.#life.readyAtMs < YOUNG_MS,
    });
  }

  /** The pod got one of the last addresses: a burst half again as large, or one pod larger, would have run out. */
  tight(pod: number, nowMs: number): void {
    if (nowMs - this.#life.readyAtMs >= YOUNG_MS) this.#tight.push(pod);
  }

  /** An address cools from now on; all of it is counted, and `cidrRemoved` takes back what does not happen. */
  coolingBegins(nowMs: number): void {
    this.#cooling += this.#overlapMs(nowMs, nowMs + this.#store.ipCooldownMs);
  }

  cidrRemoved(cidr: Cidr, nowMs: number): void {
    for (const record of cidr.records) {
      if (record >= 0) this.#cooling -= this.#overlapMs(Math.max(nowMs, record), record + this.#store.ipCooldownMs);
    }
  }

  called(action: EC2Action, nowMs: number): void {
    if (nowMs < this.#life.fromMs && !this.#countsStart()) return;
    this.#callsByAction[action]++;
    this.#calls?.push({ atMs: nowMs, action });
  }

  answered(request: EC2Request, response: EC2Response, nowMs: number): void {
    if (!response.ok || (nowMs < this.#life.fromMs && !this.#countsStart())) return;
    if (request.action === 'CreateNetworkInterface') this.#created++;
    if (request.action === 'DeleteNetworkInterface') this.#freed++;
  }

  result(): ReplayResult {
    const ec2Calls = EC2_ACTIONS.reduce((sum, action) => sum + this.#callsByAction[action], 0);
    const mutating = EC2_ACTIONS.filter(isMutating);
    const { heldMs, maxHeld, p99Held } = this.#heldFigures();
    return {
      countedMs: Math.max(0, this.#life.untilMs - this.#life.fromMs),
      heldAddressMs: heldMs,
      totalAddressMs: this.#total,
      assignedAddressMs: this.#assigned,
      coolingAddressMs: this.#cooling,
      idleAddressMs: this.#total - this.#assigned,
      eniMs: this.#enis,
      maxHeldAddresses: maxHeld,
      p99HeldAddresses: p99Held,
      podStarts: this.#podStarts,
      delayedPods: this.#delayed,
      tightPods: this.#tight,
      callsByAction: this.#callsByAction,
      ec2Calls,
      mutatingEc2Calls: mutating.reduce((sum, action) => sum + this.#callsByAction[action], 0),
      enisCreated: this.#created,
      enisFreed: this.#freed,
      ...(this.#calls === undefined ? {} : { calls: this.#calls }),
    };
  }

  /** Calls of the start belong to the life when the stretch is its first one. */
  #countsStart(): boolean {
    return this.#life.fromMs <= this.#life.readyAtMs;
  }

  /** How much of a span lies in the counted time. */
  #overlapMs(startMs: number, endMs: number): number {
    return Math.max(0, Math.min(endMs, this.#life.untilMs) - Math.max(startMs, this.#life.fromMs));
  }

  #heldFigures(): { readonly heldMs: number; readonly maxHeld: number; readonly p99Held: number } {
    let heldMs = 0;
    let countedMs = 0;
    this.#heldMs.forEach((forMs, held) => {
      heldMs += held * forMs;
      countedMs += forMs;
    });
    let p99Held = 0;
    let seenMs = 0;
    this.#heldMs.forEach((forMs, held) => {
      if (seenMs < 0.99 * countedMs) p99Held = held;
      seenMs += forMs;
    });
    return { heldMs, maxHeld: Math.max(0, this.#heldMs.length - 1), p99Held };
  }
}
