import { describe, expect, it } from 'vitest';
import { anIpamd, storeAt } from '../../../test/support/an-ipamd.ts';
import type { DescribedENI } from '../ec2-calls.ts';
import { fromEnv } from '../warm-settings.ts';
import { changesOf, getMaxENI, hasTrunkENI, newIpamd, setUnschedulable, storeOf, structureOf } from './process.ts';
import type { IpamdOptions } from './process.ts';

const shown = (eni: string, device: number, more: Partial<DescribedENI> = {}): DescribedENI => ({
  eni,
  device,
  subnet: `subnet-of-${eni}`,
  own: 1,
  addresses: [],
  prefixes: [],
  ...more,
});

function started(env: Readonly<Record<string, string>>, more: Partial<IpamdOptions> = {}) {
  return newIpamd({
    shape: { instanceType: 'x', maxENIs: 4, ipv4PerENI: 15, prefixCapable: true, maxPods: 58 },
    settings: fromEnv({ ENABLE_IPv4: 'true', ...env }).settings,
    choices: anIpamd().choices,
    metadata: () => [shown('eni-1', 0)],
    nowMs: 7000,
    random: () => 0,
    ...more,
  });
}

describe('a process at its start', () => {
  it('knows nothing yet, and has done nothing', () => {
    const ipamd = started({});
    expect(ipamd).toMatchObject({
      phase: 'init',
      failure: undefined,
      restored: false,
      requests: 0,
      unschedulable: false,
      instanceId: '',
      podSubnet: undefined,
      lastNodeIPPoolAction: -Infinity,
      lastInsufficientCidrError: -Infinity,
      lastDecreaseIPPool: -Infinity,
      unmanagedENI: [0],
      emptyCidrs: [],
    });
    expect(ipamd.rest).toEqual({
      napFromMs: 7000,
      poolNext: true,
      poolChanges: -1,
      poolUntilMs: 7000,
      syncedStructure: -1,
      syncedMetadata: undefined,
    });
    expect(ipamd.checkpoint()).toEqual([]);
    expect([ipamd.unmanagedENIs.size, ipamd.primaryIP.size, ipamd.reconcileCooldownCache.size]).toEqual([0, 0, 0]);
  });

  it('counts in addresses, or sixteen a slot in prefix mode where the type can', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1', IP_COOLDOWN_PERIOD: '5' };
    expect(started({})).toMatchObject({ slotsPerENI: 14, maxIPsPerENI: 14, enablePrefixDelegation: false });
    expect(started(env)).toMatchObject({ slotsPerENI: 14, maxIPsPerENI: 224, enablePrefixDelegation: true });
    expect(storeAt(started(env))).toMatchObject({ networkCard: 0, isPDEnabled: true, ipCooldownMs: 5000 });
    const old = { instanceType: 'x', maxENIs: 4, ipv4PerENI: 15, prefixCapable: false, maxPods: 58 };
    expect(started(env, { shape: old })).toMatchObject({ maxIPsPerENI: 14, enablePrefixDelegation: false });
  });

  it('takes the primary from the metadata: device 0 of card 0', () => {
    const enis = [shown('eni-3', 1), shown('eni-2', 0, { networkCard: 1 }), shown('eni-1', 0, { networkCard: 0 })];
    expect(started({}, { metadata: () => enis })).toMatchObject({
      primaryENI: 'eni-1',
      primarySubnet: 'subnet-of-eni-1',
    });
    expect(started({}, { metadata: () => [] })).toMatchObject({ primaryENI: '', primarySubnet: '' });
  });

  it('has a store for each network card with ENABLE_MULTI_NIC, else for the default one', () => {
    const multi = { ENABLE_MULTI_NIC: 'true' };
    const cards = (ipamd: ReturnType<typeof started>) => ipamd.stores.map((store) => store.networkCard);
    expect(cards(started(multi, { networkCards: 3 }))).toEqual([0, 1, 2]);
    expect(started(multi, { networkCards: 3 }).unmanagedENI).toEqual([0, 0, 0]);
    expect(cards(started(multi))).toEqual([0]);
    expect(cards(started({}, { networkCards: 3 }))).toEqual([0]);
    const ipamd = started(multi, { networkCards: 2 });
    expect([storeOf(ipamd, 1), storeOf(ipamd, 2)]).toEqual([ipamd.stores[1], undefined]);
  });

  it('takes what it is told', () => {
    const pods = [{ pod: 'a', address: 1, eni: 'eni-1' }];
    const ipamd = started({}, { podSubnet: 's', checkpoint: () => pods, unschedulable: true, instanceId: 'i-1' });
    expect(ipamd).toMatchObject({ podSubnet: 's', unschedulable: true, instanceId: 'i-1' });
    expect(ipamd.checkpoint()).toEqual(pods);
  });
});

it.each([
  [-1, 4],
  [0, 4],
  [1, 1],
  [3, 3],
  [4, 4],
  [5, 4],
])('MAX_ENI=%i on a type with four ENIs allows %i', (setting, enis) => {
  expect(getMaxENI(setting, 4)).toBe(enis);
});

it('a trunk counts on the default network card', () => {
  const cards = { env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 };
  expect(hasTrunkENI(anIpamd({ enis: [{ id: 'eni-1' }, { id: 'eni-2', isTrunk: true }] }))).toBe(true);
  expect(hasTrunkENI(anIpamd({ enis: [{ id: 'eni-1' }] }))).toBe(false);
  expect(hasTrunkENI(anIpamd({ ...cards, enis: [{ id: 'eni-2', isTrunk: true, networkCard: 1 }] }))).toBe(false);
});

it('changes are counted over all stores', () => {
  const ipamd = anIpamd({ env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 });
  Object.assign(storeAt(ipamd, 0), { changes: 3, structure: 1 });
  Object.assign(storeAt(ipamd, 1), { changes: 4, structure: 2 });
  expect([changesOf(ipamd), structureOf(ipamd)]).toEqual([7, 3]);
});

it('the taint that comes or goes has the pool looked at anew', () => {
  const ipamd = anIpamd();
  ipamd.rest.poolChanges = 5;
  setUnschedulable(ipamd, true);
  expect([ipamd.unschedulable, ipamd.rest.poolChanges]).toEqual([true, -1]);
  setUnschedulable(ipamd, false);
  expect(ipamd.unschedulable).toBe(false);
});
