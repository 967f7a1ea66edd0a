/** What a story is, and the cluster in which each begins. */
import { aNode, HOUR_MS, interfacesOf, MINUTE_MS, MONDAY_MS } from '../support/builders.ts';
import { demandOf } from '../support/demand.ts';
import { FakeCluster } from '../support/fake-cluster.ts';

export type Story = {
  /** What happens, and what must come of it. */
  readonly tells: readonly [string, string];
  readonly play: () => Promise<FakeCluster>;
};

export type Beginning = {
  readonly nodes?: number;
  readonly watchedMs?: number;
  readonly burstPods?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly owner?: { readonly manager: string; readonly operation: 'Apply' | 'Update' };
  readonly labels?: Readonly<Record<string, string>>;
};

const ENV: Readonly<Record<string, string>> = {
  ENABLE_IPv4: 'true',
  ENABLE_PREFIX_DELEGATION: 'false',
  WARM_ENI_TARGET: '1',
  WARM_PREFIX_TARGET: '1',
};

/**
 * Four m5.large nodes in one subnet, seven hours watched, four pods on each all the time and two more every twenty
 * minutes: one interface (nine addresses) is enough, so WARM_ENI_TARGET=0 costs nothing and saves ten a node.
 */
export function aCluster(beginning: Beginning = {}): FakeCluster {
  const { nodes: count = 4, watchedMs = 7 * HOUR_MS, burstPods = 2, labels = {} } = beginning;
  const owner = beginning.owner ?? { manager: 'eks', operation: 'Apply' as const };
  const maxPods = beginning.env?.['ENABLE_PREFIX_DELEGATION'] === 'true' ? 110 : 29;
  const nodes = Array.from({ length: count }, (_, at) => aNode(`node-${at + 1}`, { labels, maxPods }));
  const env = Object.entries({ ...ENV, ...beginning.env }).map(([name, value]) => ({
    name,
    value,
    hasValueFrom: false,
    valueOwners: [owner],
  }));
  const cluster = new FakeCluster({ nodes, daemonSet: { env } });
  const rhythm = { steadyPods: 4, burstPods, burstEveryMs: 20 * MINUTE_MS };
  for (const change of demandOf(nodes, { fromMs: MONDAY_MS, untilMs: MONDAY_MS + watchedMs, ...rhythm })) {
    cluster.memory.record(change);
  }
  for (const { name } of nodes) cluster.podsByNode.set(name, 4);
  cluster.nowMs = MONDAY_MS + watchedMs;
  cluster.account = {
    takenAtMs: cluster.nowMs,
    subnets: [
      {
        id: 'subnet-a',
        vpcId: 'vpc-1',
        zone: 'eu-central-1a',
        cidr: '10.0.0.0/24',
        sizeAddresses: 251,
        freeAddresses: 150,
        freePrefixes: 6,
        heldByClusterAddresses: 20 * count,
        heldByOthersAddresses: 101 - 20 * count,
      },
    ],
    nodes: interfacesOf(nodes),
    throttledCallsByAction: {},
    gaps: [],
  };
  return cluster;
}
