/** What an EC2 instance type allows the CNI: interfaces, addresses, prefix delegation. The table is bundled. */
import { INSTANCE_LIMIT_ROWS } from './instance-limits.generated.ts';

export type InstanceLimits = {
  readonly instanceType: string;
  /** Interfaces of the default network card. */
  readonly maxENIs: number;
  /** IPv4 addresses per interface, its own primary address included. */
  readonly ipv4PerENI: number;
  /** Nitro hypervisor or bare metal: prefix delegation works. */
  readonly prefixCapable: boolean;
  /** Takes a trunk interface (security groups for pods). Absent = yes, as upstream assumes for unknown types. */
  readonly trunkCompatible?: boolean;
};

export type NodeShape = InstanceLimits & {
  /** `.status.capacity.pods` of the node: host-network pods included. */
  readonly maxPods: number;
};

/** Host-network pods the CNI's table adds to the standard max-pods (aws-node, kube-proxy). */
const HOST_NETWORK_PODS = 2;

/** The bundled limits of an instance type, or `undefined` for one that upstream's table (v1.23.1) does not know. */
export function limitsOf(instanceType: string): InstanceLimits | undefined {
  const row = rowOf(instanceType);
  if (row === undefined) return undefined;
  const [, maxENIs, ipv4PerENI, prefixCapable] = row;
  return {
    instanceType,
    maxENIs,
    ipv4PerENI,
    prefixCapable: prefixCapable === 1,
    // AWS: most Nitro types but none of the t families take a trunk interface.
    trunkCompatible: prefixCapable === 1 && !instanceType.startsWith('t'),
  };
}

/** Upstream's standard max-pods in secondary mode: every slot of every interface, and the host-network pods. */
export function maxPodsOf(limits: InstanceLimits): number {
  return limits.maxENIs * (limits.ipv4PerENI - 1) + HOST_NETWORK_PODS;
}

/** Every instance type of the table, in its order (sorted by name). */
export function knownInstanceTypes(): readonly string[] {
  return INSTANCE_LIMIT_ROWS.map(([instanceType]) => instanceType);
}

/** Binary search: the rows are sorted by name. */
function rowOf(instanceType: string): (typeof INSTANCE_LIMIT_ROWS)[number] | undefined {
  let low = 0;
  let high = INSTANCE_LIMIT_ROWS.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = INSTANCE_LIMIT_ROWS[middle];
    if (row === undefined || row[0] === instanceType) return row;
    if (row[0] < instanceType) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
