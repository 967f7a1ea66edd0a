import { describe, expect, it } from 'vitest';
import { anIpamd, drive, failing, obligingAnswers, storeAt, told } from '../../../test/support/an-ipamd.ts';
import type { IpamdWanted } from '../../../test/support/an-ipamd.ts';
import { increaseDatastorePool } from './increase.ts';
import { delNetwork } from './pod-network.ts';

const FULL = 'InsufficientFreeAddressesInSubnet';
const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
const PRIMARY = { id: 'eni-1', isPrimary: true };

/** What a growing pool asks of EC2, describes and the calls around an attach left out. */
function grown(wanted: IpamdWanted, codes: Parameters<typeof failing>[1] = {}) {
  const ipamd = anIpamd(wanted);
  const answers = failing(obligingAnswers(ipamd), codes);
  const calls = drive(ipamd, increaseDatastorePool(ipamd, storeAt(ipamd)), answers).map(told);
  return { ipamd, store: storeAt(ipamd), calls, mutating: calls.filter((call) => /^(Assign|Create )/.test(call)) };
}

describe.each(['true', 'false'])('growth, with a type that takes a trunk: %s', (trunk) => {
  const instanceType = trunk === 'true' ? 'm5.xlarge' : 't3.xlarge';

  it('creates one whole ENI on an empty store (TestIncreaseIPPoolDefault)', () => {
    const { calls, store } = grown({ instanceType: 'm5.xlarge' });
    expect(calls).toEqual([
      'DescribeSubnets',
      'Create subnet-1 14 ip',
      'DescribeInstances',
      'AttachNetworkInterface eni-new-1',
      'ModifyNetworkInterfaceAttribute eni-new-1',
      'DescribeSubnets',
    ]);
    expect(store.unassigned).toBe(14);
  });

  it('creates one prefix on an empty store (TestIncreasePrefixPoolDefault)', () => {
    const { mutating, store } = grown({ instanceType, env: PREFIXES });
    expect(mutating).toEqual(['Create subnet-1 1 prefix']);
    expect(store.unassigned).toBe(16);
  });

  it('asks in the ENIConfig subnet under custom networking (TestIncreaseIPPoolCustomENI)', () => {
    const env = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
    const { mutating } = grown({ instanceType: 'm5.xlarge', env, podSubnet: 'subnet-pods', enis: [PRIMARY] });
    expect(mutating).toEqual(['Create subnet-pods 14 ip']);
    const prefixed = grown({ instanceType, env: { ...env, ...PREFIXES }, podSubnet: 'subnet-pods', enis: [PRIMARY] });
    expect(prefixed.mutating).toEqual(['Create subnet-pods 1 prefix']);
  });

  it('asks nothing on a cordoned node, unless told to (CustomENIOnNonSchedulableNode)', () => {
    expect(grown({ instanceType, unschedulable: true }).calls).toEqual([]);
    const env = { AWS_MANAGE_ENIS_NON_SCHEDULABLE: 'true' };
    expect(grown({ instanceType: 'm5.xlarge', unschedulable: true, env }).mutating).toEqual(['Create subnet-1 14 ip']);
  });
});

describe('an ENI with room', () => {
  it('is filled in one call, and no ENI is created', () => {
    const { mutating, store, ipamd } = grown({ enis: [{ ...PRIMARY, addresses: 4 }], pods: 4 });
    expect(mutating).toEqual(['Assign eni-1 10 ip']);
    expect(store.unassigned).toBe(10);
    expect(ipamd.lastNodeIPPoolAction).toBe(0);
  });

  it('takes no more than the IP targets ask for (TestTryAddIPToENI)', () => {
    expect(grown({ env: { WARM_IP_TARGET: '3' } }).mutating).toEqual(['Create subnet-1 3 ip']);
    expect(grown({ env: { WARM_IP_TARGET: '3' }, enis: [PRIMARY] }).mutating).toEqual(['Assign eni-1 3 ip']);
  });

  it('is asked for one when it cannot give all, then passed over (SubnetDiscoveryUnfilledENI)', () => {
    const { mutating } = grown({ enis: [PRIMARY] }, { AssignPrivateIpAddresses: FULL });
    expect(mutating).toEqual(['Assign eni-1 14 ip', 'Assign eni-1 1 ip', 'Create subnet-1 14 ip']);
    const prefixed = grown({ enis: [PRIMARY], env: PREFIXES }, { AssignPrivateIpAddresses: 'InsufficientCidrBlocks' });
    expect(prefixed.mutating).toEqual(['Assign eni-1 1 prefix', 'Assign eni-1 1 prefix', 'Create subnet-1 1 prefix']);
  });

  it('is not a trunk, an excluded one, or the primary under custom networking', () => {
    expect(grown({ enis: [{ ...PRIMARY, isTrunk: true }] }).mutating).toEqual(['Create subnet-1 14 ip']);
    expect(grown({ enis: [{ ...PRIMARY, isExcluded: true }] }).mutating).toEqual(['Create subnet-1 14 ip']);
  });

  it('that others have filled is read from EC2 instead', () => {
    const { calls } = grown({ enis: [PRIMARY] }, { AssignPrivateIpAddresses: 'PrivateIpAddressLimitExceeded' });
    expect(calls).toEqual(['Assign eni-1 14 ip', 'DescribeNetworkInterfaces eni-1']);
  });

  it.each([
    [{}, 2],
    [PREFIXES, 16],
  ])('that others have filled comes into the store with what EC2 shows, which is growth, with %j', (env, addresses) => {
    const ipamd = anIpamd({ enis: [PRIMARY], env });
    const eni = { eni: 'eni-1', device: 0, subnet: 'subnet-1', own: 1, addresses: [5, 6], prefixes: [32] };
    const calls = drive(ipamd, increaseDatastorePool(ipamd, storeAt(ipamd)), ({ action }) =>
      action === 'DescribeNetworkInterfaces'
        ? { ok: true, described: [eni] }
        : { ok: false, code: 'PrivateIpAddressLimitExceeded' },
    );
    expect(calls).toHaveLength(2);
    expect(storeAt(ipamd).unassigned).toBe(addresses);
    expect(ipamd.lastNodeIPPoolAction).toBe(0);
  });
});

describe('a shortage', () => {
  it('without subnet discovery stops growth for two minutes', () => {
    const env = { ENABLE_SUBNET_DISCOVERY: 'false' };
    const { ipamd, mutating } = grown({ enis: [PRIMARY], env }, { AssignPrivateIpAddresses: FULL });
    expect(mutating).toEqual(['Assign eni-1 14 ip', 'Assign eni-1 1 ip']);
    expect(ipamd.lastInsufficientCidrError).toBe(0);
    ipamd.nowMs = 120_000;
    const answers = obligingAnswers(ipamd);
    expect(drive(ipamd, increaseDatastorePool(ipamd, storeAt(ipamd)), answers)).toEqual([]);
    ipamd.nowMs = 120_001;
    expect(drive(ipamd, increaseDatastorePool(ipamd, storeAt(ipamd)), answers)).not.toEqual([]);
  });

  it('at the creation of an ENI stops growth too', () => {
    expect(grown({}, { CreateNetworkInterface: FULL }).ipamd.lastInsufficientCidrError).toBe(0);
  });

  it.each(['InvalidParameterValue', 'RequestLimitExceeded'])('told as %s does not', (code) => {
    const { ipamd } = grown({}, { CreateNetworkInterface: code });
    expect(ipamd.lastInsufficientCidrError).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is no pool action: neither is a throttled assign, and no ENI is created then', () => {
    const { ipamd, mutating } = grown({ enis: [PRIMARY] }, { AssignPrivateIpAddresses: 'RequestLimitExceeded' });
    expect(mutating).toEqual(['Assign eni-1 14 ip', 'Assign eni-1 1 ip']);
    expect(ipamd.lastNodeIPPoolAction).toBe(Number.NEGATIVE_INFINITY);
  });
});

it('a pod that leaves while an ENI is asked in vain makes another one needless', () => {
  const ipamd = anIpamd({ env: { WARM_IP_TARGET: '1' }, enis: [{ ...PRIMARY, addresses: 1 }], pods: 1 });
  const calls = drive(ipamd, increaseDatastorePool(ipamd, storeAt(ipamd)), () => {
    delNetwork(ipamd, 'pod-0');
    return { ok: false, code: FULL };
  });
  expect(calls.map(told)).toEqual(['Assign eni-1 1 ip', 'Assign eni-1 1 ip']);
  expect(ipamd.lastNodeIPPoolAction).toBe(0);
});

describe('no pool action, so that the reconcile is not put off,', () => {
  it.each(['CreateNetworkInterface', 'AttachNetworkInterface', 'ModifyNetworkInterfaceAttribute'] as const)(
    'is a growth whose %s fails',
    (action) => {
      const { ipamd } = grown({}, { [action]: 'RequestLimitExceeded' });
      expect(ipamd.lastNodeIPPoolAction).toBe(Number.NEGATIVE_INFINITY);
    },
  );

  it('but one that made an ENI is', () => {
    expect(grown({}).ipamd.lastNodeIPPoolAction).toBe(0);
  });
});

describe('an ENI that cannot be finished', () => {
  it('is deleted when it cannot be attached', () => {
    const { calls, store } = grown({}, { AttachNetworkInterface: 'AttachmentLimitExceeded' });
    expect(calls.slice(-2)).toEqual(['AttachNetworkInterface eni-new-1', 'DeleteNetworkInterface eni-new-1']);
    expect(store.enis).toHaveLength(0);
  });

  it('is freed when its attribute cannot be set, and the loop then waits for an ENI without a name', () => {
    const { calls, ipamd } = grown({}, { ModifyNetworkInterfaceAttribute: 'RequestLimitExceeded' });
    expect(calls.slice(-3)).toEqual([
      'DescribeNetworkInterfaces eni-new-1',
      'DetachNetworkInterface eni-new-1',
      'DeleteNetworkInterface eni-new-1',
    ]);
    expect(ipamd.nowMs).toBeGreaterThanOrEqual(2000 + 162_000);
    expect(ipamd.nowMs).toBeLessThanOrEqual(2000 + 187_000);
  });

  it('stays without addresses when its subnet cannot be looked at', () => {
    const { store } = grown({}, { DescribeSubnets: 'RequestLimitExceeded' });
    expect(store.enis).toHaveLength(0);
  });
});
