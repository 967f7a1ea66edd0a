/**
 * Which nodes stand in which subnet, and how large the subnets are. The sizes are chosen so that the EKS default,
 * WARM_ENI_TARGET=1, just fits: what is left is less than the reserve that the CniTuning asks for.
 */
import { limitsOf } from '../src/ipamd/instance-limits.ts';

export type DemoNode = { readonly index: number; readonly instanceType: string; readonly subnet: number };

export type DemoSubnet = {
  readonly zone: string;
  readonly cidr: string;
  /** Addresses a user can have. */
  readonly sizeAddresses: number;
  /** Taken by others: load balancers, endpoints, another cluster. */
  readonly othersAddresses: number;
  readonly nodes: readonly DemoNode[];
};

export type DemoLayout = { readonly subnets: readonly DemoSubnet[] };

export const VPC_CIDR = '10.0.0.0/16';

export const DEMO_TYPES = { small: 'm5.xlarge', large: 'c5.4xlarge' } as const;
export const FEWEST_NODES = 8;
export const MOST_NODES = 500;

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;
/** Far enough apart for the subnets of MOST_NODES. */
const BASES = ['10.0.0.0', '10.0.128.0', '10.0.192.0'] as const;
/** Of the nodes, by subnet. */
const SHARES = [0.56, 0.3, 0.14] as const;
const LARGE_SHARE = 1 / 6;
/** Of a subnet, left free with WARM_ENI_TARGET=1 while pods run on every node. */
const FREE_SHARES = [0.06, 0.05, 0.04] as const;
const RESERVED_BY_AWS = 5;
const SUBNET_PREFIX_LENGTHS = [28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17] as const;

/** `nodes` from FEWEST_NODES to MOST_NODES. */
export function layoutOf(nodes: number): DemoLayout {
  const counts = countsOf(nodes);
  let index = 0;
  const subnets = counts.map((count, subnet) => {
    const large = Math.max(1, Math.round(count * LARGE_SHARE));
    const here = Array.from({ length: count }, (_, at): DemoNode => {
      const instanceType = at < large ? DEMO_TYPES.large : DEMO_TYPES.small;
      return { index: index++, instanceType, subnet };
    });
    return subnetFor(here, subnet);
  });
  return { subnets };
}

function countsOf(nodes: number): readonly number[] {
  const second = Math.max(2, Math.round(nodes * SHARES[1]));
  const third = Math.max(2, Math.round(nodes * SHARES[2]));
  return [nodes - second - third, second, third];
}

function subnetFor(nodes: readonly DemoNode[], index: number): DemoSubnet {
  const wanted = nodes.reduce((sum, { instanceType }) => sum + heldWithOneWarmENI(instanceType), 0);
  const length = SUBNET_PREFIX_LENGTHS.find((one) => roomOf(one) * (1 - (FREE_SHARES[index] ?? 0)) >= wanted) ?? 17;
  const sizeAddresses = roomOf(length);
  const free = Math.round(sizeAddresses * (FREE_SHARES[index] ?? 0));
  return {
    zone: ZONES[index] ?? ZONES[0],
    cidr: `${BASES[index] ?? BASES[0]}/${length}`,
    sizeAddresses,
    othersAddresses: Math.max(0, sizeAddresses - free - wanted),
    nodes,
  };
}

function roomOf(prefixLength: number): number {
  return 2 ** (32 - prefixLength) - RESERVED_BY_AWS;
}

/** Two interfaces: one for the node's pods, one warm. */
export function heldWithOneWarmENI(instanceType: string): number {
  return 2 * (limitsOf(instanceType)?.ipv4PerENI ?? 0);
}
