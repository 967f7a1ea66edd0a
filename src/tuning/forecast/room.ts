/**
 * How many more nodes of a kind the subnets hold, each with what the model says it holds once its pods are there: as
 * the subnets are now, or as they would be with other settings on all nodes.
 */
import type { SubnetReserve } from '../../api/tuning-spec.ts';
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import { shapeOf } from '../demand/node-shape.ts';
import type { ClusterSnapshot, NodeView, SubnetView } from '../snapshot.ts';
import { pendingBySubnet } from './nodes-under-way.ts';
import type { SteadyPool } from './steady-pool.ts';
import type { SteadyPools } from './steady-pools.ts';
import { nodesThatFit } from './subnet-fit.ts';

export type RoomQuestion = {
  readonly snapshot: ClusterSnapshot;
  /** In force now. */
  readonly live: CniSettings;
  /** To be asked about: the live ones, or others. */
  readonly settings: CniSettings;
  readonly shape: NodeShape;
  readonly podsPerNode: number;
  readonly reserve: SubnetReserve;
};

export type Room = {
  /** One such node, settled. */
  readonly pool: SteadyPool;
  /** By subnet, in the snapshot's order. */
  readonly subnets: readonly SubnetRoom[];
};

export type SubnetRoom = {
  readonly subnetId: string;
  readonly nodes: number;
  /** What the nodes that are there would give back, by the model; negative: take. 0 for the live settings. */
  readonly givenBackAddresses: number;
};

/** No cluster has more nodes. */
const MOST_NODES = 100_000;

export function roomFor(question: RoomQuestion, pools: SteadyPools): Room {
  const { snapshot, live, settings, shape, podsPerNode } = question;
  const pool = pools.of(shape, settings, podsPerNode);
  const pending = pendingBySubnet(snapshot, settings, pools);
  const back = live === settings ? new Map<string, GivenBack>() : givenBack(question, pools);
  const subnets = (snapshot.account?.subnets ?? []).map((subnet) => {
    const given = back.get(subnet.id) ?? NOTHING;
    const taken = pending.get(subnet.id) ?? 0;
    const nodes = nodesIn(subnet, { pool, given, taken, reserve: question.reserve });
    return { subnetId: subnet.id, nodes, givenBackAddresses: Math.round(given.addresses) };
  });
  return { pool, subnets };
}

type GivenBack = { readonly addresses: number; readonly blocks: number };
const NOTHING: GivenBack = { addresses: 0, blocks: 0 };

type Filling = {
  readonly pool: SteadyPool;
  readonly given: GivenBack;
  readonly taken: number;
  readonly reserve: SubnetReserve;
};

function nodesIn(subnet: SubnetView, { pool, given, taken, reserve }: Filling): number {
  const addresses = subnet.freeAddresses + given.addresses - taken;
  const blocks = subnet.freePrefixes === undefined ? undefined : subnet.freePrefixes + Math.floor(given.blocks);
  const prefixLength = Number(subnet.cidr.split('/')[1]);
  return nodesThatFit(pool, { prefixLength, reserve, free: { addresses, blocks } }, MOST_NODES).nodes;
}

/** The nodes that hold something, each with the pods it has now; one in two subnets gives half to each. */
function givenBack({ snapshot, live, settings }: RoomQuestion, pools: SteadyPools): ReadonlyMap<string, GivenBack> {
  const sums = new Map<string, GivenBack>();
  for (const node of snapshot.nodes) {
    const shape = node.platformSkip === undefined ? shapeOf(node) : undefined;
    const subnetIds = snapshot.account?.nodes?.get(node.instanceId)?.subnetIds ?? [];
    if (shape === undefined || subnetIds.length === 0) continue;
    const pods = snapshot.podsByNode.get(node.name) ?? 0;
    const [before, after] = [pools.of(shape, live, pods), pools.of(shape, settings, pods)];
    for (const id of subnetIds) {
      const { addresses, blocks } = sums.get(id) ?? NOTHING;
      sums.set(id, {
        addresses: addresses + (before.heldAddresses - after.heldAddresses) / subnetIds.length,
        blocks: blocks + (before.prefixes - after.prefixes) / subnetIds.length,
      });
    }
  }
  return sums;
}

/** The kind of which there are most nodes; undefined without any whose limits are known. */
export function usualShape(nodes: readonly NodeView[]): NodeShape | undefined {
  const kinds = Map.groupBy(nodes, ({ instanceType, maxPods }) => `${instanceType}/${maxPods}`);
  const [most] = [...kinds].toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  const example = most?.[1][0];
  return example === undefined ? undefined : shapeOf(example);
}
