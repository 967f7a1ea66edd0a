import { describe, expect, it } from 'vitest';
import { anIpamd, drive, eniAt, failing, obligingAnswers, storeAt, told } from '../../../test/support/an-ipamd.ts';
import type { ENIWanted, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import {
  dropFromExcluded,
  hasDeletableENI,
  keepTargetsOf,
  shouldSkipDataStorePoolDecrease,
  tryFreeENI,
  tryUnassignCidrsFromAll,
} from './decrease.ts';
import { isDeletableENI } from './deletable-eni.ts';
import { assignAddress } from './pod-addresses.ts';
import { addNetwork, delNetwork } from './pod-network.ts';
import { datastoreTargetState } from './targets.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true' };
const IN_USE = ['eni-1', 'eni-2'] as const;

function trimmed(wanted: IpamdWanted) {
  const ipamd = anIpamd(wanted);
  const calls = drive(ipamd, tryUnassignCidrsFromAll(ipamd, storeAt(ipamd)), obligingAnswers(ipamd)).map(told);
  return { ipamd, store: storeAt(ipamd), calls };
}

describe('trimming', () => {
  it('gives back the one address over the target, and then no more (TestDecreaseIPPool)', () => {
    const env = { WARM_IP_TARGET: '1' };
    const enis = [
      { id: 'eni-1', isPrimary: true, addresses: 2 },
      { id: 'eni-2', addresses: 2 },
    ];
    const { ipamd, store, calls } = trimmed({ env, enis, pods: 2 });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^Unassign eni-[12] 1 ip$/);
    expect(datastoreTargetState(ipamd, store)).toEqual({ short: 0, over: 0 });
    expect(drive(ipamd, tryUnassignCidrsFromAll(ipamd, store), obligingAnswers(ipamd))).toEqual([]);
  });

  it('walks on to other ENIs until enough has gone, one call each', () => {
    const enis = [
      { id: 'eni-1', isPrimary: true, addresses: 3 },
      { id: 'eni-2', addresses: 3 },
    ];
    const { store, calls } = trimmed({ env: { MINIMUM_IP_TARGET: '1' }, enis });
    expect(calls.toSorted()).toEqual(expect.arrayContaining([expect.stringMatching(/^Unassign eni-[12] 3 ip$/)]));
    expect(calls).toHaveLength(2);
    expect(store.unassigned).toBe(1);
  });

  it('gives back free prefixes over the prefix target, and keeps those with pods', () => {
    const env = { ...PREFIXES, WARM_PREFIX_TARGET: '1' };
    const { store, calls } = trimmed({ env, enis: [{ id: 'eni-1', isPrimary: true, prefixes: 4 }], pods: 1 });
    expect(calls).toEqual(['Unassign eni-1 2 prefix']);
    expect(store.allocatedPrefix).toBe(2);
  });

  it('counts leftovers of the other kind against what is too much', () => {
    const env = { ...PREFIXES, WARM_PREFIX_TARGET: '1' };
    const { store, calls } = trimmed({ env, enis: [{ id: 'eni-1', isPrimary: true, prefixes: 2, addresses: 5 }] });
    expect(calls).toHaveLength(1);
    expect(store.enis[0]?.byKey.size).toBe(6);
  });

  it('remembers what it gave back for a minute, so that stale metadata does not bring it back', () => {
    const { ipamd } = trimmed({
      env: { MINIMUM_IP_TARGET: '2' },
      enis: [{ id: 'eni-1', isPrimary: true, addresses: 3 }],
    });
    expect([...ipamd.reconcileCooldownCache.values()]).toEqual([60_000]);
  });

  it('ends when pods take what is left during a call', () => {
    const enis = IN_USE.map((id) => ({ id, isPrimary: id === 'eni-1', addresses: 2 }));
    const ipamd = anIpamd({ env: { MINIMUM_IP_TARGET: '1' }, enis });
    const store = storeAt(ipamd);
    const calls = drive(ipamd, tryUnassignCidrsFromAll(ipamd, store), () => {
      for (const pod of ['a', 'b']) addNetwork(ipamd, pod);
      return { ok: true };
    });
    expect(calls).toHaveLength(1);
    expect(store.podCidrs.size).toBe(2);
  });

  it('comes at most every thirty seconds, the thirtieth included', () => {
    const ipamd = anIpamd({});
    expect(shouldSkipDataStorePoolDecrease(ipamd)).toBe(false);
    ipamd.lastDecreaseIPPool = 0;
    ipamd.nowMs = 30_000;
    expect(shouldSkipDataStorePoolDecrease(ipamd)).toBe(true);
    ipamd.nowMs = 30_001;
    expect(shouldSkipDataStorePoolDecrease(ipamd)).toBe(false);
  });
});

/** Ids of the ENIs that could be freed under (w, m, WP). */
function deletable(enis: readonly ENIWanted[], [warmIP, minimumIP, warmPrefix]: readonly number[], pods: number) {
  const ipamd = anIpamd({ enis, pods });
  const store = storeAt(ipamd);
  const targets = { warmIP: warmIP ?? 0, minimumIP: minimumIP ?? 0, warmPrefix: warmPrefix ?? 0 };
  return store.enis.filter((eni) => isDeletableENI(store, eni, targets, 0)).map((eni) => eni.id);
}

describe('which ENI may go (TestWarmENIInteractions)', () => {
  const primary = { id: 'eni-1', isPrimary: true, addresses: 2 };
  const three = [primary, { id: 'eni-2', addresses: 2 }, { id: 'eni-3', addresses: 1 }];
  // Upstream's two pods sit on the primary.
  const onPrimary = (enis: readonly ENIWanted[], [warmIP = 0, minimumIP = 0, warmPrefix = 0]: readonly number[]) => {
    const ipamd = anIpamd({ enis });
    const store = storeAt(ipamd);
    for (const cidr of eniAt(ipamd, 'eni-1').byKey.values()) assignAddress(store, cidr, 0, `pod-${cidr.first}`, 0);
    const targets = { warmIP, minimumIP, warmPrefix };
    return store.enis.filter((eni) => isDeletableENI(store, eni, targets, 0)).map((eni) => eni.id);
  };

  it.each([
    [[3, 1, 0], []],
    [[1, 5, 0], []],
    [[2, 4, 0], ['eni-3']],
  ])('of five addresses on three ENIs under %j: %j', (targets, ids) => {
    expect(onPrimary(three, targets)).toEqual(ids);
  });

  it.each([
    [[0, 3, 0], []],
    [[0, 2, 0], ['eni-2']],
  ])('of four addresses on two ENIs under %j: %j', (targets, ids) => {
    expect(onPrimary(three.slice(0, 2), targets)).toEqual(ids);
  });

  it('never a trunk nor an EFA one, but one without addresses', () => {
    const special = [primary, { id: 'eni-4', addresses: 1, isTrunk: true }, { id: 'eni-5', addresses: 1, isEFA: true }];
    expect(onPrimary(special, [0, 2, 0])).toEqual([]);
    expect(onPrimary([...special, { id: 'eni-6' }], [0, 2, 0])).toEqual(['eni-6']);
  });

  it('none that is younger than a minute', () => {
    const young = (createTimeMs: number) => [primary, { id: 'eni-2', addresses: 1, createTimeMs }];
    expect(deletable(young(-59_999), [0, 0, 0], 0)).toEqual([]);
    expect(deletable(young(-60_000), [0, 0, 0], 0)).toEqual(['eni-2']);
  });

  it('none with an address in cool-down, the thirtieth second included', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-2', addresses: 1 }], pods: 1 });
    const store = storeAt(ipamd);
    delNetwork(ipamd, 'pod-0');
    const targets = { warmIP: 0, minimumIP: 0, warmPrefix: 0 };
    expect(isDeletableENI(store, eniAt(ipamd, 'eni-2'), targets, 30_000)).toBe(false);
    expect(isDeletableENI(store, eniAt(ipamd, 'eni-2'), targets, 30_001)).toBe(true);
  });

  it('in prefix mode needs as many free CIDRs elsewhere as the targets say, for WARM_PREFIX_TARGET of any kind', () => {
    const enis = (elsewhere: Partial<ENIWanted>) => [
      { id: 'eni-1', isPrimary: true, ...elsewhere },
      { id: 'eni-2', prefixes: 1 },
    ];
    const mayGo = (elsewhere: Partial<ENIWanted>, warmPrefix: number, minimumIP = 0, warmIP = 0) => {
      const ipamd = anIpamd({ env: PREFIXES, enis: enis(elsewhere) });
      return isDeletableENI(storeAt(ipamd), eniAt(ipamd, 'eni-2'), { warmIP, minimumIP, warmPrefix }, 0);
    };
    expect(mayGo({}, 1)).toBe(false);
    expect(mayGo({ prefixes: 1 }, 1)).toBe(true);
    expect(mayGo({ addresses: 1 }, 1)).toBe(true);
    expect(mayGo({ prefixes: 1 }, 2)).toBe(false);
    expect(mayGo({ prefixes: 1 }, 0, 16)).toBe(true);
    expect(mayGo({ prefixes: 1 }, 0, 17)).toBe(false);
    expect(mayGo({ prefixes: 1 }, 0, 0, 16)).toBe(true);
    expect(mayGo({ prefixes: 1 }, 0, 0, 17)).toBe(false);
    expect(mayGo({ prefixes: 1, isExcluded: true }, 0, 1)).toBe(false);
  });
});

describe('WARM_PREFIX_TARGET outside prefix mode', () => {
  it('keeps no ENI, though the manifest sets it to 1', () => {
    const enis = [
      { id: 'eni-1', isPrimary: true },
      { id: 'eni-2', addresses: 1 },
    ];
    expect(deletable(enis, [0, 0, 1], 0)).toEqual(['eni-2']);
  });
});

describe('freeing an ENI', () => {
  const enis = IN_USE.map((id) => ({ id, isPrimary: id === 'eni-1', addresses: 1 }));

  it('takes a describe, a detach, two seconds and a delete (TestTryFreeENI_DeletesPrimaryIPEntry)', () => {
    const ipamd = anIpamd({ env: { WARM_ENI_TARGET: '0' }, enis });
    for (const id of IN_USE) ipamd.primaryIP.set(id, 1);
    const calls = drive(ipamd, tryFreeENI(ipamd, storeAt(ipamd)), obligingAnswers(ipamd)).map(told);
    expect(calls).toEqual([
      'DescribeNetworkInterfaces eni-2',
      'DetachNetworkInterface eni-2',
      'DeleteNetworkInterface eni-2',
    ]);
    expect(ipamd.nowMs).toBe(2000);
    expect([...ipamd.primaryIP.keys()]).toEqual(['eni-1']);
    expect(storeAt(ipamd).enis.map((eni) => eni.id)).toEqual(['eni-1']);
  });

  it('leaves the store even when EC2 does not answer', () => {
    const ipamd = anIpamd({ env: { WARM_ENI_TARGET: '0' }, enis });
    ipamd.primaryIP.set('eni-2', 1);
    const answers = failing(obligingAnswers(ipamd), { DescribeNetworkInterfaces: 'RequestLimitExceeded' });
    expect(drive(ipamd, tryFreeENI(ipamd, storeAt(ipamd)), answers)).toHaveLength(1);
    expect(storeAt(ipamd).enis).toHaveLength(1);
    expect(ipamd.primaryIP.has('eni-2')).toBe(true);
  });

  it('tries to detach twelve times, each pause twice the one before, a minute at most', () => {
    const ipamd = anIpamd({ env: { WARM_ENI_TARGET: '0' }, enis });
    const answers = failing(obligingAnswers(ipamd), { DetachNetworkInterface: 'RequestLimitExceeded' });
    expect(drive(ipamd, tryFreeENI(ipamd, storeAt(ipamd)), answers)).toHaveLength(1 + 12);
    // 0.2 + 0.4 + ... + 51.2 s, two of a minute, and up to 15 % more.
    expect(ipamd.nowMs).toBeGreaterThanOrEqual(102_200 + 120_000);
    expect(ipamd.nowMs).toBeLessThanOrEqual(1.15 * (102_200 + 120_000));
  });

  it('does not happen when none may go', () => {
    const ipamd = anIpamd({ env: { WARM_ENI_TARGET: '0' }, enis: enis.slice(0, 1) });
    expect(hasDeletableENI(ipamd, storeAt(ipamd))).toBe(false);
    expect(drive(ipamd, tryFreeENI(ipamd, storeAt(ipamd)), obligingAnswers(ipamd))).toEqual([]);
    expect(storeAt(ipamd).enis).toHaveLength(1);
  });

  it('goes by one address on cards above 0, and by the targets on card 0', () => {
    const env = { ENABLE_MULTI_NIC: 'true', WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '6', WARM_PREFIX_TARGET: '2' };
    const ipamd = anIpamd({ env, networkCards: 2 });
    expect(keepTargetsOf(ipamd, storeAt(ipamd, 1))).toEqual({ warmIP: 1, minimumIP: 1, warmPrefix: 2 });
    expect(keepTargetsOf(ipamd, storeAt(ipamd))).toMatchObject({ warmIP: 5, minimumIP: 6, warmPrefix: 2 });
  });

  it('does not happen on a cordoned node', () => {
    const cordoned = anIpamd({ env: { WARM_ENI_TARGET: '0' }, enis, unschedulable: true });
    expect(hasDeletableENI(cordoned, storeAt(cordoned))).toBe(false);
    cordoned.unschedulable = false;
    expect(hasDeletableENI(cordoned, storeAt(cordoned))).toBe(true);
  });
});

describe('at start, an ENI in an excluded subnet', () => {
  const enis: readonly ENIWanted[] = [
    { id: 'eni-1', isPrimary: true, addresses: 2, prefixes: 2, isExcluded: true },
    { id: 'eni-2', addresses: 2, prefixes: 2 },
    { id: 'eni-3', addresses: 3, prefixes: 3, isExcluded: true },
  ];

  it.each([
    [{}, ['Unassign eni-1 2 ip', 'Unassign eni-3 3 ip']],
    [PREFIXES, ['Unassign eni-1 2 prefix', 'Unassign eni-3 3 prefix']],
  ])('gives back what is unused of the current kind, with %j', (env, wanted) => {
    const ipamd = anIpamd({ env, enis });
    const calls = drive(ipamd, dropFromExcluded(ipamd, storeAt(ipamd)), obligingAnswers(ipamd)).map(told);
    expect(calls.toSorted()).toEqual(wanted);
    expect(storeAt(ipamd).enis.map((eni) => eni.byKey.size)).toEqual([2, 4, 3]);
  });
});
