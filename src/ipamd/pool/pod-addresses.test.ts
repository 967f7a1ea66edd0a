import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, storeAt } from '../../../test/support/an-ipamd.ts';
import { ASSIGNED, NO_RECORD, removeUnusedENI } from './datastore.ts';
import type { Cidr } from './datastore.ts';
import { addNetwork, delNetwork } from './pod-network.ts';
import {
  allocations,
  assignAddress,
  cidrContaining,
  coolingAddresses,
  coolingUntilMs,
  deallocateEmptyCIDR,
  freeableCidrs,
  getUnusedIP,
  hasFreeAddresses,
  hasIPInCooling,
  isUnusedIP,
  readBackingStore,
  unassignPodIPAddress,
} from './pod-addresses.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
const COOLDOWN_MS = 30_000;

function cidrsOf(id: string, ipamd: ReturnType<typeof anIpamd>): readonly Cidr[] {
  return [...eniAt(ipamd, id).byKey.values()];
}

/** One ENI with one prefix, its sixteen addresses taken by pod 0 to pod 15 in order. */
function aFullPrefix() {
  const ipamd = anIpamd({ env: PREFIXES, enis: [{ id: 'eni-1', isPrimary: true, prefixes: 1 }] });
  const store = storeAt(ipamd);
  const [cidr] = cidrsOf('eni-1', ipamd);
  if (cidr === undefined) throw new Error('eni-1 has a prefix');
  for (let slot = 0; slot < 16; slot++) assignAddress(store, cidr, slot, slot, 0);
  return { ipamd, store, cidr };
}

describe('the next address of a prefix', () => {
  it('is none while all have pods or cool, the thirtieth second included', () => {
    const { store, cidr } = aFullPrefix();
    expect(getUnusedIP(cidr, 0, COOLDOWN_MS)).toBe(-1);
    unassignPodIPAddress(store, 7, 1000);
    expect(getUnusedIP(cidr, 31_000, COOLDOWN_MS)).toBe(-1);
    expect(isUnusedIP(cidr, 7, 31_000, COOLDOWN_MS)).toBe(false);
    expect(getUnusedIP(cidr, 31_001, COOLDOWN_MS)).toBe(7);
    expect(isUnusedIP(cidr, 7, 31_001, COOLDOWN_MS)).toBe(true);
    expect(isUnusedIP(cidr, 6, 31_001, COOLDOWN_MS)).toBe(false);
  });

  it('is one given back at time 0 too', () => {
    const { store, cidr } = aFullPrefix();
    unassignPodIPAddress(store, 4, 0);
    expect(getUnusedIP(cidr, 30_000, COOLDOWN_MS)).toBe(-1);
    expect(getUnusedIP(cidr, 30_001, COOLDOWN_MS)).toBe(4);
    expect(isUnusedIP(cidr, 4, 30_001, COOLDOWN_MS)).toBe(true);
    assignAddress(store, cidr, 4, 'next', 30_001);
    expect(getUnusedIP(cidr, 90_000, COOLDOWN_MS)).toBe(-1);
  });

  it('is the lowest out of cool-down, of which any may be found, and then the lowest off the record', () => {
    const { store, cidr } = aFullPrefix();
    for (const pod of [9, 12, 3]) unassignPodIPAddress(store, pod, 10);
    expect(getUnusedIP(cidr, 40_000, COOLDOWN_MS)).toBe(3);
    expect([3, 9, 12, 0].map((slot) => isUnusedIP(cidr, slot, 40_000, COOLDOWN_MS))).toEqual([true, true, true, false]);
    assignAddress(store, cidr, 9, 'next', 40_000);
    unassignPodIPAddress(store, 1, 40_000);
    expect(getUnusedIP(cidr, 40_001, COOLDOWN_MS)).toBe(3);
    expect(isUnusedIP(cidr, 12, 40_001, COOLDOWN_MS)).toBe(false);
  });

  it('that has cooled off comes before one off the record', () => {
    const ipamd = anIpamd({ env: PREFIXES, enis: [{ id: 'eni-1', isPrimary: true, prefixes: 1 }] });
    const store = storeAt(ipamd);
    const [cidr] = cidrsOf('eni-1', ipamd);
    if (cidr === undefined) throw new Error('eni-1 has a prefix');
    expect(getUnusedIP(cidr, 0, COOLDOWN_MS)).toBe(0);
    assignAddress(store, cidr, 5, 'pod', 0);
    unassignPodIPAddress(store, 'pod', 0);
    expect(getUnusedIP(cidr, 30_000, COOLDOWN_MS)).toBe(0);
    expect(getUnusedIP(cidr, 30_001, COOLDOWN_MS)).toBe(5);
  });
});

describe('what a guided choice may take of a prefix', () => {
  it('is the lowest off the record, and any that has cooled off', () => {
    const fresh = anIpamd({ env: PREFIXES, enis: [{ id: 'eni-1', isPrimary: true, prefixes: 1 }] });
    const [unused] = cidrsOf('eni-1', fresh);
    if (unused === undefined) throw new Error('eni-1 has a prefix');
    expect([0, 1].map((slot) => isUnusedIP(unused, slot, 0, COOLDOWN_MS))).toEqual([true, false]);
    const { store, cidr } = aFullPrefix();
    for (const pod of [3, 9]) unassignPodIPAddress(store, pod, 0);
    expect([3, 9].map((slot) => isUnusedIP(cidr, slot, 30_001, COOLDOWN_MS))).toEqual([true, true]);
  });
});

describe('giving an address', () => {
  it('forgets those that have cooled off, and none that still cools', () => {
    const { store, cidr } = aFullPrefix();
    unassignPodIPAddress(store, 3, 0);
    unassignPodIPAddress(store, 5, 10_000);
    unassignPodIPAddress(store, 9, 10_001);
    assignAddress(store, cidr, 5, 'next', 40_001);
    expect([3, 5, 9].map((slot) => cidr.records[slot])).toEqual([NO_RECORD, ASSIGNED, 10_001]);
  });
});

describe('whether so many more pods would get an address', () => {
  it('counts addresses off the record, and cooled off', () => {
    const fresh = anIpamd({ env: PREFIXES, enis: [{ id: 'eni-1', isPrimary: true, prefixes: 1 }] });
    expect([16, 17].map((wanted) => hasFreeAddresses(storeAt(fresh), wanted, 0))).toEqual([true, false]);
    const { store } = aFullPrefix();
    expect(hasFreeAddresses(store, 1, 0)).toBe(false);
    unassignPodIPAddress(store, 7, 0);
    expect([30_000, 30_001].map((ms) => hasFreeAddresses(store, 1, ms))).toEqual([false, true]);
    unassignPodIPAddress(store, 8, 1000);
    expect([31_000, 31_001].map((ms) => hasFreeAddresses(store, 2, ms))).toEqual([false, true]);
  });

  it('adds up what all ENIs have, but excluded ones', () => {
    const enis = [
      { id: 'eni-1', isPrimary: true, addresses: 2 },
      { id: 'eni-2', addresses: 1 },
      { id: 'eni-3', addresses: 3, isExcluded: true },
    ];
    const store = storeAt(anIpamd({ enis }));
    expect([3, 4].map((wanted) => hasFreeAddresses(store, wanted, 0))).toEqual([true, false]);
  });

  it('leaves out the other kind', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', isPrimary: true, addresses: 1, prefixes: 1 }], pods: 1 });
    delNetwork(ipamd, 'pod-0');
    expect([30_000, 30_001].map((ms) => hasFreeAddresses(storeAt(ipamd), 1, ms))).toEqual([false, true]);
  });
});

describe('counting pods', () => {
  it('tells apart prefixes with pods, and addresses of the kind in use', () => {
    const { store, cidr } = aFullPrefix();
    const { prefixes } = cidr.eni;
    expect([prefixes, store.unassigned]).toEqual([{ cidrs: 1, assigned: 16, free: 0 }, 0]);
    for (let pod = 0; pod < 15; pod++) unassignPodIPAddress(store, pod, 0);
    expect([prefixes, store.unassigned]).toEqual([{ cidrs: 1, assigned: 1, free: 0 }, 15]);
    const before = store.changes;
    expect(unassignPodIPAddress(store, 15, 0)).toEqual({ cidr, slot: 15 });
    expect([prefixes, store.unassigned]).toEqual([{ cidrs: 1, assigned: 0, free: 1 }, 16]);
    expect(store.changes).toBeGreaterThan(before);
    expect(unassignPodIPAddress(store, 15, 0)).toBeUndefined();
    expect([prefixes, store.unassigned]).toEqual([{ cidrs: 1, assigned: 0, free: 1 }, 16]);
  });

  it('counts as one more change each time', () => {
    const { store, cidr } = aFullPrefix();
    const before = store.changes;
    unassignPodIPAddress(store, 3, 0);
    assignAddress(store, cidr, 3, 'next', 40_000);
    expect(store.changes).toBe(before + 2);
  });

  it('leaves the addresses of the other kind out of what can be given to pods', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', isPrimary: true, addresses: 1, prefixes: 1 }] });
    const store = storeAt(ipamd);
    const prefix = cidrsOf('eni-1', ipamd).find((cidr) => cidr.isPrefix);
    if (prefix === undefined) throw new Error('eni-1 has a prefix');
    assignAddress(store, prefix, 0, 'old', 0);
    expect(store.unassigned).toBe(1);
    unassignPodIPAddress(store, 'old', 0);
    expect(store.unassigned).toBe(1);
  });
});

describe('cooling', () => {
  it('ends with the last address given back, and is counted by kind', () => {
    const enis = [{ id: 'eni-1', isPrimary: true, addresses: 3, prefixes: 1 }];
    const ipamd = anIpamd({ enis, pods: 3 });
    const eni = eniAt(ipamd, 'eni-1');
    expect(coolingUntilMs(eni, COOLDOWN_MS)).toBe(Number.NEGATIVE_INFINITY);
    expect(hasIPInCooling(eni, 0, COOLDOWN_MS)).toBe(false);
    delNetwork(ipamd, 'pod-0');
    ipamd.nowMs = 5000;
    delNetwork(ipamd, 'pod-1');
    expect(coolingUntilMs(eni, COOLDOWN_MS)).toBe(35_000);
    expect([30_000, 30_001, 35_000, 35_001].map((ms) => coolingAddresses(eni, false, ms, COOLDOWN_MS))).toEqual([
      2, 1, 1, 0,
    ]);
    expect(coolingAddresses(eni, true, 5000, COOLDOWN_MS)).toBe(0);
    expect([35_000, 35_001].map((ms) => hasIPInCooling(eni, ms, COOLDOWN_MS))).toEqual([true, false]);
  });

  it('of a prefix ends with the last given back, wherever that is', () => {
    const { store, cidr } = aFullPrefix();
    unassignPodIPAddress(store, 9, 1000);
    unassignPodIPAddress(store, 3, 5000);
    expect(coolingUntilMs(cidr.eni, COOLDOWN_MS)).toBe(35_000);
  });

  it('is over for an ENI when the address is no longer there', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', isPrimary: true, addresses: 1, isExcluded: true }] });
    const store = storeAt(ipamd);
    const [cidr] = cidrsOf('eni-1', ipamd);
    if (cidr === undefined) throw new Error('eni-1 has an address');
    assignAddress(store, cidr, 0, 'pod', 0);
    unassignPodIPAddress(store, 'pod', 0);
    deallocateEmptyCIDR(store, cidr);
    expect(hasIPInCooling(eniAt(ipamd, 'eni-1'), 1, COOLDOWN_MS)).toBe(false);
  });
});

describe('the empty CIDR of an excluded ENI', () => {
  function excluded(isExcluded: boolean) {
    const enis = [{ id: 'eni-1', isPrimary: true, addresses: 1, isExcluded }];
    const ipamd = anIpamd({ enis });
    const [cidr] = cidrsOf('eni-1', ipamd);
    if (cidr === undefined) throw new Error('eni-1 has an address');
    return { ipamd, store: storeAt(ipamd), cidr };
  }

  it('leaves the store, once', () => {
    const { ipamd, store, cidr } = excluded(true);
    deallocateEmptyCIDR(store, cidr);
    deallocateEmptyCIDR(store, cidr);
    expect(cidrsOf('eni-1', ipamd)).toEqual([]);
    expect(store.unassigned).toBe(0);
  });

  it('may have left with its ENI before', () => {
    const { ipamd, store, cidr } = excluded(true);
    removeUnusedENI(store, cidr.eni);
    deallocateEmptyCIDR(store, cidr);
    expect(ipamd.stores.map(({ enis, unassigned }) => [enis.length, unassigned])).toEqual([[0, 0]]);
  });

  it('stays when a pod has come, or when the ENI is not excluded', () => {
    const busy = excluded(true);
    assignAddress(busy.store, busy.cidr, 0, 'pod', 0);
    deallocateEmptyCIDR(busy.store, busy.cidr);
    expect(cidrsOf('eni-1', busy.ipamd)).toHaveLength(1);
    const open = excluded(false);
    deallocateEmptyCIDR(open.store, open.cidr);
    expect(cidrsOf('eni-1', open.ipamd)).toHaveLength(1);
  });
});

describe('the saved allocations', () => {
  const enis = [
    { id: 'eni-1', isPrimary: true, addresses: 2 },
    { id: 'eni-2', prefixes: 1 },
  ];

  it('come back on single addresses and inside prefixes, and stale ones are dropped', () => {
    const ipamd = anIpamd({ enis });
    const [single] = cidrsOf('eni-1', ipamd);
    const [prefix] = cidrsOf('eni-2', ipamd);
    if (single === undefined || prefix === undefined) throw new Error('both ENIs have a CIDR');
    const kept = [
      { pod: 'a', address: single.first, eni: 'eni-1' },
      { pod: 'b', address: prefix.first + 9, eni: 'eni-2' },
    ];
    readBackingStore(storeAt(ipamd), [...kept, { pod: 'c', address: prefix.first + 16, eni: 'eni-2' }], 0);
    expect(allocations(storeAt(ipamd))).toEqual(kept);
    expect(cidrContaining(storeAt(ipamd), prefix.first + 15)).toBe(prefix);
    expect(cidrContaining(storeAt(ipamd), prefix.first - 1)).toBeUndefined();
    expect(addNetwork(ipamd, 'b')?.address).toBe(prefix.first + 9);
  });
});

describe('what may be given back', () => {
  it('has no pods, and is of the wanted kind', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', isPrimary: true, addresses: 3, prefixes: 2 }], pods: 1 });
    const eni = eniAt(ipamd, 'eni-1');
    expect((['any', 'ip', 'prefix'] as const).map((kind) => freeableCidrs(eni, kind).length)).toEqual([4, 2, 2]);
  });
});
