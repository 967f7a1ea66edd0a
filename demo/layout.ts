/**
 * How large the subnets of the demo are and how much of each is held by others. The sizes are chosen so that the EKS
 * default, WARM_ENI_TARGET=1, just fits: what is left is less than the reserve that the CniTuning asks for.
 */
import { limitsOf } from '../src/ipamd/instance-limits.ts';
import { type PlannedSubnet, spreadOver } from '../testbed/cluster/subnet-plan.ts';

export type DemoSubnet = PlannedSubnet & {
  /** Addresses a user can have. */
  readonly sizeAddresses: number;
  /** Taken by others: load balancers, endpoints, another cluster. */
  readonly othersAddresses: number;
  /** Instance types of the nodes that will stand in it. */
  readonly nodes: readonly string[];
};

export const DEMO_TYPES = { small: 'm5.xlarge', large: 'c5.4xlarge' } as const;
/** In turn: one large node for eleven small ones. */
export const TYPES_IN_TURN: readonly string[] = [
  DEMO_TYPES.large,
  ...Array.from({ length: 11 }, () => DEMO_TYPES.small),
];
export const FEWEST_NODES = 8;
export const MOST_NODES = 500;

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;
/** The second half as large as the first, the third half as large again; far enough apart for MOST_NODES. */
const BASES = ['10.0.0.0', '10.0.128.0', '10.0.192.0'] as const;
const LARGEST_PREFIX_LENGTHS = [27, 26, 25, 24, 23, 22, 21, 20, 19, 18] as const;
/** Of a subnet, left free with WARM_ENI_TARGET=1 while pods run on every node. */
const FREE_SHARES = [0.06, 0.05, 0.04] as const;
const RESERVED_BY_AWS = 5;

/** `nodes` from FEWEST_NODES to MOST_NODES. The smallest subnets in which they find room. */
export function layoutOf(nodes: number): readonly DemoSubnet[] {
  for (const largest of LARGEST_PREFIX_LENGTHS) {
    const layout = layoutWith(largest, nodes);
    if (layout.every(({ othersAddresses }) => othersAddresses >= 0)) return layout;
  }
  throw new Error(`${nodes} nodes are too many for the demo.`);
}

function layoutWith(largest: number, nodes: number): readonly DemoSubnet[] {
  const planned = ZONES.map((zone, at) => ({ zone, cidr: `${BASES[at] ?? ''}/${largest + at}` }));
  const where = spreadOver(planned);
  const placed = planned.map((): string[] => []);
  for (let at = 0; at < nodes; at += 1) {
    placed[where.next().value]?.push(TYPES_IN_TURN[at % TYPES_IN_TURN.length] ?? DEMO_TYPES.small);
  }
  return planned.map((subnet, at) => {
    const here = placed[at] ?? [];
    const sizeAddresses = 2 ** (32 - largest - at) - RESERVED_BY_AWS;
    const free = Math.round(sizeAddresses * (FREE_SHARES[at] ?? 0));
    const wanted = here.reduce((sum, type) => sum + heldWithOneWarmENI(type), 0);
    return { ...subnet, sizeAddresses, othersAddresses: sizeAddresses - free - wanted, nodes: here };
  });
}

/** Two interfaces: one for the node's pods, one warm. */
export function heldWithOneWarmENI(instanceType: string): number {
  return 2 * (limitsOf(instanceType)?.ipv4PerENI ?? 0);
}
