import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, failing, played, storeAt, told } from '../../../test/support/an-ipamd.ts';
import type { Answers, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import type { DescribedENI } from '../ec2-calls.ts';
import { nodeInit } from './node-init.ts';

const THROTTLED = 'RequestLimitExceeded';
const NODE = 'node.k8s.amazonaws.com/instance_id';

const shown = (eni: string, device: number, more: Partial<DescribedENI> = {}): DescribedENI => ({
  eni,
  device,
  subnet: 'subnet-1',
  own: device,
  addresses: [],
  prefixes: [],
  tags: { [NODE]: '' },
  ...more,
});
/** Fourteen addresses: no more are wanted with WARM_ENI_TARGET=1. */
const full = Array.from({ length: 14 }, (_, index) => 4096 + index);
const PRIMARY = shown('eni-1', 0, { addresses: full });

type Start = {
  readonly enis?: readonly DescribedENI[];
  readonly fails?: Parameters<typeof failing>[1];
  readonly pods?: readonly { readonly pod: string; readonly address: number; readonly eni: string }[];
  readonly role?: string;
};

/** A process that starts on an instance which shows these interfaces. */
function started(wanted: IpamdWanted, { enis = [PRIMARY], fails = {}, pods = [], role = '' }: Start = {}) {
  const ipamd = anIpamd(wanted);
  Object.assign(ipamd, { metadata: () => enis, checkpoint: () => pods });
  const answers: Answers = (asked) => {
    if (asked.action === 'DescribeNetworkInterfaces') return { ok: true, described: enis };
    if (asked.action === 'AssignPrivateIpAddresses') return { ok: true, addresses: [9999] };
    const tags = { 'kubernetes.io/role/cni': role };
    return { ok: true, subnets: [{ subnet: 'subnet-1', availableAddresses: 100, tags }] };
  };
  const { calls, result } = played(ipamd, nodeInit(ipamd), failing(answers, fails));
  return { ipamd, asked: calls, calls: calls.map(told), failure: result, endMs: ipamd.nowMs };
}

const DESCRIBED = ['DescribeNetworkInterfaces eni-1', 'DescribeSubnets'];

describe('a start', () => {
  it('on a node that wants nothing is a describe, a look at each subnet, and the groups of each ENI', () => {
    const { ipamd, asked, calls, failure } = started({});
    expect(calls).toEqual([...DESCRIBED, 'ModifyNetworkInterfaceAttribute eni-1']);
    expect(asked.at(-1)).toMatchObject({ attribute: 'groups' });
    expect(failure).toBeUndefined();
    expect([storeAt(ipamd).unassigned, ipamd.restored]).toEqual([14, true]);
  });

  it('fails when the attached ENIs cannot be described', () => {
    expect(started({}, { fails: { DescribeNetworkInterfaces: THROTTLED } })).toMatchObject({
      failure: 'the attached ENIs could not be described',
      endMs: 660,
    });
  });

  it('writes missing tags on all ENIs but the trunk, and fails when it cannot', () => {
    const enis = [
      { ...PRIMARY, tags: {} },
      shown('eni-2', 1, { tags: {}, trunk: true }),
      shown('eni-3', 2, { tags: { other: 'tag' }, efa: true }),
    ];
    const { calls, ipamd } = started({}, { enis });
    expect(calls.filter((call) => call.startsWith('CreateTags'))).toEqual(['CreateTags eni-1', 'CreateTags eni-3']);
    expect(['eni-1', 'eni-2', 'eni-3'].map((id) => [eniAt(ipamd, id).isTrunk, eniAt(ipamd, id).isEFA])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
    const { failure, ipamd: failed } = started({}, { enis, fails: { CreateTags: THROTTLED } });
    expect([failure, failed.restored]).toEqual(['the ENI eni-1 could not be tagged', false]);
  });

  it('leaves ENIs alone that are not to be managed', () => {
    const enis = [PRIMARY, shown('eni-2', 1, { tags: { 'node.k8s.amazonaws.com/no_manage': 'true' } })];
    const { ipamd, calls } = started({}, { enis });
    expect(storeAt(ipamd).enis.map(({ id }) => id)).toEqual(['eni-1']);
    expect(ipamd.unmanagedENI).toEqual([1]);
    expect(calls).toEqual([
      'DescribeNetworkInterfaces eni-1 eni-2',
      'DescribeSubnets',
      'ModifyNetworkInterfaceAttribute eni-1',
    ]);
  });

  it('looks six times at a subnet that it cannot see, ten seconds apart, and goes on with the ENI empty', () => {
    const { calls, failure, endMs, ipamd } = started({}, { fails: { DescribeSubnets: THROTTLED } });
    expect(calls.slice(1, 8)).toEqual([
      ...Array.from({ length: 6 }, () => 'DescribeSubnets'),
      'ModifyNetworkInterfaceAttribute eni-1',
    ]);
    expect([failure, endMs]).toEqual([undefined, 50_000]);
    // Growth then asks for the ENI's addresses anew.
    expect(calls.at(-1)).toBe('Assign eni-1 14 ip');
    expect(storeAt(ipamd).unassigned).toBe(1);
  });

  it('gives the pods of ipam.json their addresses back', () => {
    const { ipamd } = started({}, { pods: [{ pod: 'a', address: 4097, eni: 'eni-1' }] });
    expect(storeAt(ipamd).podCidrs.get('a')?.first).toBe(4097);
  });

  it('drops unused addresses of excluded ENIs, then those of the other kind', () => {
    const enis = [shown('eni-1', 0, { addresses: full, prefixes: [8192] })];
    const { calls } = started({}, { enis, role: '0' });
    expect(calls.slice(2, 4)).toEqual(['Unassign eni-1 14 ip', 'Unassign eni-1 1 prefix']);
  });

  it('writes the groups of each ENI in the order of their names, but not under custom networking', () => {
    const enis = [shown('eni-3', 2), PRIMARY, shown('eni-2', 1)];
    const modifies = (env: Readonly<Record<string, string>>) =>
      started({ env, unschedulable: true }, { enis }).calls.filter((call) => call.startsWith('Modify'));
    expect(modifies({})).toEqual([1, 2, 3].map((number) => `ModifyNetworkInterfaceAttribute eni-${number}`));
    expect(modifies({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' })).toEqual([]);
  });

  it('writes neither tags nor groups and does not grow with provisioning switched off', () => {
    const enis = [shown('eni-1', 0, { tags: {} })];
    const env = { DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' };
    expect(started({ env }, { enis })).toMatchObject({ calls: DESCRIBED, failure: undefined });
  });
});

describe('the growth of a start', () => {
  const low = [shown('eni-1', 0)];

  it('is one step, for a pool that is too low', () => {
    expect(started({}, { enis: low }).calls.slice(3)).toEqual(['Assign eni-1 14 ip']);
  });

  it('fails the start when an assign does, but not for a shortage', () => {
    const failed = (code: string) => started({}, { enis: low, fails: { AssignPrivateIpAddresses: code } });
    expect(failed(THROTTLED).failure).toBe('the pool could not be increased');
    const env = { ENABLE_SUBNET_DISCOVERY: 'false' };
    const short = { AssignPrivateIpAddresses: 'InsufficientFreeAddressesInSubnet' };
    expect(started({ env }, { enis: low, fails: short }).failure).toBeUndefined();
  });

  it('does not fail it when an ENI cannot be made, unless custom networking leaves it without addresses', () => {
    const fails = { CreateNetworkInterface: THROTTLED };
    expect(started({ env: { WARM_ENI_TARGET: '2' } }, { fails }).failure).toBeUndefined();
    const env = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
    const failure = 'no ENI could be attached for custom networking';
    expect(started({ env }, { enis: low, fails }).failure).toBe(failure);
    const some = [shown('eni-1', 0), shown('eni-2', 1, { addresses: [4096] })];
    expect(started({ env }, { enis: some }).failure).toBeUndefined();
  });

  it('is for each network card that is too low (unproven against recordings)', () => {
    const enis = [PRIMARY, shown('eni-2', 0, { networkCard: 1 })];
    const wanted = { env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 };
    expect(started(wanted, { enis }).calls.at(-1)).toBe('Assign eni-2 1 ip');
  });
});
