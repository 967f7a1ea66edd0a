/** What ipamd counts in its store. Upstream: pkg/ipamd/datastore/data_store.go (v1.23.1). */
import { IPS_PER_PREFIX } from './constants.ts';
import { kindOf } from './datastore.ts';
import type { DataStore } from './datastore.ts';
import { coolingAddresses } from './pod-addresses.ts';

/** DataStoreStats without the cooling addresses, on which no decision depends. */
export type DataStoreStats = {
  readonly totalIPs: number;
  readonly totalPrefixes: number;
  readonly assignedIPs: number;
};

/** GetIPStats: excluded ENIs and the other kind are left out; the count of prefixes is upstream's running one. */
export function getIPStats(store: DataStore): DataStoreStats {
  const size = store.isPDEnabled ? IPS_PER_PREFIX : 1;
  let totalIPs = 0;
  let assignedIPs = 0;
  for (const eni of store.enis) {
    if (eni.isExcludedForPodIPs) continue;
    const kind = kindOf(eni, store.isPDEnabled);
    totalIPs += size * kind.cidrs;
    assignedIPs += kind.assigned;
  }
  return { totalIPs, totalPrefixes: store.allocatedPrefix, assignedIPs };
}

/** CooldownIPs of GetIPStats. */
export function cooldownIPs(store: DataStore, nowMs: number): number {
  let cooling = 0;
  for (const eni of store.enis) {
    if (eni.isExcludedForPodIPs || nowMs - eni.lastUnassignedMs > store.ipCooldownMs) continue;
    cooling += coolingAddresses(eni, store.isPDEnabled, nowMs, store.ipCooldownMs);
  }
  return cooling;
}

/** AvailableAddresses: cooling addresses count as available. */
export function availableAddresses(stats: DataStoreStats): number {
  return stats.totalIPs - stats.assignedIPs;
}

/** GetFreePrefixes: prefixes without pods on any ENI, excluded ones too. */
export function getFreePrefixes(store: DataStore): number {
  let free = 0;
  for (const eni of store.enis) free += eni.prefixes.free;
  return free;
}

/** DivCeil. */
export function divCeil(x: number, y: number): number {
  return Math.floor((x + y - 1) / y);
}
