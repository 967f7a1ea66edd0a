/** One node's life through ipamd, event by event. The front door is `replay` in simulate.ts. */
import type { EC2Request, EC2Response } from '../ec2-calls.ts';
import { seededChoices } from '../pool/choices.ts';
import type { Cidr } from '../pool/datastore.ts';
import type { DataStore } from '../pool/datastore.ts';
import { hasFreeAddresses } from '../pool/pod-addresses.ts';
import { addNetwork, delNetwork } from '../pool/pod-network.ts';
import { runIpamd } from '../pool/pool-manager.ts';
import { newIpamd } from '../pool/process.ts';
import type { Ipamd } from '../pool/process.ts';
import { resume, resumeMs, startRun, stepMs } from '../pool/run.ts';
import type { Run } from '../pool/run.ts';
import { seededRandom } from '../random.ts';
import { RecentTimes } from './recent-times.ts';
import { ReplaySums } from './replay-sums.ts';
import { SimulatedInstance } from './simulated-instance.ts';
import type { SimulatedSubnet } from './simulated-eni.ts';
import type { FullReplayOptions, ReplayResult } from '../simulate.ts';
import { SubnetSpace } from '../subnet-space.ts';
import { warmIPTargetsDefined } from '../warm-settings.ts';

/** A settled stretch: its starting pods come one by one this far apart, then the pool settles (the oracle's Method). */
const STARTING_POD_GAP_MS = 5300;
const SETTLE_MS = 300_000;

/** A burst: pods that start on one node within ten seconds, before two rounds of ipamd's loop can answer. */
const BURST_MS = 10_000;

const ADD = 1;

type WaitingPod = { readonly pod: number; readonly firstMs: number; readonly counted: boolean; nextMs: number };

export class NodeReplay {
  readonly #options: FullReplayOptions;
  readonly #startMs: number;
  readonly #settlePods: readonly number[];
  readonly #instance: SimulatedInstance;
  readonly #ipamd: Ipamd;
  readonly #store: DataStore;
  readonly #sums: ReplaySums;
  readonly #starts = new RecentTimes(BURST_MS);
  /** Pods that gave an address back: at most so many addresses cool. */
  readonly #left: RecentTimes;
  /**
   * What a pod that comes alone must leave: room for another where the pool grows address by address. One that grows by
   * interfaces gives its last address away on purpose: WARM_ENI_TARGET=0 waits for that.
   */
  readonly #leastSpare: number;
  /** Refused pods in the order of their next try, which is the order of their last one. */
  readonly #waiting: WaitingPod[] = [];
  readonly #refused = new Map<number, WaitingPod>();
  #waitingHead = 0;
  #run: Run | undefined;
  /** The call that is out, and when it ends. */
  #out: { readonly atMs: number; readonly request: EC2Request } | undefined;
  #event = 0;
  #settled = 0;
  #nowMs: number;
  #nextPodMs = Number.POSITIVE_INFINITY;
  #nextIpamdMs = Number.POSITIVE_INFINITY;
  /** The latest change from outside that ipamd may have to look at. */
  #sinceMs: number;

  constructor(options: FullReplayOptions, subnets: readonly SimulatedSubnet[] = [endlessSubnet(options)]) {
    const { life, shape, settings } = options;
    this.#options = options;
    const beginsMs = life.beginsAtMs ?? life.fromMs;
    const settles = beginsMs > life.readyAtMs;
    this.#settlePods = settles ? life.startingPods : [];
    const settleMs = settles ? SETTLE_MS + life.startingPods.length * STARTING_POD_GAP_MS : 0;
    this.#startMs = beginsMs - settleMs - options.leadMs;
    this.#nowMs = this.#startMs;
    this.#sinceMs = this.#startMs;
    this.#instance = new SimulatedInstance({
      limits: shape,
      subnets,
      metadataLagMs: options.metadataLagMs,
      createPrefixError: 'InvalidParameterValue',
      nowMs: this.#startMs,
    });
    const random = seededRandom(options.seed);
    this.#ipamd = newIpamd({
      shape,
      settings,
      choices: seededChoices(random),
      metadata: () => this.#instance.metadata(this.#nowMs),
      nowMs: this.#startMs,
      random,
      podSubnet: subnets[1]?.id,
    });
    const [store] = this.#ipamd.stores;
    this.#store = store;
    this.#left = new RecentTimes(store.ipCooldownMs);
    this.#leastSpare = warmIPTargetsDefined(settings) ? 1 : 0;
    this.#sums = new ReplaySums({ life, store, instance: this.#instance, recordCalls: options.recordCalls });
    store.onCidrRemoved = (cidr: Cidr) => this.#sums.cidrRemoved(cidr, this.#nowMs);
  }

  /** The whole life. */
  run(): void {
    const { untilMs } = this.#options.life;
    for (;;) {
      const nextMs = this.nextMs();
      if (nextMs >= untilMs) break;
      this.step(nextMs);
    }
    this.#sums.advance(this.#options.life.untilMs);
  }

  /** When something happens next; Infinity when nothing does. */
  nextMs(): number {
    if (this.#run === undefined) return this.#startMs;
    this.#nextPodMs = this.#podMs();
    this.#nextIpamdMs = this.#ipamdMs(this.#run);
    return Math.min(this.#nextPodMs, this.#nextIpamdMs);
  }

  /** What `nextMs` said is due at this time: pods first, and ipamd then in a step of its own. */
  step(nowMs: number): void {
    this.#sums.advance(nowMs);
    this.#nowMs = nowMs;
    this.#ipamd.nowMs = nowMs;
    if (this.#run === undefined) {
      this.#run = startRun(this.#ipamd, runIpamd(this.#ipamd));
      this.#ask(this.#run);
      return;
    }
    if (this.#nextPodMs <= nowMs) this.#podEvents(nowMs);
    else this.#goOn(this.#run, nowMs);
  }

  result(): ReplayResult {
    const { life } = this.#options;
    for (const waiting of this.#refused.values()) this.#sums.delayed(waiting, life.untilMs, false);
    return this.#sums.result();
  }

  #podMs(): number {
    const { life } = this.#options;
    const eventMs = life.events[this.#event * 3] ?? Number.POSITIVE_INFINITY;
    const retryMs = this.#waiting[this.#waitingHead]?.nextMs ?? Number.POSITIVE_INFINITY;
    return Math.min(eventMs, retryMs, this.#startingMs());
  }

  #startingMs(): number {
    const { life } = this.#options;
    if (this.#settled < this.#settlePods.length) {
      return this.#startMs + this.#options.leadMs + this.#settled * STARTING_POD_GAP_MS;
    }
    return this.#settled < life.startingPods.length ? (life.beginsAtMs ?? life.fromMs) : Number.POSITIVE_INFINITY;
  }

  #ipamdMs(run: Run): number {
    return Math.min(this.#out?.atMs ?? this.#resumeMs(run), this.#instance.nextMetadataMs());
  }

  #resumeMs(run: Run): number {
    return this.#options.stepping ? stepMs(this.#ipamd, run) : resumeMs(this.#ipamd, run, this.#sinceMs);
  }

  #podEvents(nowMs: number): void {
    const { events, startingPods } = this.#options.life;
    this.#sinceMs = nowMs;
    while (this.#startingMs() <= nowMs) {
      const pod = startingPods[this.#settled];
      this.#settled++;
      if (pod !== undefined) this.#addPod(pod, nowMs, false);
    }
    for (;;) {
      const waiting = this.#waiting[this.#waitingHead];
      if (waiting === undefined || waiting.nextMs > nowMs) break;
      this.#waitingHead++;
      if (this.#refused.get(waiting.pod) === waiting) this.#tryAgain(waiting, nowMs);
    }
    this.#forgetServed();
    while ((events[this.#event * 3] ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const pod = events[this.#event * 3 + 2] ?? -1;
      if (events[this.#event * 3 + 1] === ADD) {
        this.#sums.podStart(nowMs);
        this.#addPod(pod, nowMs, nowMs >= this.#options.life.fromMs);
      } else {
        this.#deletePod(pod, nowMs);
      }
      this.#event++;
    }
  }

  #forgetServed(): void {
    if (this.#waitingHead === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#waitingHead = 0;
    } else if (this.#waitingHead > 1024) {
      this.#waiting.splice(0, this.#waitingHead);
      this.#waitingHead = 0;
    }
  }

  #addPod(pod: number, nowMs: number, counted: boolean): void {
    this.#starts.add(nowMs);
    const spare = Math.max(this.#leastSpare, Math.floor(this.#starts.count(nowMs) / 2));
    if (this.#serve(pod)) {
      if (counted && !this.#hasRoom(spare, nowMs)) this.#sums.tight(pod, nowMs);
      return;
    }
    const waiting = { pod, firstMs: nowMs, counted, nextMs: nowMs + this.#options.retryMs };
    this.#waiting.push(waiting);
    this.#refused.set(pod, waiting);
  }

  /** Counts before it looks at each address: with hundreds of pods that would be most of a replay's time. */
  #hasRoom(pods: number, nowMs: number): boolean {
    const { enis, unassigned } = this.#store;
    const isSure = unassigned - this.#left.count(nowMs) >= pods && !enis.some((eni) => eni.isExcludedForPodIPs);
    return isSure || hasFreeAddresses(this.#store, pods, nowMs);
  }

  #tryAgain(waiting: WaitingPod, nowMs: number): void {
    if (this.#serve(waiting.pod)) {
      this.#refused.delete(waiting.pod);
      this.#sums.delayed(waiting, nowMs, true);
    } else {
      waiting.nextMs = nowMs + this.#options.retryMs;
      this.#waiting.push(waiting);
    }
  }

  #serve(pod: number): boolean {
    return this.#ipamd.phase === 'run' && addNetwork(this.#ipamd, pod) !== undefined;
  }

  #deletePod(pod: number, nowMs: number): void {
    const waiting = this.#refused.get(pod);
    if (waiting !== undefined) {
      this.#refused.delete(pod);
      this.#sums.delayed(waiting, nowMs, false);
      return;
    }
    // Nothing else comes of a DEL here: no pod sits in a prefix of another mode or on an excluded ENI.
    if (delNetwork(this.#ipamd, pod) === undefined) return;
    this.#left.add(nowMs);
    this.#sums.coolingBegins(nowMs);
  }

  #goOn(run: Run, nowMs: number): void {
    if (this.#instance.nextMetadataMs() <= nowMs) {
      this.#instance.metadata(nowMs);
      this.#sinceMs = nowMs;
    }
    if ((this.#out?.atMs ?? this.#resumeMs(run)) > nowMs) return;
    resume(this.#ipamd, run, this.#answer(nowMs));
    this.#ask(run);
  }

  /** The answer to the call that is out, if one is. */
  #answer(nowMs: number): EC2Response | undefined {
    if (this.#out === undefined) return undefined;
    const { request } = this.#out;
    this.#out = undefined;
    const response = this.#instance.respond(request, nowMs);
    this.#sums.answered(request, response, nowMs);
    return response;
  }

  /** A call that a run waits for takes its time. */
  #ask(run: Run): void {
    if (run.waiting.kind !== 'call') return;
    const { request } = run.waiting;
    this.#sums.called(request.action, this.#nowMs);
    this.#out = { atMs: this.#nowMs + this.#options.latencies[request.action], request };
  }
}

/** Room for twice what the node can ever take. */
function endlessSubnet({ shape, settings }: FullReplayOptions): SimulatedSubnet {
  const perSlot = settings.prefixDelegation && shape.prefixCapable ? 16 : 1;
  const most = shape.maxENIs * (shape.ipv4PerENI * perSlot + 1);
  const size = 2 ** Math.max(8, Math.ceil(Math.log2(2 * most)));
  return { id: 'subnet-0', space: new SubnetSpace({ base: 0, size }), tags: {} };
}
