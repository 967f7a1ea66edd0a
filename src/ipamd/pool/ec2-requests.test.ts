import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, played, told } from '../../../test/support/an-ipamd.ts';
import type { Answers, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import { aSubnet, created, creates, withSubnets } from '../../../test/support/new-eni.ts';
import type { DescribedENI } from '../ec2-calls.ts';
import type { Cidr } from './datastore.ts';
import { allocENI, allocIPAddresses, deallocCidrs, describeENI, getAttachedENIs } from './ec2-requests.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
const THROTTLED = 'RequestLimitExceeded';
const NODE = 'node.k8s.amazonaws.com/instance_id';

describe('an assign', () => {
  const asked = (wanted: IpamdWanted, count: number) => {
    const ipamd = anIpamd(wanted);
    return played(ipamd, allocIPAddresses(ipamd, 'eni-1', count), () => ({ ok: true })).calls;
  };

  it('asks for addresses or prefixes by the mode, and for no more than an ENI has slots', () => {
    expect(asked({}, 3)).toEqual([{ action: 'AssignPrivateIpAddresses', eni: 'eni-1', kind: 'ip', count: 3 }]);
    expect(asked({}, 15).map(told)).toEqual(['Assign eni-1 14 ip']);
    expect(asked({ env: PREFIXES }, 2).map(told)).toEqual(['Assign eni-1 2 prefix']);
  });
});

describe('an unassign', () => {
  it('is one call for prefixes, then one for addresses, and none for none', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 2, prefixes: 1 }] });
    const cidrs = [...eniAt(ipamd, 'eni-1').byKey.values()];
    const asked = (some: readonly Cidr[]) =>
      played(ipamd, deallocCidrs(ipamd, 'eni-1', some), () => ({ ok: false, code: THROTTLED })).calls;
    expect(asked(cidrs)).toEqual([
      { action: 'UnassignPrivateIpAddresses', eni: 'eni-1', kind: 'prefix', addresses: [5120] },
      { action: 'UnassignPrivateIpAddresses', eni: 'eni-1', kind: 'ip', addresses: [4096, 4097] },
    ]);
    expect(asked([])).toEqual([]);
  });
});

describe('the describe of one ENI', () => {
  const found = (answer: ReturnType<Answers>) => {
    const ipamd = anIpamd();
    return played(ipamd, describeENI(ipamd, 'eni-7'), () => answer);
  };

  it('gives what EC2 knows, or why not', () => {
    const eni: DescribedENI = { eni: 'eni-7', device: 1, subnet: 's', own: 1, addresses: [], prefixes: [] };
    expect(found({ ok: true, described: [eni] })).toMatchObject({ result: eni });
    expect(found({ ok: true, described: [eni] }).calls.map(told)).toEqual(['DescribeNetworkInterfaces eni-7']);
    expect(found({ ok: false, code: THROTTLED }).result).toEqual({ ok: false, code: THROTTLED });
    expect(found({ ok: true, described: [] }).result).toEqual({ ok: false, code: undefined });
    expect(found({ ok: true }).result).toEqual({ ok: false, code: undefined });
  });
});

describe('a new ENI', () => {
  it('is created, attached at the first free device, and deleted with its instance', () => {
    const { calls, result } = created({});
    expect(result).toBe('eni-new-1');
    expect(calls.slice(1)).toEqual([
      { action: 'CreateNetworkInterface', subnet: 'subnet-1', kind: 'ip', count: 5, tags: { [NODE]: '' } },
      { action: 'DescribeInstances' },
      { action: 'AttachNetworkInterface', eni: 'eni-new-1', device: 1 },
      { action: 'ModifyNetworkInterfaceAttribute', eni: 'eni-new-1', attribute: 'deleteOnTermination' },
    ]);
  });

  it('fills a gap among the devices, and says which card it is for if not the default one', () => {
    const ipamd = anIpamd();
    const obliging = withSubnets(ipamd, [aSubnet('subnet-1', 100)]);
    const answers: Answers = (asked) =>
      asked.action === 'DescribeInstances' ? { ok: true, devices: [0, 1, 3] } : obliging(asked);
    const { calls } = played(ipamd, allocENI(ipamd, 1, 1), answers);
    expect(calls.find(({ action }) => action === 'AttachNetworkInterface')).toEqual({
      action: 'AttachNetworkInterface',
      eni: 'eni-new-1',
      device: 2,
      networkCard: 1,
    });
    const none = played(ipamd, allocENI(ipamd, 1, 0), (asked) =>
      asked.action === 'DescribeInstances' ? { ok: true } : obliging(asked),
    );
    expect(none.calls.find(({ action }) => action === 'AttachNetworkInterface')).toMatchObject({ device: 0 });
  });

  it('comes with no more than an ENI has slots, and with prefixes in prefix mode', () => {
    expect(creates(created({}, { count: 40 }).calls)).toEqual(['Create subnet-1 14 ip']);
    expect(creates(created({ env: PREFIXES }, { count: 2 }).calls)).toEqual(['Create subnet-1 2 prefix']);
  });

  it('carries the tags of the cluster where it has a name', () => {
    const ipamd = anIpamd({ env: { CLUSTER_NAME: 'blue' } });
    Object.assign(ipamd, { instanceId: 'i-1' });
    const { calls } = played(ipamd, allocENI(ipamd, 1, 0), withSubnets(ipamd, [aSubnet('subnet-1', 100)]));
    expect(calls[1]).toMatchObject({
      tags: { [NODE]: 'i-1', 'cluster.k8s.amazonaws.com/name': 'blue', 'eks:eni:owner': 'amazon-vpc-cni' },
    });
  });

  it('has not been made when EC2 says yes and names none', () => {
    const ipamd = anIpamd();
    const answers: Answers = (asked) =>
      asked.action === 'DescribeSubnets' ? { ok: true, subnets: [aSubnet('subnet-1', 9)] } : { ok: true };
    expect(played(ipamd, allocENI(ipamd, 1, 0), answers).result).toEqual({ ok: false, code: undefined });
    expect(played(ipamd, allocENI(ipamd, 1, 0), () => ({ ok: true })).result).toEqual({ ok: false, code: undefined });
  });

  it('is deleted when the devices cannot be told or the attach fails, and that is why', () => {
    const blind = created({}, { codes: { DescribeInstances: THROTTLED } });
    expect(blind.calls.map(told).slice(2)).toEqual(['DescribeInstances', 'DeleteNetworkInterface eni-new-1']);
    expect(blind.result).toEqual({ ok: false, code: THROTTLED });
    const full = created({}, { codes: { AttachNetworkInterface: 'AttachmentLimitExceeded' } });
    expect(full.result).toEqual({ ok: false, code: 'AttachmentLimitExceeded' });
  });

  it('that cannot be finished counts as made without a name, or as failed without a reason if it stays', () => {
    const codes = { ModifyNetworkInterfaceAttribute: THROTTLED };
    expect(created({}, { codes }).result).toBe('');
    const stays = created({}, { codes: { ...codes, DescribeNetworkInterfaces: THROTTLED } });
    expect(stays.result).toEqual({ ok: false, code: undefined });
  });
});

describe('the attached ENIs', () => {
  it("are the metadata's, but for the primary's prefixes under custom networking", () => {
    const enis = ['eni-1', 'eni-2'].map((eni, device) => ({
      eni,
      device,
      subnet: 'subnet-1',
      own: 1,
      addresses: [2],
      prefixes: [16],
    }));
    const attached = (env: Readonly<Record<string, string>>) => {
      const ipamd = anIpamd({ env });
      Object.assign(ipamd, { metadata: () => enis });
      return getAttachedENIs(ipamd).map(({ addresses, prefixes }) => [addresses, prefixes]);
    };
    expect(attached({})).toEqual([
      [[2], [16]],
      [[2], [16]],
    ]);
    expect(attached({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' })).toEqual([
      [[2], []],
      [[2], [16]],
    ]);
  });
});
