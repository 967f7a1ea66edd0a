/** How large the subnets of a testbed are, and in which of them each node stands. */
import { limitsOf } from '../../src/ipamd/instance-limits.ts';
import { formatAddress, parseCidr } from '../ec2/ipv4.ts';

export type PlannedSubnet = {
  /** Inside 10.0.0.0/8, a /16 to a /28. */
  readonly cidr: string;
  readonly zone: string;
};

export const VPC_CIDR = '10.0.0.0/8';
const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;
/** Of the nodes, largest subnet first. */
const SHARES = [4 / 7, 2 / 7, 1 / 7] as const;
const LARGEST_PREFIX_LENGTH = 16;
const SMALLEST_PREFIX_LENGTH = 28;
/** Two thirds of what a node can hold at most, and AWS's own five. */
const HELD_SHARE = 2 / 3;
const RESERVED_BY_AWS = 5;

/** Three subnets of different size, in which `nodes` nodes of these types find room with the CNI's default settings. */
export function planSubnets(nodes: number, instanceTypes: readonly string[]): readonly PlannedSubnet[] {
  const perNode = Math.max(...instanceTypes.map(mostAddressesOf)) * HELD_SHARE;
  let nextBase = parseCidr(VPC_CIDR).base;
  return ZONES.map((zone, index) => {
    const share = SHARES[index] ?? 0;
    const prefixLength = prefixLengthFor(Math.ceil(nodes * share) * perNode + RESERVED_BY_AWS);
    const cidr = `${formatAddress(nextBase)}/${prefixLength}`;
    nextBase += 2 ** (32 - prefixLength);
    return { cidr, zone };
  });
}

function mostAddressesOf(instanceType: string): number {
  const { maxENIs = 4, ipv4PerENI = 15 } = limitsOf(instanceType) ?? {};
  return maxENIs * ipv4PerENI;
}

function prefixLengthFor(addresses: number): number {
  const wanted = 32 - Math.ceil(Math.log2(addresses));
  return Math.min(SMALLEST_PREFIX_LENGTH, Math.max(LARGEST_PREFIX_LENGTH, wanted));
}

/** The index of a subnet for each node, one after another, so that nodes stand in proportion to the subnets' sizes. */
export function* spreadOver(subnets: readonly PlannedSubnet[]): Generator<number, never> {
  const sizes = subnets.map(({ cidr }) => parseCidr(cidr).size);
  const nodes = sizes.map(() => 0);
  for (;;) {
    const fullness = sizes.map((size, index) => ((nodes[index] ?? 0) + 1) / size);
    const emptiest = fullness.indexOf(Math.min(...fullness));
    nodes[emptiest] = (nodes[emptiest] ?? 0) + 1;
    yield emptiest;
  }
}
