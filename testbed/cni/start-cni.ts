/**
 * Plays the VPC CNI and the kubelet's sandbox part on every node of a cluster: one ipamd model per node, run with the
 * env of that node's own aws-node pod, against a real EC2 endpoint.
 */
import type { CreateAgent, PoolStats } from '../../src/ipamd/agent.ts';
import type { Latencies } from '../../src/ipamd/ec2-calls.ts';
import type { ApiClient } from '../control-plane/api-client.ts';
import { ClusterCni } from './cluster-cni.ts';
import { type CniCounters, newCounters } from './counters.ts';
import { ec2Access } from './ec2-access.ts';
import type { Ec2Model } from '../ec2/model.ts';
import { type Follower, follow } from './follow.ts';
import { seededRandom } from '../workload/seeded-random.ts';
import { TimerHeap } from './timer-heap.ts';
import { nodeView, podView } from './views.ts';

export type CniOptions = {
  readonly api: ApiClient;
  readonly createAgent: CreateAgent;
  /** The EC2 endpoint to call, `http://127.0.0.1:PORT`. */
  readonly ec2Url: string;
  /** The account behind it: the instances' metadata is read from it. */
  readonly model: Ec2Model;
  readonly clusterName: string;
  /** Map orders, jitter. */
  readonly seed: number;
  /** A call takes at least this long; without it, as long as the endpoint takes. */
  readonly latencies?: Latencies;
  /** The kubelet's back-off after a refusal; 10 s unless said otherwise. */
  readonly retryMs?: number;
  /** From an aws-node pod bound to its ipamd started; 0 unless said otherwise. */
  readonly containerStartMs?: number;
  /** Calls under way at a time, all nodes together. */
  readonly ec2CallsAtATime?: number;
};

export type NodeTotals = {
  readonly name: string;
  readonly instanceId: string;
  /** Its ipamd answers. */
  readonly serves: boolean;
  /** Taken from the subnets. */
  readonly heldAddresses: number;
  /** Pods that were refused and have no address yet. */
  readonly waitingPods: number;
  /** As ipamd counts; undefined while none runs. */
  readonly pool: PoolStats | undefined;
};

export type Cni = {
  /** A copy, as of now. */
  readonly counters: () => CniCounters;
  readonly nodes: () => readonly NodeTotals[];
  readonly stop: () => Promise<void>;
};

const DEFAULT_RETRY_MS = 10_000;
const DEFAULT_EC2_CALLS_AT_A_TIME = 64;

/** Resolves once the nodes and pods that exist have been seen; their agents are starting then. */
export async function startCni(options: CniOptions): Promise<Cni> {
  const now = monotonicNow();
  const heap = new TimerHeap(now);
  const counters = newCounters();
  const random = seededRandom(options.seed);
  const ec2 = ec2Access({
    url: options.ec2Url,
    model: options.model,
    clusterName: options.clusterName,
    counters,
    now,
    heap,
    random,
    callsAtATime: options.ec2CallsAtATime ?? DEFAULT_EC2_CALLS_AT_A_TIME,
    latencies: options.latencies,
  });
  const cluster = new ClusterCni({
    api: options.api,
    createAgent: options.createAgent,
    now,
    heap,
    ec2,
    random,
    retryMs: options.retryMs ?? DEFAULT_RETRY_MS,
    containerStartMs: options.containerStartMs ?? 0,
    counters,
  });
  const stopFollowing = await followCluster(options.api, cluster);
  return {
    counters: () => structuredClone(counters),
    nodes: () => cluster.totals(),
    stop: async () => {
      await stopFollowing();
      cluster.stop();
      ec2.close();
      heap.stop();
    },
  };
}

/** Nodes first: a pod is of no use before its node. Resolves when both are known; the result ends it. */
async function followCluster(api: ApiClient, cluster: ClusterCni): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  const following: Promise<void>[] = [];
  const synced = <View>(path: string, follower: Follower<View>): Promise<void> =>
    new Promise((onSynced) => {
      following.push(follow({ api, path, signal: stopping.signal }, { ...follower, onSynced }));
    });
  await synced('/api/v1/nodes', {
    view: nodeView,
    onSeen: (node) => cluster.nodeSeen(node),
    onGone: (node) => cluster.nodeGone(node),
  });
  await synced('/api/v1/pods', {
    view: podView,
    onSeen: (pod) => cluster.podSeen(pod),
    onGone: (pod) => cluster.podGone(pod),
  });
  cluster.podsSynced();
  return async () => {
    stopping.abort();
    await Promise.all(following);
  };
}

/** Milliseconds since the epoch that never go back, whatever becomes of the machine's clock. */
function monotonicNow(): () => number {
  return () => Math.round(performance.timeOrigin + performance.now());
}
