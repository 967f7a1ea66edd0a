/**
 * ipamd's record of ENIs, their addresses and prefixes, and the pods on them. Upstream:
 * pkg/ipamd/datastore/data_store.go (v1.23.1). Counters stand where upstream counts anew each time.
 */
import { IPS_PER_PREFIX } from './constants.ts';
import { emptyGoMap, insert, remove } from './go-map.ts';
import type { GoMap } from './go-map.ts';

export type PodKey = string | number;

/** AddressInfo as one number: not on record, assigned to a pod, or else the ms at which a pod gave it back. */
export const NO_RECORD = -1;
export const ASSIGNED = -2;

/** CidrInfo: one address or one /28. */
export type Cidr = {
  readonly first: number;
  readonly isPrefix: boolean;
  readonly eni: ENI;
  /** AssignedIPAddressesInCidr. */
  assigned: number;
  /** By address of the CIDR: NO_RECORD, ASSIGNED, or the ms of its unassignment. */
  readonly records: number[];
  readonly pods: (PodKey | undefined)[];
};

/** CIDRs of one kind on one ENI. */
export type KindCounters = { cidrs: number; assigned: number; free: number };

/** ENI; the counters are kept by the functions of this file and pod-addresses.ts. */
export type ENI = {
  readonly id: string;
  readonly createTimeMs: number;
  readonly isPrimary: boolean;
  readonly isTrunk: boolean;
  readonly isEFA: boolean;
  readonly deviceNumber: number;
  readonly subnet: string;
  isExcludedForPodIPs: boolean;
  /** AvailableIPv4Cidrs: both kinds in one map; `byKey` finds an entry, `cidrs` has Go's order. */
  readonly cidrs: GoMap<Cidr>;
  readonly byKey: Map<number, Cidr>;
  readonly prefixes: KindCounters;
  readonly addresses: KindCounters;
  /** No address of this ENI was given back later than this. */
  lastUnassignedMs: number;
};

export type DataStore = {
  readonly networkCard: number;
  readonly isPDEnabled: boolean;
  readonly ipCooldownMs: number;
  readonly eniPool: Map<string, ENI>;
  /** The values of `eniPool`, which is walked at every decision. */
  readonly enis: ENI[];
  readonly eniOrder: GoMap<ENI>;
  readonly podCidrs: Map<PodKey, Cidr>;
  /** Upstream's own running count of prefixes; it can drift from the truth where upstream's does. */
  allocatedPrefix: number;
  /** Addresses of the current kind without a pod, cooling ones and excluded ENIs included. */
  unassigned: number;
  /** Grows with every change that a decision of the pool manager may depend on. */
  changes: number;
  /** Grows when ENIs or CIDRs come or go. */
  structure: number;
  /** Told of each CIDR that leaves, before its records are lost. */
  onCidrRemoved: ((cidr: Cidr) => void) | undefined;
  readonly random: () => number;
};

/** NewDataStore. `random` places entries of large maps (go-map.ts). */
export function newDataStore(
  options: Pick<DataStore, 'networkCard' | 'isPDEnabled' | 'ipCooldownMs' | 'random'>,
): DataStore {
  return {
    ...options,
    eniPool: new Map(),
    enis: [],
    eniOrder: emptyGoMap<ENI>(options.random),
    podCidrs: new Map(),
    allocatedPrefix: 0,
    unassigned: 0,
    changes: 0,
    structure: 0,
    onCidrRemoved: undefined,
  };
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
    byKey: new Map(),
    prefixes: { cidrs: 0, assigned: 0, free: 0 },
    addresses: { cidrs: 0, assigned: 0, free: 0 },
    lastUnassignedMs: Number.NEGATIVE_INFINITY,
  };
  store.eniPool.set(eni.id, added);
  store.enis.push(added);
  insert(store.eniOrder, added);
  noteStructure(store);
}

/** SetENIExcludedForPodIPs. */
export function setENIExcludedForPodIPs(store: DataStore, eniID: string): void {
  const eni = store.eniPool.get(eniID);
  if (eni === undefined) return;
  eni.isExcludedForPodIPs = true;
  noteStructure(store);
}

/** One number for an address or a prefix: upstream's map keys are "10.0.0.16/32" and "10.0.0.16/28". */
export function cidrKey(first: number, isPrefix: boolean): number {
  return first * 2 + (isPrefix ? 1 : 0);
}

/** The counters of a CIDR's kind on its ENI. */
export function kindOf(eni: ENI, isPrefix: boolean): KindCounters {
  return isPrefix ? eni.prefixes : eni.addresses;
}

/** len(eni.AvailableIPv4Cidrs): addresses and prefixes together. */
export function cidrCount(eni: ENI): number {
  return eni.byKey.size;
}

/** AddIPv4CidrToStore: a CIDR that is there already, or an unknown ENI, changes nothing; false for the latter. */
export function addIPv4CidrToStore(store: DataStore, eniID: string, first: number, isPrefix: boolean): boolean {
  const eni = store.eniPool.get(eniID);
  if (eni === undefined) return false;
  const key = cidrKey(first, isPrefix);
  if (eni.byKey.has(key)) return true;
  const size = isPrefix ? IPS_PER_PREFIX : 1;
  const records: number[] = [NO_RECORD];
  const pods: (PodKey | undefined)[] = [undefined];
  for (let slot = 1; slot < size; slot++) {
    records.push(NO_RECORD);
    pods.push(undefined);
  }
  const cidr: Cidr = { first, isPrefix, eni, assigned: 0, records, pods };
  eni.byKey.set(key, cidr);
  insert(eni.cidrs, cidr);
  const kind = kindOf(eni, isPrefix);
  kind.cidrs++;
  kind.free++;
  if (isPrefix) store.allocatedPrefix++;
  if (isPrefix === store.isPDEnabled) store.unassigned += size;
  noteStructure(store);
  return true;
}

/**
 * DelIPv4CidrFromStore: false where upstream answers with an error: unknown, or in use without `force`. With `force`
 * its pods lose their addresses.
 */
export function delIPv4CidrFromStore(store: DataStore, cidr: Cidr, force: boolean): boolean {
  if (!isStored(store, cidr) || (cidr.assigned > 0 && !force)) return false;
  dropPods(store, cidr);
  if (cidr.isPrefix) store.allocatedPrefix--;
  forgetCidr(store, cidr);
  return true;
}

/** Takes an empty CIDR off its ENI without telling `allocatedPrefix`, as deallocateEmptyCIDR does. */
export function forgetCidr(store: DataStore, cidr: Cidr): void {
  store.onCidrRemoved?.(cidr);
  cidr.eni.byKey.delete(cidrKey(cidr.first, cidr.isPrefix));
  remove(cidr.eni.cidrs, cidr);
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  kind.cidrs--;
  kind.free--;
  if (cidr.isPrefix === store.isPDEnabled) store.unassigned -= cidr.records.length;
  noteStructure(store);
}

/** Whether the CIDR is still on an ENI of the store. */
export function isStored(store: DataStore, cidr: Cidr): boolean {
  return store.eniPool.get(cidr.eni.id) === cidr.eni && cidr.eni.byKey.get(cidrKey(cidr.first, cidr.isPrefix)) === cidr;
}

/** RemoveENIFromDataStore with force; upstream subtracts the prefixes twice when pods were on the ENI. */
export function removeENIFromDataStore(store: DataStore, eniID: string): void {
  const eni = store.eniPool.get(eniID);
  if (eni === undefined) return;
  store.allocatedPrefix -= hasPods(eni) ? 2 * eni.prefixes.cidrs : eni.prefixes.cidrs;
  for (const cidr of eni.byKey.values()) dropPods(store, cidr);
  dropENI(store, eni);
}

/** RemoveUnusedENIFromStore once the ENI is chosen. */
export function removeUnusedENI(store: DataStore, eni: ENI): void {
  store.allocatedPrefix -= eni.prefixes.cidrs;
  dropENI(store, eni);
}

function dropENI(store: DataStore, eni: ENI): void {
  for (const cidr of eni.byKey.values()) {
    store.onCidrRemoved?.(cidr);
    if (cidr.isPrefix === store.isPDEnabled) store.unassigned -= cidr.records.length;
  }
  store.eniPool.delete(eni.id);
  store.enis.splice(store.enis.indexOf(eni), 1);
  remove(store.eniOrder, eni);
  noteStructure(store);
}

/** unassignPodIPAddressUnsafe for every pod of a CIDR that leaves: no cool-down begins. */
function dropPods(store: DataStore, cidr: Cidr): void {
  if (cidr.assigned === 0) return;
  for (let slot = 0; slot < cidr.pods.length; slot++) {
    const pod = cidr.pods[slot];
    if (pod === undefined) continue;
    store.podCidrs.delete(pod);
    cidr.pods[slot] = undefined;
    cidr.records[slot] = NO_RECORD;
  }
  const kind = kindOf(cidr.eni, cidr.isPrefix);
  kind.assigned -= cidr.assigned;
  kind.free++;
  if (cidr.isPrefix === store.isPDEnabled) store.unassigned += cidr.assigned;
  cidr.assigned = 0;
}

/** hasPods: on addresses of either kind. */
export function hasPods(eni: ENI): boolean {
  return eni.prefixes.assigned + eni.addresses.assigned > 0;
}

function noteStructure(store: DataStore): void {
  store.structure++;
  store.changes++;
}
