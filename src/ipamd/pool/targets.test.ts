import { describe, expect, it } from 'vitest';
import { anIpamd, storeAt } from '../../../test/support/an-ipamd.ts';
import type { ENIWanted, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import { fromEnv, targetMode, warmIPTargetsDefined } from '../warm-settings.ts';
import { getIPStats } from './statistics.ts';
import {
  containsInsufficientCIDRsOrSubnetIPs,
  datastoreTargetState,
  getENIResourcesToAllocate,
  getPrefixesNeeded,
  hasRoomForEni,
  inInsufficientCidrCoolingPeriod,
  isDatastorePoolTooHigh,
  isDatastorePoolTooLow,
  isENIAttachmentAllowed,
  shouldRemoveExtraENIs,
  warmPrefixTargetDefined,
} from './targets.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true' };
const primary = (wanted: Partial<ENIWanted>): ENIWanted => ({ id: 'eni-1', isPrimary: true, ...wanted });

function stateOf(wanted: IpamdWanted) {
  const ipamd = anIpamd(wanted);
  return datastoreTargetState(ipamd, storeAt(ipamd));
}

function isLow(wanted: IpamdWanted): boolean {
  const ipamd = anIpamd(wanted);
  return isDatastorePoolTooLow(ipamd, storeAt(ipamd), getIPStats(storeAt(ipamd)));
}

function isHigh(wanted: IpamdWanted): boolean {
  const ipamd = anIpamd(wanted);
  return isDatastorePoolTooHigh(ipamd, storeAt(ipamd), getIPStats(storeAt(ipamd)));
}

function isExtra(wanted: IpamdWanted): boolean {
  const ipamd = anIpamd(wanted);
  return shouldRemoveExtraENIs(ipamd, storeAt(ipamd), getIPStats(storeAt(ipamd)));
}

describe('the target state in addresses (TestGetWarmIPTargetState)', () => {
  it('is not there without an IP target', () => {
    expect(stateOf({ enis: [primary({ addresses: 2 })] })).toBeUndefined();
  });

  it.each([
    [0, { short: 5, over: 0 }],
    [2, { short: 3, over: 0 }],
    [5, { short: 0, over: 0 }],
    [8, { short: 0, over: 3 }],
  ])('with WARM_IP_TARGET=5 and %i addresses is %j', (addresses, state) => {
    expect(stateOf({ env: { WARM_IP_TARGET: '5' }, enis: [primary({ addresses })] })).toEqual(state);
  });

  it.each([
    ['is short of the minimum though enough are free', '2', '10', 5, 0, { short: 5, over: 0 }],
    ['never trims below the minimum', '2', '10', 12, 1, { short: 0, over: 2 }],
    ['trims to the warm target above the minimum', '2', '3', 12, 4, { short: 0, over: 6 }],
    ['lets either target ask for more', '5', '10', 9, 7, { short: 3, over: 0 }],
    ['without a warm target trims down to the minimum', '0', '4', 9, 2, { short: 0, over: 5 }],
  ])('%s', (...[, warm, minimum, addresses, pods, state]) => {
    const env = { WARM_IP_TARGET: warm, MINIMUM_IP_TARGET: minimum };
    expect(stateOf({ env, enis: [primary({ addresses })], pods })).toEqual(state);
  });
});

describe('the target state in prefixes (TestGetWarmIPTargetStateWithPDenabled)', () => {
  const env = { ...PREFIXES, WARM_IP_TARGET: '5' };

  it('is not there without an IP target', () => {
    expect(stateOf({ env: PREFIXES, enis: [primary({ prefixes: 1 })] })).toBeUndefined();
  });

  it.each([
    [0, 0, { short: 1, over: 0 }],
    [2, 0, { short: 0, over: 1 }],
    [1, 0, { short: 0, over: 0 }],
    [1, 12, { short: 1, over: 0 }],
    [4, 1, { short: 0, over: 3 }],
  ])('with WARM_IP_TARGET=5, %i prefixes and %i pods is %j', (prefixes, pods, state) => {
    expect(stateOf({ env, enis: [primary({ prefixes }), { id: 'eni-2' }], pods })).toEqual(state);
  });

  it('keeps as many whole prefixes as the minimum needs', () => {
    const minimum = { ...PREFIXES, MINIMUM_IP_TARGET: '33' };
    expect(stateOf({ env: minimum, enis: [primary({ prefixes: 5 })] })).toEqual({ short: 0, over: 2 });
    expect(stateOf({ env: minimum, enis: [primary({ prefixes: 1 })] })).toEqual({ short: 2, over: 0 });
  });

  it('counts only prefixes without pods as too many', () => {
    const ipamd = anIpamd({ env, enis: [primary({ prefixes: 1 }), { id: 'eni-2', prefixes: 1 }], pods: 17 });
    expect(datastoreTargetState(ipamd, storeAt(ipamd))).toEqual({ short: 0, over: 0 });
  });
});

describe('the pool is too low in secondary mode (TestIPAMContext_nodeIPPoolTooLow)', () => {
  // m5.large has 9 slots and m5.xlarge 14; upstream's cases with 3 slots are a t3.small.
  const small = (
    addresses: number,
    pods: number,
    env: Readonly<Record<string, string>>,
    maxPods = 500,
  ): IpamdWanted => ({
    instanceType: 't3.small',
    env,
    maxPods,
    enis: [primary({ addresses })],
    pods,
  });

  it.each<[string, IpamdWanted, boolean]>([
    ['empty, all defaults', { env: { WARM_ENI_TARGET: '1' } }, true],
    ['empty, no warm ENI', { env: { WARM_ENI_TARGET: '0' } }, true],
    ['empty, three warm IPs', { env: { WARM_ENI_TARGET: '0', WARM_IP_TARGET: '3' } }, true],
    ['three unused, one warm IP', small(3, 0, { WARM_ENI_TARGET: '1', WARM_IP_TARGET: '1' }), false],
    ['one used of three, one warm ENI', small(3, 1, { WARM_ENI_TARGET: '1' }), true],
    ['one used of three, no warm ENI', small(3, 1, { WARM_ENI_TARGET: '0' }), false],
    ['three used, one warm ENI', small(3, 3, { WARM_ENI_TARGET: '1' }), true],
    ['three used, no warm ENI', small(3, 3, { WARM_ENI_TARGET: '0' }), true],
    ['max pods reached', small(3, 3, { WARM_IP_TARGET: '5' }, 3), false],
    ['one below max pods', small(3, 3, { WARM_IP_TARGET: '5' }, 4), true],
    ['three unused, one warm ENI', small(3, 0, { WARM_ENI_TARGET: '1' }), false],
  ])('%s: %#', (_, wanted, low) => {
    expect(isLow(wanted)).toBe(low);
  });

  it('only an excluded primary, two warm ENIs; then one and two ENIs of ten (WarmTargetWithExcludedPrimary)', () => {
    const env = { WARM_ENI_TARGET: '2' };
    const excluded = primary({ isExcluded: true, addresses: 3 });
    const first = { id: 'eni-2', addresses: 14 };
    expect(isLow({ env, enis: [excluded] })).toBe(true);
    expect(isLow({ env, enis: [excluded, first] })).toBe(true);
    expect(isLow({ env, enis: [excluded, first, { id: 'eni-3', addresses: 14 }] })).toBe(false);
  });
});

describe('the pool is too low in prefix mode (TestIPAMContext_nodePrefixPoolTooLow)', () => {
  it.each([
    ['empty, one warm prefix', '1', 0, 0, 500, true],
    ['empty, no warm prefix', '0', 0, 0, 500, true],
    ['one unused prefix, one warm', '1', 1, 0, 500, false],
    ['one used address, one warm', '1', 1, 1, 500, true],
    ['one used address, none warm', '0', 1, 1, 500, false],
    ['three used addresses, one warm', '1', 1, 3, 500, true],
    ['three used addresses, none warm', '0', 1, 3, 500, false],
    ['sixteen used addresses, none warm', '0', 1, 16, 500, true],
    ['max pods passed', '1', 1, 3, 4, false],
    ['two used prefixes leave sixteen addresses, one warm', '1', 2, 16, 500, false],
  ])('%s', (...[, target, prefixes, pods, maxPods, low]) => {
    const env = { ...PREFIXES, WARM_PREFIX_TARGET: target };
    expect(isLow({ env, maxPods, enis: [primary({ prefixes })], pods })).toBe(low);
  });
});

describe('the pool is too high', () => {
  it('never in ENI mode', () => {
    expect(isHigh({ env: { WARM_ENI_TARGET: '0' }, enis: [primary({ addresses: 14 })] })).toBe(false);
  });

  it('by one address over the IP targets', () => {
    const enis = [primary({ addresses: 6 })];
    expect(isHigh({ env: { WARM_IP_TARGET: '6' }, enis })).toBe(false);
    expect(isHigh({ env: { WARM_IP_TARGET: '5' }, enis })).toBe(true);
  });

  it('by one free prefix over the prefix target', () => {
    const enis = [primary({ prefixes: 2 })];
    expect(isHigh({ env: { ...PREFIXES, WARM_PREFIX_TARGET: '2' }, enis })).toBe(false);
    expect(isHigh({ env: { ...PREFIXES, WARM_PREFIX_TARGET: '1' }, enis })).toBe(true);
  });
});

describe('which targets count', () => {
  it.each([
    [0, 0, false],
    [5, 0, true],
    [0, 10, true],
    [5, 10, true],
  ])('IP targets of %i and %i are defined: %s (TestIPAMContext_WarmIPTargetsDefined)', (warmIP, minimumIP, defined) => {
    expect(warmIPTargetsDefined({ warmIP, minimumIP })).toBe(defined);
  });

  it.each([
    ['0', 'false', false],
    ['1', 'true', true],
    ['1', 'false', false],
    // Upstream tests ">= 0": none is a target too.
    ['0', 'true', true],
  ])('a prefix target of %s with prefix mode %s is defined: %s', (target, mode, defined) => {
    const env = { WARM_PREFIX_TARGET: target, ENABLE_PREFIX_DELEGATION: mode };
    expect(warmPrefixTargetDefined(anIpamd({ env }))).toBe(defined);
  });

  it('prefix mode is silently off on a type that cannot', () => {
    const { settings } = fromEnv({ ENABLE_PREFIX_DELEGATION: 'true' });
    expect(targetMode(settings, true)).toBe('prefix');
    expect(targetMode(settings, false)).toBe('eni');
    expect(targetMode({ ...settings, minimumIP: 1 }, true)).toBe('ip');
    expect(anIpamd({ env: PREFIXES, instanceType: 'm4.4xlarge' }).enablePrefixDelegation).toBe(false);
  });
});

describe('how much is asked for', () => {
  const needed = (wanted: IpamdWanted): readonly [number, number] => {
    const ipamd = anIpamd(wanted);
    return [getPrefixesNeeded(ipamd, storeAt(ipamd)), getENIResourcesToAllocate(ipamd, storeAt(ipamd))];
  };

  it('prefixes: the target less the free ones, at least one, at most what an ENI takes', () => {
    const env = { ...PREFIXES, WARM_PREFIX_TARGET: '3' };
    expect(needed({ env, enis: [primary({ prefixes: 1 })] })).toEqual([2, 2]);
    expect(needed({ env, enis: [primary({ prefixes: 3 })] })).toEqual([1, 1]);
    expect(needed({ env: { ...PREFIXES, WARM_PREFIX_TARGET: '20' } })).toEqual([20, 14]);
    expect(needed({ env: { ...PREFIXES, MINIMUM_IP_TARGET: '50' } })).toEqual([4, 4]);
  });

  it('addresses: what is short of the IP targets, or a whole ENI', () => {
    expect(needed({ env: { WARM_IP_TARGET: '3' } })[1]).toBe(3);
    expect(needed({ env: { WARM_IP_TARGET: '30' } })[1]).toBe(14);
    expect(needed({ env: { WARM_IP_TARGET: '3' }, enis: [primary({ addresses: 3 })] })[1]).toBe(0);
    expect(needed({})[1]).toBe(14);
  });
});

describe('room for another ENI', () => {
  const hasRoom = (wanted: IpamdWanted): boolean => {
    const ipamd = anIpamd(wanted);
    return hasRoomForEni(ipamd, storeAt(ipamd));
  };
  const three = [primary({}), { id: 'eni-2' }, { id: 'eni-3' }];

  it('is below the limit of the type, or below MAX_ENI', () => {
    expect(hasRoom({ enis: three })).toBe(true);
    expect(hasRoom({ enis: [...three, { id: 'eni-4' }] })).toBe(false);
    expect(hasRoom({ enis: three, env: { MAX_ENI: '3' } })).toBe(false);
    expect(hasRoom({ enis: three, env: { MAX_ENI: '9' } })).toBe(true);
  });

  it('keeps a slot for the trunk until it is there, where the type takes one', () => {
    const env = { ENABLE_POD_ENI: 'true' };
    expect(hasRoom({ enis: three, env })).toBe(false);
    expect(hasRoom({ enis: [...three.slice(0, 2), { id: 'eni-3', isTrunk: true }], env })).toBe(true);
    const t3 = { env, instanceType: 't3.xlarge' };
    expect(hasRoom({ ...t3, enis: three })).toBe(true);
  });

  it('counts ENIs that are not managed', () => {
    const ipamd = anIpamd({ enis: three });
    ipamd.unmanagedENI[0] = 1;
    expect(hasRoomForEni(ipamd, storeAt(ipamd))).toBe(false);
  });
});

describe('there may be ENIs too many', () => {
  const two = (addresses: number): readonly ENIWanted[] => [primary({ addresses: 14 }), { id: 'eni-2', addresses }];

  it('in ENI mode from one more whole ENI than the target on', () => {
    expect(isExtra({ env: { WARM_ENI_TARGET: '1' }, enis: two(14) })).toBe(true);
    expect(isExtra({ env: { WARM_ENI_TARGET: '1' }, enis: two(14), pods: 1 })).toBe(false);
    expect(isExtra({ env: { WARM_ENI_TARGET: '0' }, enis: two(14), pods: 14 })).toBe(true);
  });

  it('with IP targets always', () => {
    expect(isExtra({ env: { MINIMUM_IP_TARGET: '90' }, enis: two(1) })).toBe(true);
  });

  it('in prefix mode as soon as an ENI that may go has no pods (TestDataStore_CheckFreeableENIexists)', () => {
    const env = { ...PREFIXES, WARM_PREFIX_TARGET: '1' };
    expect(isExtra({ env })).toBe(false);
    expect(isExtra({ env, enis: [primary({ prefixes: 1 })] })).toBe(false);
    expect(isExtra({ env, enis: [primary({ prefixes: 1 }), { id: 'eni-2' }] })).toBe(true);
    expect(isExtra({ env, enis: [primary({ prefixes: 1 }), { id: 'eni-2', isTrunk: true }] })).toBe(false);
    expect(isExtra({ env, enis: [primary({ prefixes: 1 }), { id: 'eni-2', isEFA: true }] })).toBe(false);
    expect(isExtra({ env, enis: [primary({}), { id: 'eni-2', prefixes: 1 }], pods: 1 })).toBe(false);
  });
});

describe('gates', () => {
  it('a cordoned node attaches nothing, unless told to', () => {
    expect(isENIAttachmentAllowed(anIpamd({}))).toBe(true);
    expect(isENIAttachmentAllowed(anIpamd({ unschedulable: true }))).toBe(false);
    const env = { AWS_MANAGE_ENIS_NON_SCHEDULABLE: 'true' };
    expect(isENIAttachmentAllowed(anIpamd({ unschedulable: true, env }))).toBe(true);
  });

  it.each([
    [undefined, false],
    [30_000, true],
    [120_000, true],
    [120_001, false],
  ])('a shortage %s ms ago stops growth: %s (TestIPAMContext_InInsufficientCidrCoolingPeriod)', (agoMs, stops) => {
    const ipamd = anIpamd({});
    if (agoMs !== undefined) ipamd.lastInsufficientCidrError = ipamd.nowMs - agoMs;
    expect(inInsufficientCidrCoolingPeriod(ipamd)).toBe(stops);
  });

  it.each([
    [undefined, false],
    ['InsufficientCidrBlocks', true],
    ['InsufficientFreeAddressesInSubnet', true],
    ['RequestLimitExceeded', false],
  ])('%s counts as a shortage: %s (TestContainsInsufficientCIDRsOrSubnetIPs)', (code, counts) => {
    expect(containsInsufficientCIDRsOrSubnetIPs(code)).toBe(counts);
  });
});

describe('a network card above 0 (unproven against recordings)', () => {
  const onCard = (env: Readonly<Record<string, string>>, enis: readonly ENIWanted[]) => {
    const ipamd = anIpamd({ env: { ENABLE_MULTI_NIC: 'true', ...env }, networkCards: 2, enis });
    return { ipamd, store: storeAt(ipamd, 1) };
  };
  const second = (wanted: Partial<ENIWanted>): ENIWanted => ({ id: 'eni-2', networkCard: 1, ...wanted });

  it('has fixed targets of one, in addresses even in prefix mode', () => {
    const { ipamd, store } = onCard({ ...PREFIXES, WARM_IP_TARGET: '40' }, [primary({}), second({ prefixes: 1 })]);
    expect(datastoreTargetState(ipamd, store)).toEqual({ short: 0, over: 15 });
    const plain = onCard({ WARM_IP_TARGET: '40' }, [primary({}), second({})]);
    expect(datastoreTargetState(plain.ipamd, plain.store)).toEqual({ short: 1, over: 0 });
  });

  it('may always have ENIs too many, and keeps no slot for a trunk', () => {
    const { ipamd, store } = onCard({ ENABLE_POD_ENI: 'true', WARM_ENI_TARGET: '1' }, [
      primary({}),
      ...[2, 3, 4].map((number) => second({ id: `eni-${number}`, addresses: 1 })),
    ]);
    expect(shouldRemoveExtraENIs(ipamd, store, getIPStats(store))).toBe(true);
    expect(hasRoomForEni(ipamd, store)).toBe(true);
  });
});
