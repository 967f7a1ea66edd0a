/** Pods on addresses: which address is free, assigning, giving back, cooling. Upstream: pkg/ipamd/datastore. */
import { IPS_PER_PREFIX } from './constants.ts';
import { ASSIGNED, NO_RECORD, cidrKey, forgetCidr, isStored, kindOf } from './datastore.ts';
import type { Cidr, DataStore, ENI, PodKey } from './datastore.ts';

/**
 * getUnusedIP: which address of the CIDR a pod may get; -1 when there is none. One that has left cool-down comes
 * before the lowest that is not on record. Only looks; `assignAddress` also forgets.
 */
export function getUnusedIP(cidr: Cidr, nowMs: number, ipCooldownMs: number): number {
  let unused = -1;
  for (let slot = 0; slot < cidr.records.length; slot++) {
    const record = cidr.records[slot] ?? ASSIGNED;
    if (record >= 0 && nowMs - record > ipCooldownMs) return slot;
    if (record === NO_RECORD && unused === -1) unused = slot;
  }
  return unused;
}

/** Whether so many more pods would get an address now. */
export function hasFreeAddresses(store: DataStore, wanted: number, nowMs: number): boolean {
  if (store.unassigned < wanted) return false;
  let free = 0;
  for (const eni of store.enis) {
    if (eni.isExcludedForPodIPs) continue;
    for (const cidr of eni.byKey.values()) {
      if (cidr.isPrefix !== store.isPDEnabled) continue;
      for (const record of cidr.records) {
        if (record === NO_RECORD || (record >= 0 && nowMs - record > store.ipCooldownMs)) free++;
      }
      if (free >= wanted) return true;
    }
  }
  return false;
}

/** Whether a given address of the CIDR is one that getUnusedIP may return. */
export function isUnusedIP(cidr: Cidr, slot: number, nowMs: number, ipCooldownMs: number): boolean {
  const record = cidr.records[slot] ?? ASSIGNED;
  return (record >= 0 && nowMs - record > ipCooldownMs) || slot === getUnusedIP(cidr, nowMs, ipCooldownMs);
}

/** assignPodIPAddressUnsafe, and getUnusedIP's side effect: addresses out of cool-down are forgotten. */
export function assignAddress(store: DataStore, cidr: Cidr, slot: number, pod: PodKey, nowMs: number): void {
  const { records } = cidr;
  for (let other = 0; other < records.length; other++) {
    const record = records[other] ?? ASSIGNED;
    if (record >= 0 && nowMs - record > store.ipCooldownMs) records[other] = NO_RECORD;
  }
  records[slot] = ASSIGNED;
  cidr.pods[slot] = pod;
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  if (cidr.assigned === 0) kind.free--;
  cidr.assigned++;
  kind.assigned++;
  if (cidr.isPrefix === store.isPDEnabled) store.unassigned--;
  store.podCidrs.set(pod, cidr);
  store.changes++;
}

/** UnassignPodIPAddress: the CIDR the pod had its address from and the place in it; `undefined`: unknown pod. */
export function unassignPodIPAddress(
  store: DataStore,
  pod: PodKey,
  nowMs: number,
): { readonly cidr: Cidr; readonly slot: number } | undefined {
  const cidr = store.podCidrs.get(pod);
  if (cidr === undefined) return undefined;
  const slot = cidr.pods.indexOf(pod);
  store.podCidrs.delete(pod);
  cidr.records[slot] = nowMs;
  cidr.pods[slot] = undefined;
  cidr.eni.lastUnassignedMs = nowMs;
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  cidr.assigned--;
  kind.assigned--;
  if (cidr.assigned === 0) kind.free++;
  if (cidr.isPrefix === store.isPDEnabled) store.unassigned++;
  store.changes++;
  return { cidr, slot };
}

/** inCoolingPeriod: the boundary itself still cools. */
export function inCoolingPeriod(record: number, nowMs: number, ipCooldownMs: number): boolean {
  return record >= 0 && nowMs - record <= ipCooldownMs;
}

/** Until when an address of the ENI cools (that ms included); -Infinity when none is on record as given back. */
export function coolingUntilMs(eni: ENI, ipCooldownMs: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const cidr of eni.byKey.values()) {
    for (const record of cidr.records) if (record > latest && record >= 0) latest = record;
  }
  return latest + ipCooldownMs;
}

/** hasIPInCooling. */
export function hasIPInCooling(eni: ENI, nowMs: number, ipCooldownMs: number): boolean {
  return nowMs - eni.lastUnassignedMs <= ipCooldownMs && nowMs <= coolingUntilMs(eni, ipCooldownMs);
}

/** Addresses of one kind in cool-down on an ENI: CooldownIPs of GetIPStats is the sum for the current kind. */
export function coolingAddresses(eni: ENI, isPrefix: boolean, nowMs: number, ipCooldownMs: number): number {
  let cooling = 0;
  for (const cidr of eni.byKey.values()) {
    if (cidr.isPrefix !== isPrefix) continue;
    for (const record of cidr.records) if (inCoolingPeriod(record, nowMs, ipCooldownMs)) cooling++;
  }
  return cooling;
}

/** deallocateEmptyCIDR after its delay: the empty CIDR of an excluded ENI leaves the store, EC2 is not told. */
export function deallocateEmptyCIDR(store: DataStore, cidr: Cidr): void {
  const eni = store.eniPool.get(cidr.eni.id);
  if (eni === undefined || !eni.isExcludedForPodIPs) return;
  const stored = eni.byKey.get(cidrKey(cidr.first, cidr.isPrefix));
  if (stored !== undefined && stored.assigned === 0 && isStored(store, stored)) forgetCidr(store, stored);
}

/** One line of ipam.json. */
export type Allocation = { readonly pod: PodKey; readonly address: number; readonly eni: string };

/** writeBackingStoreUnsafe: all pods with their addresses, of either kind. */
export function allocations(store: DataStore): readonly Allocation[] {
  return [...store.podCidrs].map(([pod, cidr]) => ({
    pod,
    address: cidr.first + cidr.pods.indexOf(pod),
    eni: cidr.eni.id,
  }));
}

/** ReadBackingStore: an allocation whose address is on no ENI is dropped as stale. */
export function readBackingStore(store: DataStore, saved: readonly Allocation[], nowMs: number): void {
  for (const { pod, address } of saved) {
    const cidr = cidrContaining(store, address);
    if (cidr !== undefined) assignAddress(store, cidr, address - cidr.first, pod, nowMs);
  }
}

/** The CIDR of any ENI that holds the address: itself, or the /28 around it. */
export function cidrContaining(store: DataStore, address: number): Cidr | undefined {
  const single = cidrKey(address, false);
  const block = cidrKey(address - (address % IPS_PER_PREFIX), true);
  for (const eni of store.enis) {
    const cidr = eni.byKey.get(single) ?? eni.byKey.get(block);
    if (cidr !== undefined) return cidr;
  }
  return undefined;
}

/** FindFreeableCidrs / FreeableIPs / FreeablePrefixes: CIDRs of the ENI without pods. */
export function freeableCidrs(eni: ENI, wanted: 'any' | 'ip' | 'prefix'): readonly Cidr[] {
  const freeable: Cidr[] = [];
  for (const cidr of eni.cidrs.slots) {
    if (cidr === undefined || cidr.assigned > 0) continue;
    if (wanted === 'any' || cidr.isPrefix === (wanted === 'prefix')) freeable.push(cidr);
  }
  return freeable;
}
