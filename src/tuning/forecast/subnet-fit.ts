/** How many nodes find their addresses in a subnet, taken the way nodes take them. */
import type { SubnetReserve } from '../../api/tuning-spec.ts';
import { seededRandom } from '../../ipamd/random.ts';
import { SubnetSpace } from '../../ipamd/subnet-space.ts';
import { reserveAddresses } from '../recommend/limits.ts';
import type { SteadyPool } from './steady-pool.ts';

/** Addresses of a subnet that belong to AWS. */
const AWS_ADDRESSES = 5;

export type Fit = {
  /** Nodes that fit while single addresses fill the subnet from below. */
  readonly nodes: number;
  /** Nodes that fit when single addresses lie anywhere, and break up /28 blocks; the same without prefixes. */
  readonly scatteredNodes: number;
};

export type Room = {
  readonly prefixLength: number;
  readonly reserve: SubnetReserve;
  /** What is free in a subnet that is in use already; an empty one when absent. */
  readonly free?: { readonly addresses: number; readonly blocks: number | undefined };
};

export function usableAddresses(prefixLength: number): number {
  return 2 ** (32 - prefixLength) - AWS_ADDRESSES;
}

/** Never more than `most` nodes are tried. */
export function nodesThatFit(pool: SteadyPool, { prefixLength, reserve: kept, free }: Room, most: number): Fit {
  const size = 2 ** (32 - prefixLength);
  const reserve = reserveAddresses(kept, { sizeAddresses: usableAddresses(prefixLength) });
  if (pool.prefixes === 0 || free !== undefined) {
    const byAddresses = ((free?.addresses ?? usableAddresses(prefixLength)) - reserve) / pool.heldAddresses;
    const byBlocks = pool.prefixes === 0 ? Infinity : (free?.blocks ?? 0) / pool.prefixes;
    const nodes = Math.max(0, Math.floor(Math.min(most, byAddresses, byBlocks)));
    return { nodes, scatteredNodes: nodes };
  }
  const random = seededRandom(1);
  const packed = new SubnetSpace({ base: 0, size });
  const scattered = new SubnetSpace({ base: 0, size }, (range) => Math.floor(random() * range));
  return { nodes: filled(packed, pool, reserve, most), scatteredNodes: filled(scattered, pool, reserve, most) };
}

function filled(space: SubnetSpace, pool: SteadyPool, reserve: number, most: number): number {
  const single = pool.heldAddresses - 16 * pool.prefixes;
  let nodes = 0;
  while (nodes < most && space.freeAddresses - pool.heldAddresses >= reserve) {
    if (space.takeAddresses(single) === undefined || space.takeBlocks(pool.prefixes) === undefined) break;
    nodes += 1;
  }
  return nodes;
}

/** The longest prefix (smallest subnet) between /28 and /16 that holds so many nodes; undefined when none does. */
export function smallestSubnet(pool: SteadyPool, nodes: number, reserve: SubnetReserve): number | undefined {
  for (let prefixLength = 28; prefixLength >= 16; prefixLength -= 1) {
    if (nodesThatFit(pool, { prefixLength, reserve }, nodes).scatteredNodes >= nodes) return prefixLength;
  }
  return undefined;
}
