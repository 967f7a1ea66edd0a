/**
 * One ipamd process on one node, step by step: for a stand-in CNI that runs in real time against a real EC2
 * endpoint. It knows no clock and no network; the caller does what it asks and tells it what came of it.
 */
import type { DescribedENI, EC2Request, EC2Response } from './ec2-calls.ts';
import { seededChoices } from './pool/choices.ts';
import { allocations } from './pool/pod-addresses.ts';
import { addNetwork, delNetwork } from './pool/pod-network.ts';
import { runIpamd, runTimers } from './pool/pool-manager.ts';
import { newIpamd, setUnschedulable } from './pool/process.ts';
import type { Ipamd } from './pool/process.ts';
import { nextTimerMs, resume, startRun, stepMs } from './pool/run.ts';
import type { Run } from './pool/run.ts';
import { availableAddresses, cooldownIPs, getFreePrefixes, getIPStats } from './pool/statistics.ts';
import type { Steps } from './pool/steps.ts';
import type { NodeShape } from './instance-limits.ts';
import type { CniSettings } from './warm-settings.ts';

/** A pod's address as written to ipam.json. */
export type PodPlacement = { readonly pod: string; readonly address: number; readonly eni: string };

export type AgentOptions = {
  readonly shape: NodeShape;
  readonly settings: CniSettings;
  /** Milliseconds on the caller's clock; the process starts now. */
  readonly nowMs: number;
  /** 0 <= x < 1: map order and jitter. */
  readonly random: () => number;
  /**
   * What the instance metadata shows at this moment: the interfaces attached to the instance, the primary (device 0)
   * included. Called whenever ipamd reads the metadata, so it must answer at once: refresh a copy after each EC2
   * call that changed something, or on a timer of about a second.
   */
  readonly metadata: () => readonly DescribedENI[];
  /** ipam.json of the process before, reduced to pods that still run; absent on a fresh node. */
  readonly pods?: readonly PodPlacement[];
  /** Subnet of the ENIConfig; needed with custom networking. */
  readonly podSubnet?: string;
  /** The node carries the unschedulable taint. */
  readonly unschedulable?: boolean;
  /** Value of the tag `node.k8s.amazonaws.com/instance_id` that ipamd writes and knows its own interfaces by. */
  readonly instanceId?: string;
  /** Network cards of the instance type; those above 0 count only with ENABLE_MULTI_NIC. Absent = 1. */
  readonly networkCards?: number;
};

/**
 * `init`: starting, CNI ADD is refused; `run`: ready, pods are served; `failed`: start-up gave up, the process has
 * exited (`failure` says why): make a new agent after the container's back-off.
 */
export type AgentPhase = 'init' | 'run' | 'failed';

export type AddOutcome =
  | { readonly ok: true; readonly address: number; readonly eni: string }
  | { readonly ok: false; readonly reason: 'ipamd-down' | 'no-address' };

/** `requests`: calls that ipamd makes inside this DEL (leftover prefixes after prefix mode was switched off). */
export type DeleteOutcome =
  | { readonly ok: true; readonly address: number; readonly eni: string; readonly requests: readonly EC2Request[] }
  | { readonly ok: false; readonly reason: 'ipamd-down' | 'unknown-pod' };

/** The pool as ipamd counts it: `available` = total - assigned, addresses in cool-down included. */
export type PoolStats = {
  readonly total: number;
  readonly assigned: number;
  readonly cooling: number;
  readonly available: number;
  readonly prefixes: number;
  readonly freePrefixes: number;
  readonly enis: number;
};

/**
 * How to drive it: call `wake(now)` once at the start and whenever `nextWakeMs()` has come; make each EC2Request it
 * returns, and hand the result to `respond` with the request's id when the call has ended. Both return the next
 * requests. While a call is out `nextWakeMs()` is undefined. CNI ADD and DEL may come at any time in between. Times
 * passed in must not decrease.
 */
export type Agent = {
  readonly phase: AgentPhase;
  readonly failure: string | undefined;
  readonly nextWakeMs: () => number | undefined;
  readonly wake: (nowMs: number) => readonly EC2Request[];
  readonly respond: (requestId: number, response: EC2Response, nowMs: number) => readonly EC2Request[];
  readonly addPod: (pod: string, nowMs: number) => AddOutcome;
  readonly deletePod: (pod: string, nowMs: number) => DeleteOutcome;
  /** The unschedulable taint came or went. */
  readonly setUnschedulable: (unschedulable: boolean) => void;
  readonly stats: (nowMs: number) => PoolStats;
  /** ipam.json as it stands: give it to the next process, without pods that ended while none ran. */
  readonly snapshot: () => readonly PodPlacement[];
  /** The process ends: nothing is given back, later answers are ignored. */
  readonly stop: () => void;
};

export type CreateAgent = (options: AgentOptions) => Agent;

/** Starts one ipamd process; nothing happens before the first `wake`. */
export function createAgent(options: AgentOptions): Agent {
  return new AgentProcess(options);
}

class AgentProcess implements Agent {
  readonly #ipamd: Ipamd;
  readonly #startMs: number;
  /** The loop, and what runs beside it inside a DEL. */
  readonly #runs: Run[] = [];
  /** ipam.json of the process before, until it is read. */
  #saved: readonly PodPlacement[];
  #started = false;
  #stopped = false;

  constructor(options: AgentOptions) {
    this.#saved = options.pods ?? [];
    this.#startMs = options.nowMs;
    this.#ipamd = newIpamd({
      ...options,
      choices: seededChoices(options.random),
      checkpoint: () => this.#saved,
    });
  }

  get phase(): AgentPhase {
    return this.#ipamd.phase;
  }

  get failure(): string | undefined {
    return this.#ipamd.failure;
  }

  nextWakeMs(): number | undefined {
    if (this.#stopped) return undefined;
    if (!this.#started) return this.#startMs;
    const nextMs = Math.min(nextTimerMs(this.#ipamd), ...this.#runs.map((run) => stepMs(this.#ipamd, run)));
    return nextMs === Number.POSITIVE_INFINITY ? undefined : nextMs;
  }

  wake(nowMs: number): readonly EC2Request[] {
    if (this.#stopped) return [];
    this.#ipamd.nowMs = nowMs;
    if (!this.#started) {
      this.#started = true;
      return this.#begin(runIpamd(this.#ipamd));
    }
    runTimers(this.#ipamd);
    const due = this.#runs.filter((run) => stepMs(this.#ipamd, run) <= nowMs);
    return due.flatMap((run) => this.#goOn(run, undefined));
  }

  respond(requestId: number, response: EC2Response, nowMs: number): readonly EC2Request[] {
    const run = this.#runs.find(({ waiting }) => waiting.kind === 'call' && waiting.request.id === requestId);
    if (this.#stopped || run === undefined) return [];
    this.#ipamd.nowMs = nowMs;
    return this.#goOn(run, response);
  }

  addPod(pod: string, nowMs: number): AddOutcome {
    if (!this.#serves()) return { ok: false, reason: 'ipamd-down' };
    this.#ipamd.nowMs = nowMs;
    const given = addNetwork(this.#ipamd, pod);
    if (given === undefined) return { ok: false, reason: 'no-address' };
    return { ok: true, address: given.address, eni: given.cidr.eni.id };
  }

  deletePod(pod: string, nowMs: number): DeleteOutcome {
    this.#saved = this.#saved.filter((saved) => saved.pod !== pod);
    if (!this.#serves()) return { ok: false, reason: 'ipamd-down' };
    this.#ipamd.nowMs = nowMs;
    const given = delNetwork(this.#ipamd, pod);
    if (given === undefined) return { ok: false, reason: 'unknown-pod' };
    const requests = given.steps === undefined ? [] : this.#begin(given.steps);
    return { ok: true, address: given.address, eni: given.cidr.eni.id, requests };
  }

  setUnschedulable(unschedulable: boolean): void {
    setUnschedulable(this.#ipamd, unschedulable);
  }

  stats(nowMs: number): PoolStats {
    return poolStats(this.#ipamd, nowMs);
  }

  snapshot(): readonly PodPlacement[] {
    return this.#ipamd.restored ? placements(this.#ipamd) : this.#saved;
  }

  stop(): void {
    this.#stopped = true;
  }

  #serves(): boolean {
    return !this.#stopped && this.#ipamd.phase === 'run';
  }

  #begin(steps: Steps<void>): readonly EC2Request[] {
    const run = startRun(this.#ipamd, steps);
    if (run.waiting.kind !== 'ended') this.#runs.push(run);
    return requestOf(run);
  }

  #goOn(run: Run, answer: EC2Response | undefined): readonly EC2Request[] {
    resume(this.#ipamd, run, answer);
    if (run.waiting.kind === 'ended') this.#runs.splice(this.#runs.indexOf(run), 1);
    return requestOf(run);
  }
}

function requestOf(run: Run): readonly EC2Request[] {
  return run.waiting.kind === 'call' ? [run.waiting.request] : [];
}

function poolStats(ipamd: Ipamd, nowMs: number): PoolStats {
  let sum: PoolStats = { total: 0, assigned: 0, cooling: 0, available: 0, prefixes: 0, freePrefixes: 0, enis: 0 };
  for (const store of ipamd.stores) {
    const stats = getIPStats(store);
    sum = {
      total: sum.total + stats.totalIPs,
      assigned: sum.assigned + stats.assignedIPs,
      cooling: sum.cooling + cooldownIPs(store, nowMs),
      available: sum.available + availableAddresses(stats),
      prefixes: sum.prefixes + (store.isPDEnabled ? stats.totalPrefixes : 0),
      freePrefixes: sum.freePrefixes + (store.isPDEnabled ? getFreePrefixes(store) : 0),
      enis: sum.enis + store.eniPool.size,
    };
  }
  return sum;
}

function placements(ipamd: Ipamd): readonly PodPlacement[] {
  return ipamd.stores.flatMap(allocations).map(({ pod, address, eni }) => ({ pod: String(pod), address, eni }));
}
