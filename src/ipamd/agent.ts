/**
 * One ipamd process on one node, step by step: for a stand-in CNI that runs in real time against a real EC2
 * endpoint. It knows no clock and no network; the caller does what it asks and tells it what came of it.
 */
import type { DescribedENI, EC2Request, EC2Response } from './ec2-calls.ts';
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
