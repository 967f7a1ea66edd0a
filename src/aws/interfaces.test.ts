import type { NetworkInterface } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { AddressBlocks, rangeOf } from './address-blocks.ts';
import { type ClusterIdentity, InterfaceFold } from './interfaces.ts';

const OURS: ClusterIdentity = { instanceIds: new Set(['i-0a', 'i-0b']), name: 'blue' };

type Wanted = {
  readonly subnet?: string;
  readonly instance?: string;
  readonly addresses?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly rest?: NetworkInterface;
};

function anInterface(id: string, wanted: Wanted = {}): NetworkInterface {
  return {
    NetworkInterfaceId: id,
    SubnetId: wanted.subnet ?? 'subnet-1',
    PrivateIpAddresses: (wanted.addresses ?? ['10.0.0.20']).map((PrivateIpAddress) => ({ PrivateIpAddress })),
    Ipv4Prefixes: (wanted.prefixes ?? []).map((Ipv4Prefix) => ({ Ipv4Prefix })),
    TagSet: Object.entries(wanted.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    ...(wanted.instance === undefined ? {} : { Attachment: { InstanceId: wanted.instance, DeviceIndex: 1 } }),
    ...wanted.rest,
  };
}

function folded(...pages: readonly NetworkInterface[][]): ReturnType<InterfaceFold['totals']> {
  const fold = new InterfaceFold(OURS, new Map());
  for (const page of pages) fold.add(page);
  return fold.totals();
}

describe('interfaces folded', () => {
  test('count every address and 16 a prefix, by node and by subnet, over pages', () => {
    const totals = folded(
      [anInterface('eni-1', { instance: 'i-0a', addresses: ['10.0.0.20', '10.0.0.21'] })],
      [anInterface('eni-2', { instance: 'i-0a', subnet: 'subnet-2', prefixes: ['10.0.4.16/28', '10.0.4.32/28'] })],
    );
    expect(totals.nodes.get('i-0a')).toEqual({
      instanceId: 'i-0a',
      subnetIds: ['subnet-1', 'subnet-2'],
      enis: 2,
      heldAddresses: 2 + 1 + 32,
    });
    expect(totals.subnets.get('subnet-2')).toEqual({ byClusterAddresses: 33, byOthersAddresses: 0 });
  });

  test('tell our nodes from other instances, load balancers and the control plane', () => {
    const totals = folded([
      anInterface('eni-1', { instance: 'i-0a' }),
      anInterface('eni-2', { instance: 'i-0ff' }),
      anInterface('eni-3', { rest: { Description: 'ELB app/x', RequesterManaged: true } }),
      anInterface('eni-4', { rest: { Description: 'Amazon EKS blue', RequesterManaged: true } }),
    ]);
    expect([...totals.nodes.keys()]).toEqual(['i-0a']);
    expect(totals.subnets.get('subnet-1')).toEqual({ byClusterAddresses: 1, byOthersAddresses: 3 });
  });

  test('know an interface that ipamd has made and not attached yet, by tag and by description', () => {
    const totals = folded([
      anInterface('eni-1', { tags: { 'node.k8s.amazonaws.com/instance_id': 'i-0a' } }),
      anInterface('eni-2', { rest: { Description: 'aws-K8S-i-0b' } }),
      anInterface('eni-3', { rest: { Description: 'aws-K8S-i-0ff' } }),
    ]);
    expect(totals.nodes.get('i-0a')).toMatchObject({ enis: 0, heldAddresses: 1 });
    expect(totals.nodes.get('i-0b')).toMatchObject({ enis: 0, heldAddresses: 1 });
    expect(totals.subnets.get('subnet-1')).toEqual({ byClusterAddresses: 2, byOthersAddresses: 1 });
  });

  test('book an interface tagged with our cluster though its node is not known', () => {
    const tag = 'cluster.k8s.amazonaws.com/name';
    const totals = folded([
      anInterface('eni-1', { instance: 'i-0new', tags: { [tag]: 'blue' } }),
      anInterface('eni-2', { instance: 'i-0green', tags: { [tag]: 'green' } }),
    ]);
    expect(totals.nodes.size).toBe(0);
    expect(totals.subnets.get('subnet-1')).toEqual({ byClusterAddresses: 1, byOthersAddresses: 1 });
  });

  test('give branch interfaces to the node of their trunk, which may come later', () => {
    const branch = {
      tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-9' },
      rest: { InterfaceType: 'branch' as const },
    };
    const totals = folded(
      [anInterface('eni-1', branch)],
      [anInterface('eni-9', { instance: 'i-0a', rest: { InterfaceType: 'trunk' } })],
      [anInterface('eni-3', { ...branch, tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-77' } })],
    );
    expect(totals.nodes.get('i-0a')).toMatchObject({ enis: 1, heldAddresses: 2 });
    expect(totals.subnets.get('subnet-1')).toEqual({ byClusterAddresses: 2, byOthersAddresses: 1 });
  });

  test('mark the /28 blocks that others touch too', () => {
    const blocks = new AddressBlocks(rangeOf('10.0.0.0/24') ?? { first: 0, last: 15 });
    const fold = new InterfaceFold(OURS, new Map([['subnet-1', blocks]]));
    fold.add([
      anInterface('eni-1', { instance: 'i-0ff', addresses: ['10.0.0.40'] }),
      anInterface('eni-2', { instance: 'i-0a', addresses: ['10.0.0.41'], prefixes: ['10.0.0.64/28'] }),
      anInterface('eni-3', { subnet: 'subnet-2', addresses: ['10.0.0.100'] }),
    ]);
    expect(blocks.freeBlocks).toBe(14 - 2);
  });
});
