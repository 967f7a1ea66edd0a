import { describe, expect, it } from 'vitest';
import { anIpamd, storeAt } from '../../../test/support/an-ipamd.ts';
import type { ENIWanted, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import { fromEnv, targetMode, warmIPTargetsDefined } from '../warm-settings.ts';
import { getIPStats } from './statistics.ts';
import {
  datastoreTargetState,
  getENIResourcesToAllocate,
  getPrefixesNeeded,
  isDatastorePoolTooHigh,
  isDatastorePoolTooLow,
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
