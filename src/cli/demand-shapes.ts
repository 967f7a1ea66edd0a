/** How many pods a node of a log takes: the log does not say, so AWS's own advice is taken. */
import type { InstanceLimits } from '../ipamd/instance-limits.ts';
import { limitsOf, maxPodsOf } from '../ipamd/instance-limits.ts';

export type DemandMode = 'secondary-ip' | 'prefix';
export const DEMAND_MODES: readonly DemandMode[] = ['secondary-ip', 'prefix'];

const VCPUS_PER_XLARGE = 4;
const FEW_VCPUS = 30;

/**
 * With secondary addresses the table's value; with prefixes 110 below 30 vCPUs, else 250. `m5.large` → 29, or 110 with
 * prefixes; undefined for an unknown type. The size in the name tells the vCPUs.
 */
export function maxPodsIn(mode: DemandMode, instanceType: string): number | undefined {
  const limits = limitsOf(instanceType);
  return limits === undefined ? undefined : mode === 'prefix' ? withPrefixes(limits) : maxPodsOf(limits);
}

function withPrefixes({ instanceType }: InstanceLimits): number {
  const xlarges = Number(/\.(\d+)xlarge$/.exec(instanceType)?.[1] ?? (/\.metal/.test(instanceType) ? 16 : 1));
  return xlarges * VCPUS_PER_XLARGE < FEW_VCPUS ? 110 : 250;
}
