import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, storeAt } from '../../../test/support/an-ipamd.ts';
import type { IpamdWanted } from '../../../test/support/an-ipamd.ts';
import {
  addENI,
  addIPv4CidrToStore,
  cidrCount,
  cidrKey,
  delIPv4CidrFromStore,
  forgetCidr,
  hasPods,
  isStored,
  newDataStore,
  removeENIFromDataStore,
  removeUnusedENI,
  setENIExcludedForPodIPs,
} from './datastore.ts';
import type { Cidr, DataStore } from './datastore.ts';
import { walk } from './go-map.ts';
import { assignAddress, unassignPodIPAddress } from './pod-addresses.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
const AN_ENI = {
  createTimeMs: 7,
  isPrimary: false,
  isTrunk: false,
  isEFA: false,
  deviceNumber: 1,
  subnet: 'subnet-1',
} as const;

function aStore(wanted: IpamdWanted = {}) {
  const ipamd = anIpamd(wanted);
  return { store: storeAt(ipamd), eni: (id: string) => eniAt(ipamd, id) };
}

const cidrsOf = (store: DataStore, id: string): readonly Cidr[] => [...(store.eniPool.get(id)?.byKey.values() ?? [])];
const firstOf = (store: DataStore, id: string): Cidr => {
  const [cidr] = cidrsOf(store, id);
  if (cidr === undefined) throw new Error(`${id} has a CIDR`);
  return cidr;
};
/** What a change leaves behind for those who only look whether there was one. */
const noted = (store: DataStore) => [store.structure, store.changes];

describe('an ENI', () => {
  it('comes once: what is there already is left as it is', () => {
    const store = newDataStore({ networkCard: 0, isPDEnabled: false, ipCooldownMs: 0, random: () => 0 });
    expect([store.enis, store.unassigned, store.allocatedPrefix, ...noted(store)]).toEqual([[], 0, 0, 0, 0]);
    addENI(store, { ...AN_ENI, id: 'eni-9' });
    addENI(store, { ...AN_ENI, id: 'eni-9', isTrunk: true });
    expect(store.enis).toHaveLength(1);
    expect(store.enis[0]).toMatchObject({
      ...AN_ENI,
      isExcludedForPodIPs: false,
      prefixes: { cidrs: 0, assigned: 0, free: 0 },
      addresses: { cidrs: 0, assigned: 0, free: 0 },
      lastUnassignedMs: Number.NEGATIVE_INFINITY,
    });
    expect([store.eniPool.get('eni-9'), walk(store.eniOrder, 0)]).toEqual([store.enis[0], store.enis]);
    expect(noted(store)).toEqual([1, 1]);
  });

  it('is excluded by its name, and an unknown name excludes none', () => {
    const { store, eni } = aStore({ enis: [{ id: 'eni-1' }] });
    const before = store.structure;
    setENIExcludedForPodIPs(store, 'eni-9');
    expect(store.structure).toBe(before);
    setENIExcludedForPodIPs(store, 'eni-1');
    expect([eni('eni-1').isExcludedForPodIPs, store.structure]).toEqual([true, before + 1]);
  });

  it('has pods when either kind has', () => {
    const { eni } = aStore({ enis: [{ id: 'eni-1', addresses: 1 }, { id: 'eni-2' }], pods: 1 });
    expect([hasPods(eni('eni-1')), hasPods(eni('eni-2'))]).toEqual([true, false]);
    const prefixed = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 1 });
    expect(hasPods(prefixed.eni('eni-1'))).toBe(true);
  });
});

describe('a CIDR', () => {
  it('is an address or the prefix at the same place', () => {
    expect([cidrKey(16, false), cidrKey(16, true), cidrKey(17, false)]).toEqual([32, 33, 34]);
  });

  it('comes to a known ENI once, is counted by its kind, and is told apart from the other', () => {
    const { store, eni } = aStore({ enis: [{ id: 'eni-1' }] });
    const before = store.structure;
    expect(addIPv4CidrToStore(store, 'eni-9', 16, false)).toBe(false);
    expect(store.structure).toBe(before);
    for (let again = 0; again < 2; again++) {
      expect(addIPv4CidrToStore(store, 'eni-1', 16, false)).toBe(true);
      expect(addIPv4CidrToStore(store, 'eni-1', 16, true)).toBe(true);
    }
    const { addresses, prefixes } = eni('eni-1');
    expect([addresses, prefixes]).toEqual(Array.from({ length: 2 }, () => ({ cidrs: 1, assigned: 0, free: 1 })));
    expect([cidrCount(eni('eni-1')), store.allocatedPrefix, store.unassigned]).toEqual([2, 1, 1]);
    expect(walk(eni('eni-1').cidrs, 0).map(({ first, isPrefix }) => [first, isPrefix])).toEqual([
      [16, false],
      [16, true],
    ]);
    expect(store.structure).toBe(before + 2);
  });

  it('has one address or sixteen, none of them on record', () => {
    const { store } = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', addresses: 1, prefixes: 1 }] });
    const [single, prefix] = cidrsOf(store, 'eni-1');
    expect([single?.records, single?.pods]).toEqual([[-1], [undefined]]);
    expect([prefix?.records, prefix?.pods]).toEqual([new Array(16).fill(-1), new Array(16).fill(undefined)]);
    expect(store.unassigned).toBe(16);
  });

  it('leaves when it has no pods, or by force with them', () => {
    const { store, eni } = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 2 });
    const cidr = firstOf(store, 'eni-1');
    expect(delIPv4CidrFromStore(store, cidr, false)).toBe(false);
    expect([cidrCount(eni('eni-1')), store.podCidrs.size]).toEqual([1, 2]);
    const before = store.structure;
    expect(delIPv4CidrFromStore(store, cidr, true)).toBe(true);
    expect([cidrCount(eni('eni-1')), store.podCidrs.size, store.allocatedPrefix, store.unassigned]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(eni('eni-1').prefixes).toEqual({ cidrs: 0, assigned: 0, free: 0 });
    expect(walk(eni('eni-1').cidrs, 0)).toEqual([]);
    expect(store.structure).toBe(before + 1);
    expect(delIPv4CidrFromStore(store, cidr, true)).toBe(false);
  });

  it('of the other kind leaves without a change to what pods can have', () => {
    const { store } = aStore({ enis: [{ id: 'eni-1', addresses: 1, prefixes: 1 }] });
    const [single, prefix] = cidrsOf(store, 'eni-1');
    if (single === undefined || prefix === undefined) throw new Error('eni-1 has both kinds');
    expect(delIPv4CidrFromStore(store, prefix, false)).toBe(true);
    expect([store.unassigned, store.allocatedPrefix]).toEqual([1, 0]);
    expect(delIPv4CidrFromStore(store, single, false)).toBe(true);
    expect([store.unassigned, store.allocatedPrefix]).toEqual([0, 0]);
    const none = { cidrs: 0, assigned: 0, free: 0 };
    expect([single.eni.addresses, single.eni.prefixes]).toEqual([none, none]);
  });

  it('of the other kind leaves by force with its pods, and no pod could have had its addresses', () => {
    const { store } = aStore({ enis: [{ id: 'eni-1', addresses: 1, prefixes: 1 }] });
    const [, prefix] = cidrsOf(store, 'eni-1');
    if (prefix === undefined) throw new Error('eni-1 has a prefix');
    for (const pod of [0, 1, 2]) assignAddress(store, prefix, pod, pod, 0);
    expect(delIPv4CidrFromStore(store, prefix, true)).toBe(true);
    expect([store.unassigned, store.podCidrs.size]).toEqual([1, 0]);
  });

  it('that leaves by force tells which of its addresses cool', () => {
    const { store } = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 2 });
    unassignPodIPAddress(store, 'pod-0', 5000);
    const records: number[] = [];
    store.onCidrRemoved = (cidr) => records.push(...cidr.records.slice(0, 2));
    delIPv4CidrFromStore(store, firstOf(store, 'eni-1'), true);
    expect(records).toEqual([5000, -1]);
  });

  it('that loses its pods by force begins no cool-down', () => {
    const { store } = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 2 });
    const cidr = firstOf(store, 'eni-1');
    delIPv4CidrFromStore(store, cidr, true);
    expect([cidr.assigned, cidr.records.slice(0, 2), cidr.pods.slice(0, 2)]).toEqual([
      0,
      [-1, -1],
      [undefined, undefined],
    ]);
  });

  it('forgotten without telling leaves upstream counting its prefix on', () => {
    const { store } = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 1 }] });
    const told: Cidr[] = [];
    store.onCidrRemoved = (cidr) => told.push(cidr);
    const cidr = firstOf(store, 'eni-1');
    forgetCidr(store, cidr);
    expect([told, store.allocatedPrefix, store.unassigned]).toEqual([[cidr], 1, 0]);
  });

  it('is stored as long as it is the one at its place, on the ENI of that name', () => {
    const { store } = aStore({ enis: [{ id: 'eni-1', addresses: 1 }] });
    const cidr = firstOf(store, 'eni-1');
    expect(isStored(store, cidr)).toBe(true);
    forgetCidr(store, cidr);
    addIPv4CidrToStore(store, 'eni-1', cidr.first, false);
    expect([isStored(store, cidr), isStored(store, firstOf(store, 'eni-1'))]).toEqual([false, true]);
    const again = firstOf(store, 'eni-1');
    removeUnusedENI(store, again.eni);
    expect(isStored(store, again)).toBe(false);
    addENI(store, { ...AN_ENI, id: 'eni-1' });
    expect(isStored(store, again)).toBe(false);
  });
});

describe('an ENI that leaves', () => {
  const two = [
    { id: 'eni-1', prefixes: 2 },
    { id: 'eni-2', prefixes: 3, addresses: 1 },
  ];

  it('takes its CIDRs with it, tells of each, and leaves the others', () => {
    const { store, eni } = aStore({ env: PREFIXES, enis: two });
    const told: Cidr[] = [];
    store.onCidrRemoved = (cidr) => told.push(cidr);
    const before = store.structure;
    const leaving = eni('eni-2');
    removeUnusedENI(store, leaving);
    expect(told).toEqual([...leaving.byKey.values()]);
    expect([store.enis.map(({ id }) => id), store.allocatedPrefix, store.unassigned]).toEqual([['eni-1'], 2, 32]);
    expect([store.eniPool.has('eni-2'), walk(store.eniOrder, 0)]).toEqual([false, store.enis]);
    expect(store.structure).toBe(before + 1);
  });

  it('by force takes its pods too, and upstream then counts its prefixes off twice', () => {
    const { store } = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 1 }, ...two.slice(1)] });
    removeENIFromDataStore(store, 'eni-9');
    expect([store.enis.length, store.allocatedPrefix]).toEqual([2, 4]);
    removeENIFromDataStore(store, 'eni-2');
    expect([store.enis.length, store.allocatedPrefix, store.unassigned]).toEqual([1, 1, 16]);
    const busy = aStore({ env: PREFIXES, enis: [{ id: 'eni-1', prefixes: 2 }], pods: 5 });
    removeENIFromDataStore(busy.store, 'eni-1');
    expect([busy.store.allocatedPrefix, busy.store.unassigned, busy.store.podCidrs.size]).toEqual([-2, 0, 0]);
  });
});
