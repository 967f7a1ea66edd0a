import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, storeAt } from '../../../test/support/an-ipamd.ts';
import type { IpamdWanted } from '../../../test/support/an-ipamd.ts';
import { setENIExcludedForPodIPs } from './datastore.ts';
import { emptyGoMap, insert, remove, walk } from './go-map.ts';
import { cidrContaining, freeableCidrs } from './pod-addresses.ts';
import { addNetwork, delNetwork } from './pod-network.ts';
import { getMaxENI } from './process.ts';
import { cooldownIPs, divCeil, getFreePrefixes, getIPStats } from './statistics.ts';
import { seededRandom } from '../random.ts';

const SHORT_COOLDOWN = { IP_COOLDOWN_PERIOD: '1' };

function statsOf(wanted: IpamdWanted, atMs: number, leaving: readonly string[]) {
  const ipamd = anIpamd(wanted);
  for (const pod of leaving) delNetwork(ipamd, pod);
  const { totalIPs, totalPrefixes, assignedIPs } = getIPStats(storeAt(ipamd));
  return [totalIPs, totalPrefixes, assignedIPs, cooldownIPs(storeAt(ipamd), atMs)];
}

describe('statistics', () => {
  it('count a given-back address as cooling, for as long as it does (TestGetIPStatsV4)', () => {
    const wanted = { env: SHORT_COOLDOWN, enis: [{ id: 'eni-1', addresses: 2 }], pods: 2 };
    expect(statsOf(wanted, 0, [])).toEqual([2, 0, 2, 0]);
    expect(statsOf(wanted, 1000, ['pod-0'])).toEqual([2, 0, 1, 1]);
    expect(statsOf(wanted, 1001, ['pod-0'])).toEqual([2, 0, 1, 0]);
  });

  it('count sixteen for a prefix (TestGetIPStatsV4WithPD)', () => {
    const env = { ...SHORT_COOLDOWN, ENABLE_PREFIX_DELEGATION: 'true' };
    const wanted = { env, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 2 };
    expect(statsOf(wanted, 0, [])).toEqual([16, 1, 2, 0]);
    expect(statsOf(wanted, 0, ['pod-1'])).toEqual([16, 1, 1, 1]);
    expect(statsOf(wanted, 1001, ['pod-1'])).toEqual([16, 1, 1, 0]);
  });

  it('leave excluded ENIs out (TestGetIPStatsWithExcludedENI)', () => {
    const enis = [
      { id: 'eni-1', addresses: 3, isExcluded: true },
      { id: 'eni-2', addresses: 2 },
    ];
    expect(statsOf({ enis }, 0, [])).toEqual([2, 0, 0, 0]);
  });

  it('leave an address out that cools on an ENI excluded since', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 1 }], pods: 1 });
    delNetwork(ipamd, 'pod-0');
    expect(cooldownIPs(storeAt(ipamd), 0)).toBe(1);
    setENIExcludedForPodIPs(storeAt(ipamd), 'eni-1');
    expect(cooldownIPs(storeAt(ipamd), 0)).toBe(0);
  });

  it('leave the other kind out', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true' };
    expect(statsOf({ env, enis: [{ id: 'eni-1', prefixes: 2, addresses: 5 }] }, 0, [])).toEqual([32, 2, 0, 0]);
  });

  it('count prefixes without pods (TestDataStore_GetFreePrefixes)', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true' };
    expect(getFreePrefixes(storeAt(anIpamd({ env, enis: [{ id: 'eni-1', prefixes: 2 }], pods: 1 })))).toBe(1);
  });

  it.each([
    [1, 1, 1],
    [3, 2, 2],
    [5, 2, 3],
    [10, 2, 5],
    [1, 10, 1],
  ])('divide %i by %i upwards to %i (TestDivCeil)', (x, y, quotient) => {
    expect(divCeil(x, y)).toBe(quotient);
  });
});

describe('free CIDRs of an ENI (TestDataStore_FindFreeableCidrs, _FreeableIPs)', () => {
  it('are those without pods, of the kind asked for', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 3, prefixes: 2 }], pods: 1 });
    const eni = eniAt(ipamd, 'eni-1');
    expect(freeableCidrs(eni, 'ip')).toHaveLength(2);
    expect(freeableCidrs(eni, 'prefix')).toHaveLength(2);
    expect(freeableCidrs(eni, 'any')).toHaveLength(4);
  });
});

describe('the address of a pod', () => {
  const env = { ENABLE_PREFIX_DELEGATION: 'true' };

  it('in a fresh prefix is the lowest, and all sixteen are used', () => {
    const ipamd = anIpamd({ env, enis: [{ id: 'eni-1', prefixes: 1 }] });
    const offsets = Array.from({ length: 16 }, (_, pod) => (addNetwork(ipamd, pod)?.address ?? 0) % 16);
    expect(offsets).toEqual(Array.from({ length: 16 }, (_, offset) => offset));
    expect(addNetwork(ipamd, 'one more')).toBeUndefined();
  });

  it('is one that left cool-down before a lower one never used', () => {
    const ipamd = anIpamd({ env, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 3 });
    delNetwork(ipamd, 'pod-1');
    ipamd.nowMs = 30_000;
    expect((addNetwork(ipamd, 'early')?.address ?? 0) % 16).toBe(3);
    ipamd.nowMs = 30_001;
    expect((addNetwork(ipamd, 'late')?.address ?? 0) % 16).toBe(1);
  });

  it('stays the same for a second ADD, and an unknown pod has none to give back', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 2 }] });
    const first = addNetwork(ipamd, 'pod');
    expect(addNetwork(ipamd, 'pod')).toEqual(first);
    expect(storeAt(ipamd).unassigned).toBe(1);
    expect(delNetwork(ipamd, 'nobody')).toBeUndefined();
  });

  it('is never on an excluded ENI', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 4, isExcluded: true }] });
    expect(addNetwork(ipamd, 'pod')).toBeUndefined();
  });

  it('is found again by itself or by the prefix around it', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 1, prefixes: 1 }] });
    const [single, block] = [...eniAt(ipamd, 'eni-1').byKey.values()];
    expect(cidrContaining(storeAt(ipamd), single?.first ?? 0)).toBe(single);
    expect(cidrContaining(storeAt(ipamd), (block?.first ?? 0) + 15)).toBe(block);
    expect(cidrContaining(storeAt(ipamd), (block?.first ?? 0) + 16)).toBeUndefined();
  });
});

describe('MAX_ENI', () => {
  it.each([
    [-1, 4, 4],
    [0, 4, 4],
    [1, 4, 1],
    [3, 4, 3],
    [4, 4, 4],
    [9, 4, 4],
  ])('of %i on a type with %i allows %i', (setting, limit, most) => {
    expect(getMaxENI(setting, limit)).toBe(most);
  });
});

describe("the order of Go's maps", () => {
  it('has the older of two entries first in seven walks of eight', () => {
    const random = seededRandom(3);
    const map = emptyGoMap<string>(random);
    insert(map, 'old');
    insert(map, 'new');
    const starts = Array.from({ length: 800 }, (_, index) => index / 800);
    expect(starts.filter((start) => walk(map, start)[0] === 'old')).toHaveLength(700);
  });

  it('holds every entry once, also after growing and removing', () => {
    const map = emptyGoMap<number>(seededRandom(4));
    const entries = Array.from({ length: 40 }, (_, entry) => entry);
    for (const entry of entries) insert(map, entry);
    for (const entry of entries.filter((each) => each % 3 === 0)) remove(map, entry);
    remove(map, 99);
    const left = entries.filter((entry) => entry % 3 !== 0);
    for (const start of [0, 0.3, 0.99]) expect([...walk(map, start)].sort((a, b) => a - b)).toEqual(left);
    expect(map.size).toBe(left.length);
    expect(map.slots.length).toBe(64);
  });
});
