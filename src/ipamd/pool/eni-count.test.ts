/** How many ENIs there may be: the second half of what targets.ts decides. */
import { describe, expect, it } from 'vitest';
import { anIpamd, storeAt } from '../../../test/support/an-ipamd.ts';
import type { ENIWanted, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import { getIPStats } from './statistics.ts';
import {
  containsInsufficientCIDRsOrSubnetIPs,
  datastoreTargetState,
  hasRoomForEni,
  inInsufficientCidrCoolingPeriod,
  isENIAttachmentAllowed,
  shouldRemoveExtraENIs,
} from './targets.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true' };
const primary = (wanted: Partial<ENIWanted>): ENIWanted => ({ id: 'eni-1', isPrimary: true, ...wanted });

function isExtra(wanted: IpamdWanted): boolean {
  const ipamd = anIpamd(wanted);
  return shouldRemoveExtraENIs(ipamd, storeAt(ipamd), getIPStats(storeAt(ipamd)));
}

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
