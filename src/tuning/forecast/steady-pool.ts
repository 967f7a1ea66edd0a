/** What one node holds once its pods are there and the pool has settled, by the ipamd model itself. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import { replay } from '../../ipamd/simulate.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';

export type SteadyPool = {
  /** Taken from the subnet: every interface's own address, secondary addresses, 16 per prefix. */
  readonly heldAddresses: number;
  readonly enis: number;
  /** Attached /28 blocks; 0 where the node works with single addresses. */
  readonly prefixes: number;
  /** For pods: used and idle. */
  readonly poolAddresses: number;
  readonly idleAddresses: number;
  /** Pods that never get an address: the node cannot hold so many. */
  readonly waitingPods: number;
};

/** As the worked examples of upstream's documents do it: pods come one by one to a fresh node. */
const POD_GAP_MS = 6_000;
const SETTLE_MS = 60_000;
const ADD = 1;

/** `pods` that need an address of the pool: host-network pods are not among them. */
export function steadyPool(shape: NodeShape, settings: CniSettings, pods: number): SteadyPool {
  const events = Float64Array.from(
    Array.from({ length: pods }, (_, pod) => [SETTLE_MS + pod * POD_GAP_MS, ADD, pod]).flat(),
  );
  const fromMs = 2 * SETTLE_MS + pods * POD_GAP_MS;
  const life = { readyAtMs: 0, beginsAtMs: 0, fromMs, untilMs: fromMs + SETTLE_MS, startingPods: [], events };
  const sums = replay({ shape, settings, life, seed: 1 });
  const mean = (addressMs: number): number => Math.round(addressMs / sums.countedMs);
  const [heldAddresses, poolAddresses, enis] = [mean(sums.heldAddressMs), mean(sums.totalAddressMs), mean(sums.eniMs)];
  return {
    heldAddresses,
    enis,
    prefixes: settings.prefixDelegation && shape.prefixCapable ? Math.floor((heldAddresses - enis) / 16) : 0,
    poolAddresses,
    idleAddresses: mean(sums.idleAddressMs),
    waitingPods: pods - mean(sums.assignedAddressMs),
  };
}
