import { Agent } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type Ec2Endpoint, type Ec2EndpointOptions, startEc2Endpoint } from './endpoint.ts';
import { parseAddress } from './ipv4.ts';
import { Ec2Model } from './model.ts';
import { createEc2QueryClient, type Ec2QueryClient } from './query-client.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Site = { model: Ec2Model; endpoint: Ec2Endpoint; subnetId: string; instanceId: string; client: Ec2QueryClient };

async function aSite(options: Partial<Ec2EndpointOptions> = {}, cidr = '10.0.0.0/24'): Promise<Site> {
  const model = new Ec2Model({ now: () => Date.UTC(2026, 0, 1) });
  const vpc = model.addVpc({ cidr: '10.0.0.0/16' });
  const subnet = model.addSubnet({ vpcId: vpc.id, cidr, zone: 'us-west-2a' });
  model.addSubnet({ vpcId: vpc.id, cidr: '10.0.9.0/24', zone: 'us-west-2b' });
  const instance = model.addInstance({ instanceType: 'm5.large', subnetId: subnet.id });
  const endpoint = await startEc2Endpoint({ model, ...options });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  closers.push(async () => {
    agent.destroy();
    await endpoint.stop();
  });
  const client = createEc2QueryClient({
    url: endpoint.url,
    agent,
    instanceId: instance.id,
    vpcId: vpc.id,
    zone: 'us-west-2a',
    interfaceTags: { 'cluster.k8s.amazonaws.com/name': 'demo' },
    securityGroups: ['sg-1'],
    backOffMs: 1,
    random: () => 0.5,
  });
  return { model, endpoint, subnetId: subnet.id, instanceId: instance.id, client };
}

async function anAttachedInterface({ client, subnetId }: Site, kind: 'ip' | 'prefix', count: number): Promise<string> {
  const made = await client.call({ id: 1, action: 'CreateNetworkInterface', subnet: subnetId, kind, count });
  const eni = made.ok ? (made.created?.eni ?? '') : '';
  expect(await client.call({ id: 2, action: 'AttachNetworkInterface', eni, device: 1 })).toEqual({ ok: true });
  return eni;
}

describe('the query client', () => {
  test('creates, attaches, marks, tags and describes an interface', async () => {
    const site = await aSite();
    const eni = await anAttachedInterface(site, 'ip', 9);
    const { client, model, instanceId } = site;
    const attribute = 'deleteOnTermination';
    expect(await client.call({ id: 3, action: 'ModifyNetworkInterfaceAttribute', eni, attribute })).toEqual({
      ok: true,
    });
    expect(await client.call({ id: 4, action: 'CreateTags', eni })).toEqual({ ok: true });
    const record = model.interface(eni);
    expect(record.attachment).toMatchObject({ instanceId, deviceIndex: 1, deleteOnTermination: true });
    expect(record.description).toBe(`aws-K8S-${instanceId}`);
    const described = await client.call({ id: 5, action: 'DescribeNetworkInterfaces', enis: [eni] });
    expect(described).toEqual({
      ok: true,
      described: [
        {
          eni,
          device: 1,
          subnet: record.subnetId,
          own: record.primary,
          addresses: record.secondaries,
          prefixes: [],
          trunk: false,
          efa: false,
          tags: { 'node.k8s.amazonaws.com/instance_id': instanceId, 'cluster.k8s.amazonaws.com/name': 'demo' },
        },
      ],
    });
    expect(await client.call({ id: 6, action: 'DescribeInstances' })).toEqual({ ok: true, devices: [0, 1] });
  });

  test('assigns and unassigns addresses and /28 blocks and is told only the new ones', async () => {
    const site = await aSite();
    const eni = await anAttachedInterface(site, 'prefix', 1);
    const { client, model } = site;
    const blocks = await client.call({ id: 1, action: 'AssignPrivateIpAddresses', eni, kind: 'prefix', count: 2 });
    const second = parseAddress('10.0.0.32') ?? 0;
    expect(blocks).toEqual({ ok: true, addresses: [second, second + 16] });
    const single = await client.call({ id: 2, action: 'AssignPrivateIpAddresses', eni, kind: 'ip', count: 1 });
    const [address = 0] = single.ok ? (single.addresses ?? []) : [];
    await client.call({ id: 3, action: 'UnassignPrivateIpAddresses', eni, kind: 'prefix', addresses: [second] });
    await client.call({ id: 4, action: 'UnassignPrivateIpAddresses', eni, kind: 'ip', addresses: [address] });
    expect(model.interface(eni).prefixes).toEqual([second - 16, second + 16]);
    expect(model.interface(eni).secondaries).toEqual([]);
  });

  test('detaches and deletes an interface that it has not attached itself', async () => {
    const site = await aSite();
    const eni = site.model.addInterface({ subnetId: site.subnetId }).id;
    site.model.placeAttachment(site.model.interface(eni), { instanceId: site.instanceId, deviceIndex: 1 });
    expect(await site.client.call({ id: 1, action: 'DetachNetworkInterface', eni })).toEqual({ ok: true });
    expect(await site.client.call({ id: 2, action: 'DeleteNetworkInterface', eni })).toEqual({ ok: true });
    expect(site.model.interfaces.has(eni)).toBe(false);
  });

  test('sees the subnets of its own zone with what is left in them', async () => {
    const { client, model, subnetId } = await aSite();
    const availableAddresses = model.subnet(subnetId).space.freeAddresses;
    expect(availableAddresses).toBe(256 - 5 - 1);
    expect(await client.call({ id: 1, action: 'DescribeSubnets' })).toEqual({
      ok: true,
      subnets: [{ subnet: subnetId, availableAddresses, tags: {} }],
    });
  });

  test('is refused as EC2 refuses: no address, no block, too many, throttled', async () => {
    const site = await aSite({}, '10.0.0.0/28');
    const { client, subnetId } = site;
    const action = 'CreateNetworkInterface';
    const codes = [
      await client.call({ id: 1, action, subnet: subnetId, kind: 'ip', count: 10 }),
      await client.call({ id: 2, action, subnet: subnetId, kind: 'prefix', count: 1 }),
      await client.call({ id: 3, action, subnet: 'subnet-0', kind: 'ip', count: 1 }),
    ];
    expect(codes.map((response) => (response.ok ? '' : response.code))).toEqual([
      'InsufficientFreeAddressesInSubnet',
      'InvalidParameterValue',
      'InvalidSubnetID.NotFound',
    ]);
    const eni = await anAttachedInterface(site, 'ip', 0);
    const tooMany = { id: 4, action: 'AssignPrivateIpAddresses', eni, kind: 'ip', count: 10 } as const;
    expect(await client.call(tooMany)).toEqual({ ok: false, code: 'PrivateIpAddressLimitExceeded' });
  });

  test('tries three times when throttled and says so when it stays so', async () => {
    const { client, endpoint } = await aSite();
    endpoint.faults.add({ action: 'DescribeSubnets', answer: { kind: 'throttled' }, times: 2 });
    expect((await client.call({ id: 1, action: 'DescribeSubnets' })).ok).toBe(true);
    endpoint.faults.add({ action: 'DescribeSubnets', answer: { kind: 'throttled' }, times: 3 });
    const refused = await client.call({ id: 2, action: 'DescribeSubnets' });
    expect(refused).toEqual({ ok: false, code: 'RequestLimitExceeded' });
    expect(endpoint.calls.totals('aws-node')['DescribeSubnets']).toMatchObject({ calls: 6, throttled: 5 });
  });

  test('survives resets, broken answers and an endpoint that is down', async () => {
    const { client, endpoint, model } = await aSite();
    endpoint.faults.add({ action: '*', answer: { kind: 'reset' }, times: 1 });
    endpoint.faults.add({ action: '*', answer: { kind: 'html503' }, times: 1 });
    expect((await client.call({ id: 1, action: 'DescribeSubnets' })).ok).toBe(true);
    endpoint.faults.add({ action: '*', answer: { kind: 'brokenXml' }, times: 1 });
    expect(await client.call({ id: 2, action: 'DescribeSubnets' })).toEqual({ ok: false, code: 'SerializationError' });
    await endpoint.stop();
    expect(await client.call({ id: 3, action: 'DescribeSubnets' })).toEqual({ ok: false, code: 'ConnectionFailed' });
    const again = await startEc2Endpoint({
      model,
      port: endpoint.port,
      calls: endpoint.calls,
      faults: endpoint.faults,
    });
    closers.push(() => again.stop());
    expect((await client.call({ id: 4, action: 'DescribeSubnets' })).ok).toBe(true);
  });

  test('meets the published rate: a bucket of 50 writes', async () => {
    const { client, endpoint, subnetId } = await aSite({}, '10.0.0.0/22');
    const calls = Array.from({ length: 60 }, (_, id) =>
      client.call({ id, action: 'CreateNetworkInterface', subnet: subnetId, kind: 'ip', count: 1 }),
    );
    const refused = (await Promise.all(calls)).filter((response) => !response.ok);
    expect(refused).toHaveLength(10);
    expect(endpoint.calls.totals()['CreateNetworkInterface']).toMatchObject({ calls: 50 + 3 * 10, throttled: 3 * 10 });
  });
});
