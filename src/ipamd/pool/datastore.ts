/**
 * ipamd's record of ENIs, their addresses and prefixes, and the pods on them. Upstream:
 * pkg/ipamd/datastore/data_store.go (v1.23.1). Counters stand where upstream counts anew each time.
 */
import { IPS_PER_PREFIX, MIN_ENI_LIFETIME_MS } from './constants.ts';
import { emptyGoMap, insert, remove } from './go-map.ts';
import type { GoMap } from './go-map.ts';

export type PodKey = string | number;

/** AddressInfo as one number: never used or forgotten, assigned, or else the ms at which a pod gave it back. */
const NO_RECORD = -1;
const ASSIGNED = -2;

/** CidrInfo: one address or one /28. */
export type Cidr = {
  readonly first: number;
  readonly isPrefix: boolean;
  readonly eni: ENI;
  assigned: number;
  /** By address of the CIDR: NO_RECORD, ASSIGNED, or the ms of its unassignment. */
  readonly records: number[];
  readonly pods: (PodKey | undefined)[];
};

/** ENI; the counters are kept by the functions below. */
export type ENI = {
  readonly id: string;
  readonly createTimeMs: number;
  readonly isPrimary: boolean;
  readonly isTrunk: boolean;
  readonly isEFA: boolean;
  readonly deviceNumber: number;
  readonly subnet: string;
  isExcludedForPodIPs: boolean;
  /** AvailableIPv4Cidrs: both kinds in one map. */
  readonly cidrs: GoMap<Cidr>;
  readonly prefixes: KindCounters;
  readonly addresses: KindCounters;
  /** No address of this ENI was given back later than this. */
  lastUnassignedMs: number;
};

/** CIDRs of one kind on one ENI. */
export type KindCounters = { cidrs: number; assigned: number; free: number };

export type DataStore = {
  readonly networkCard: number;
  readonly isPDEnabled: boolean;
  readonly ipCooldownMs: number;
  readonly eniPool: Map<string, ENI>;
  readonly eniOrder: GoMap<ENI>;
  readonly podCidrs: Map<PodKey, Cidr>;
  /** Upstream's own running count of prefixes; it can drift from the truth where upstream's does. */
  allocatedPrefix: number;
  readonly random: () => number;
};

/** DataStoreStats. */
export type DataStoreStats = { totalIPs: number; readonly totalPrefixes: number; assignedIPs: number };

/** NewDataStore, pkg/ipamd/datastore/data_store.go. `random` places entries of large maps (go-map.ts). */
export function newDataStore(
  options: Pick<DataStore, 'networkCard' | 'isPDEnabled' | 'ipCooldownMs' | 'random'>,
): DataStore {
  const eniOrder = emptyGoMap<ENI>(options.random);
  return { ...options, eniPool: new Map(), eniOrder, podCidrs: new Map(), allocatedPrefix: 0 };
}

/** AddENI: an ENI that is there already is left as it is. */
export function addENI(
  store: DataStore,
  eni: Pick<ENI, 'id' | 'createTimeMs' | 'isPrimary' | 'isTrunk' | 'isEFA' | 'deviceNumber' | 'subnet'>,
): void {
  if (store.eniPool.has(eni.id)) return;
  const added: ENI = {
    ...eni,
    isExcludedForPodIPs: false,
    cidrs: emptyGoMap<Cidr>(store.random),
    prefixes: { cidrs: 0, assigned: 0, free: 0 },
    addresses: { cidrs: 0, assigned: 0, free: 0 },
    lastUnassignedMs: Number.NEGATIVE_INFINITY,
  };
  store.eniPool.set(eni.id, added);
  insert(store.eniOrder, added);
}

/** The counters of a CIDR's kind on its ENI. */
export function kindOf(eni: ENI, isPrefix: boolean): KindCounters {
  return isPrefix ? eni.prefixes : eni.addresses;
}

/** The counters of the kind pods get addresses from. */
export function currentKind(store: DataStore, eni: ENI): KindCounters {
  return kindOf(eni, store.isPDEnabled);
}

/** len(eni.AvailableIPv4Cidrs): addresses and prefixes together. */
export function cidrCount(eni: ENI): number {
  return eni.prefixes.cidrs + eni.addresses.cidrs;
}

/** A CIDR of the ENI, or `undefined`. */
export function findCidr(eni: ENI, first: number, isPrefix: boolean): Cidr | undefined {
  for (const cidr of eni.cidrs.slots) {
    if (cidr !== undefined && cidr.first === first && cidr.isPrefix === isPrefix) return cidr;
  }
  return undefined;
}

/** AddIPv4CidrToStore: a CIDR that is there already, or an unknown ENI, changes nothing. */
export function addIPv4CidrToStore(store: DataStore, eniID: string, first: number, isPrefix: boolean): void {
  const eni = store.eniPool.get(eniID);
  if (eni === undefined || findCidr(eni, first, isPrefix) !== undefined) return;
  const size = isPrefix ? IPS_PER_PREFIX : 1;
  const records = new Array<number>(size).fill(NO_RECORD);
  insert(eni.cidrs, { first, isPrefix, eni, assigned: 0, records, pods: new Array(size).fill(undefined) });
  const kind = kindOf(eni, isPrefix);
  kind.cidrs++;
  kind.free++;
  if (isPrefix) store.allocatedPrefix++;
}

/**
 * DelIPv4CidrFromStore: false where upstream answers with an error: unknown, or in use without `force`. With `force`
 * its pods lose their addresses.
 */
export function delIPv4CidrFromStore(store: DataStore, cidr: Cidr, force: boolean): boolean {
  if (!isStored(store, cidr) || (cidr.assigned > 0 && !force)) return false;
  dropPods(store, cidr);
  if (cidr.isPrefix) store.allocatedPrefix--;
  forgetCidr(cidr);
  return true;
}

/** Takes the CIDR off its ENI without telling `allocatedPrefix`, as deallocateEmptyCIDR does. */
export function forgetCidr(cidr: Cidr): void {
  remove(cidr.eni.cidrs, cidr);
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  kind.cidrs--;
  kind.free--;
}

/** Whether the CIDR is still on an ENI of the store. */
export function isStored(store: DataStore, cidr: Cidr): boolean {
  return store.eniPool.get(cidr.eni.id) === cidr.eni && cidr.eni.cidrs.slots.includes(cidr);
}

/** unassignPodIPAddressUnsafe for every pod of a CIDR: forced removal, so no cool-down begins. */
function dropPods(store: DataStore, cidr: Cidr): void {
  if (cidr.assigned === 0) return;
  cidr.pods.forEach((pod, slot) => {
    if (pod === undefined) return;
    store.podCidrs.delete(pod);
    cidr.pods[slot] = undefined;
    cidr.records[slot] = NO_RECORD;
  });
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  kind.assigned -= cidr.assigned;
  kind.free++;
  cidr.assigned = 0;
}

/** RemoveENIFromDataStore with force; upstream subtracts the prefixes twice when pods were on the ENI. */
export function removeENIFromDataStore(store: DataStore, eniID: string): void {
  const eni = store.eniPool.get(eniID);
  if (eni === undefined) return;
  store.allocatedPrefix -= hasPods(eni) ? 2 * eni.prefixes.cidrs : eni.prefixes.cidrs;
  for (const cidr of eni.cidrs.slots) if (cidr !== undefined) dropPods(store, cidr);
  store.eniPool.delete(eniID);
  remove(store.eniOrder, eni);
}

/** assignPodIPAddressUnsafe: the address gets a pod. */
export function assignAddress(store: DataStore, cidr: Cidr, slot: number, pod: PodKey): void {
  cidr.records[slot] = ASSIGNED;
  cidr.pods[slot] = pod;
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  if (cidr.assigned === 0) kind.free--;
  cidr.assigned++;
  kind.assigned++;
  store.podCidrs.set(pod, cidr);
}

/** UnassignPodIPAddress: the CIDR the pod had its address from, or `undefined` for an unknown pod. */
export function unassignPodIPAddress(store: DataStore, pod: PodKey, nowMs: number): Cidr | undefined {
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
  return cidr;
}

/** InCoolingPeriod: the boundary itself still cools. */
export function inCoolingPeriod(record: number, nowMs: number, ipCooldownMs: number): boolean {
  return record >= 0 && nowMs - record <= ipCooldownMs;
}

/**
 * getUnusedIP: which address of the CIDR a pod may get. Addresses out of cool-down come before ones never used;
 * `undefined` when there is none. Only looks; `takeUnusedIP` also forgets.
 */
export function getUnusedIP(cidr: Cidr, nowMs: number, ipCooldownMs: number): number | undefined {
  let unused: number | undefined;
  for (let slot = 0; slot < cidr.records.length; slot++) {
    const record = cidr.records[slot] ?? ASSIGNED;
    if (record >= 0 && nowMs - record > ipCooldownMs) return slot;
    if (record === NO_RECORD && unused === undefined) unused = slot;
  }
  return unused;
}

/** Whether a given address of the CIDR is one that getUnusedIP may return. */
export function isUnusedIP(cidr: Cidr, slot: number, nowMs: number, ipCooldownMs: number): boolean {
  const lowest = getUnusedIP(cidr, nowMs, ipCooldownMs);
  const record = cidr.records[slot] ?? ASSIGNED;
  return slot === lowest || (record >= 0 && nowMs - record > ipCooldownMs);
}

/** getUnusedIP's side effect: every address out of cool-down is forgotten. */
export function forgetCooledAddresses(cidr: Cidr, nowMs: number, ipCooldownMs: number): void {
  for (let slot = 0; slot < cidr.records.length; slot++) {
    const record = cidr.records[slot] ?? ASSIGNED;
    if (record >= 0 && nowMs - record > ipCooldownMs) cidr.records[slot] = NO_RECORD;
  }
}

/** GetIPStats: excluded ENIs and the other kind are left out; the count of prefixes is upstream's running one. */
export function getIPStats(store: DataStore): DataStoreStats {
  const size = store.isPDEnabled ? IPS_PER_PREFIX : 1;
  const stats: DataStoreStats = { totalIPs: 0, totalPrefixes: store.allocatedPrefix, assignedIPs: 0 };
  for (const eni of store.eniPool.values()) {
    if (eni.isExcludedForPodIPs) continue;
    const kind = currentKind(store, eni);
    stats.totalIPs += size * kind.cidrs;
    stats.assignedIPs += kind.assigned;
  }
  return stats;
}

/** DataStoreStats.AvailableAddresses: cooling addresses count as available. */
export function availableAddresses(stats: DataStoreStats): number {
  return stats.totalIPs - stats.assignedIPs;
}

/** GetFreePrefixes: prefixes without pods on any ENI, excluded ones too. */
export function getFreePrefixes(store: DataStore): number {
  let free = 0;
  for (const eni of store.eniPool.values()) free += eni.prefixes.free;
  return free;
}

/** GetTrunkENI, as whether there is one. */
export function hasTrunkENI(store: DataStore): boolean {
  for (const eni of store.eniPool.values()) if (eni.isTrunk) return true;
  return false;
}

/** hasPods: on addresses of either kind. */
export function hasPods(eni: ENI): boolean {
  return eni.prefixes.assigned + eni.addresses.assigned > 0;
}

/** isTooYoung. */
export function isTooYoung(eni: ENI, nowMs: number): boolean {
  return nowMs - eni.createTimeMs < MIN_ENI_LIFETIME_MS;
}

/** The ms of the latest return of an address that is still on the ENI, or -Infinity. */
export function latestUnassignment(eni: ENI): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const cidr of eni.cidrs.slots) {
    if (cidr === undefined) continue;
    for (const record of cidr.records) if (record > latest && record >= 0) latest = record;
  }
  return latest;
}

/** hasIPInCooling. */
export function hasIPInCooling(eni: ENI, nowMs: number, ipCooldownMs: number): boolean {
  return nowMs - eni.lastUnassignedMs <= ipCooldownMs && nowMs - latestUnassignment(eni) <= ipCooldownMs;
}

/** Addresses of one kind in cool-down on an ENI: CooldownIPs of GetIPStats is the sum for the current kind. */
export function coolingAddresses(eni: ENI, isPrefix: boolean, nowMs: number, ipCooldownMs: number): number {
  let cooling = 0;
  for (const cidr of eni.cidrs.slots) {
    if (cidr === undefined || cidr.isPrefix !== isPrefix) continue;
    for (const record of cidr.records) if (inCoolingPeriod(record, nowMs, ipCooldownMs)) cooling++;
  }
  return cooling;
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
