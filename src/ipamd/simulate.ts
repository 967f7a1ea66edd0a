/**
 * Replay of one node-life through ipamd: what the pool would have held, which pods would have waited, which EC2 calls
 * would have been made. Event-driven: it jumps over time in which nothing can happen.
 */
import type { EC2Action, Latencies } from './ec2-calls.ts';
import type { NodeShape } from './instance-limits.ts';
import { NodeReplay } from './replay/node-replay.ts';
import type { CniSettings } from './warm-settings.ts';

/** EC2 latencies in ms: the oracle's Method (../shared/oracle/README.md). */
export const DEFAULT_LATENCIES: Latencies = {
  AssignPrivateIpAddresses: 400,
  AttachNetworkInterface: 1500,
  CreateNetworkInterface: 800,
  CreateTags: 250,
  DeleteNetworkInterface: 500,
  DescribeInstances: 150,
  DescribeNetworkInterfaces: 150,
  DescribeSubnets: 150,
  DetachNetworkInterface: 1000,
  ModifyNetworkInterfaceAttribute: 250,
  UnassignPrivateIpAddresses: 400,
};
/**
 * The kubelet tries a refused pod again after this long, ms: 10 s from the answer, which takes a moment. Exactly 10 s
 * from the question would meet the end of a cool-down (30 s) to the millisecond, where the real one comes just after it:
 * then of every 100 starts up to four are refused that the real ipamd serves (test/bench/advice.ts).
 */
export const DEFAULT_RETRY_MS = 10_001;
/** ipamd starts this long before the node is Ready, ms. */
export const DEFAULT_LEAD_MS = 3000;
/** The instance metadata shows a change this long after EC2, ms. */
export const DEFAULT_METADATA_LAG_MS = 1000;

/** A stretch of one node's life. Times in ms on one clock; pods are numbers unique within the node's life. */
export type NodeLife = {
  /** The node turned Ready. */
  readonly readyAtMs: number;
  /** Counting starts. */
  readonly fromMs: number;
  /**
   * The replay begins, with `startingPods`; what happens until `fromMs` is lived through and not counted. Absent:
   * `fromMs`. Later than `readyAtMs` = it begins settled, with `startingPods` placed uncounted.
   */
  readonly beginsAtMs?: number;
  readonly untilMs: number;
  readonly startingPods: readonly number[];
  /** Flat triples at, op (1 add, 0 remove), pod; times not decreasing. */
  readonly events: Float64Array;
};

export type ReplayOptions = {
  readonly shape: NodeShape;
  readonly settings: CniSettings;
  readonly life: NodeLife;
  /** Any integer: the same seed gives the same result. */
  readonly seed: number;
  readonly latencies?: Latencies;
  readonly retryMs?: number;
  readonly leadMs?: number;
  readonly metadataLagMs?: number;
  /** Wake at every half interval instead of jumping: the same result, slowly. For proof and comparison. */
  readonly stepping?: boolean;
  /** Record every EC2 call with its time (`calls` of the result). */
  readonly recordCalls?: boolean;
};

/** With every default filled. */
export type FullReplayOptions = Required<ReplayOptions>;

/** A pod whose first CNI ADD found no address. `waitMs` until it got one, was deleted, or the stretch ended. */
export type DelayedPod = {
  readonly pod: number;
  readonly atMs: number;
  readonly waitMs: number;
  readonly served: boolean;
  /** The node was younger than two minutes (since Ready). */
  readonly young: boolean;
};

/** Integrals in address-ms (ENI-ms for `eniMs`) over the counted time. */
export type ReplayResult = {
  readonly countedMs: number;
  /** Taken from the subnets: every ENI's own address, secondary addresses, 16 per prefix. */
  readonly heldAddressMs: number;
  readonly totalAddressMs: number;
  readonly assignedAddressMs: number;
  readonly coolingAddressMs: number;
  /** total - assigned. */
  readonly idleAddressMs: number;
  readonly eniMs: number;
  readonly maxHeldAddresses: number;
  /** Held addresses at or below which the node was 99 % of the counted time. */
  readonly p99HeldAddresses: number;
  /** Adds in the counted time, starting pods not included. */
  readonly podStarts: number;
  readonly delayedPods: readonly DelayedPod[];
  /**
   * Starts on a node older than two minutes that got an address, and whose burst (the starts on the node within ten
   * seconds) would have found none left had it been half again as large; under IP targets, or one pod larger.
   */
  readonly tightPods: readonly number[];
  readonly callsByAction: Readonly<Record<EC2Action, number>>;
  readonly ec2Calls: number;
  readonly mutatingEc2Calls: number;
  readonly enisCreated: number;
  readonly enisFreed: number;
  /** Only with `recordCalls`. */
  readonly calls?: readonly { readonly atMs: number; readonly action: EC2Action }[];
};

export type Replay = (options: ReplayOptions) => ReplayResult;

/** One node-life, alone in a subnet without end. Same options, same result. */
export function replay(options: ReplayOptions): ReplayResult {
  const node = new NodeReplay(withDefaults(options));
  node.run();
  return node.result();
}

function withDefaults(options: ReplayOptions): FullReplayOptions {
  return {
    latencies: DEFAULT_LATENCIES,
    retryMs: DEFAULT_RETRY_MS,
    leadMs: DEFAULT_LEAD_MS,
    metadataLagMs: DEFAULT_METADATA_LAG_MS,
    stepping: false,
    recordCalls: false,
    ...options,
  };
}
