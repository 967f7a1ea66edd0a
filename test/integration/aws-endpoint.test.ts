/** The stand-in's EC2 asked by the real SDK: the rules of AWS that the operator and the CNI lean on. */
import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import * as ec2 from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, test } from 'vitest';
import { type Ec2Endpoint, type Ec2EndpointOptions, startEc2Endpoint } from '../../testbed/ec2/endpoint.ts';
import { Ec2Model } from '../../testbed/ec2/model.ts';

const START_MS = Date.UTC(2026, 0, 1);
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Site = {
  readonly model: Ec2Model;
  readonly endpoint: Ec2Endpoint;
  readonly client: ec2.EC2Client;
  readonly subnetId: string;
  readonly instanceId: string;
  readonly clock: { nowMs: number };
};

async function aSite(options: Partial<Ec2EndpointOptions> = {}): Promise<Site> {
  const clock = { nowMs: START_MS };
  const model = new Ec2Model({ now: () => clock.nowMs });
  const vpc = model.addVpc({ cidr: '10.0.0.0/16' });
  const subnet = model.addSubnet({ vpcId: vpc.id, cidr: '10.0.0.0/24', zone: 'us-west-2a', tags: { Name: 'nodes-a' } });
  const instance = model.addInstance({ instanceType: 'm5.large', subnetId: subnet.id });
  const endpoint = await startEc2Endpoint({ model, ...options });
  const client = new ec2.EC2Client({ ...clientOptions(endpoint), maxAttempts: 1 });
  closers.push(
    () => endpoint.stop(),
    () => client.destroy(),
  );
  return { model, endpoint, client, subnetId: subnet.id, instanceId: instance.id, clock };
}

function clientOptions(endpoint: Ec2Endpoint) {
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'not-a-secret' };
  return { region: 'us-west-2', endpoint: endpoint.url, credentials };
}

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    return error instanceof ec2.EC2ServiceException ? `${error.name} ${error.$metadata.httpStatusCode}` : String(error);
  }
}

describe('pages', () => {
  test('come one after another, each interface once, while others come and go', async () => {
    const { model, client, subnetId } = await aSite();
    const made = Array.from({ length: 23 }, () => model.addInterface({ subnetId }).id);
    const seen: (string | undefined)[] = [];
    let pages = 0;
    for await (const page of ec2.paginateDescribeNetworkInterfaces({ client, pageSize: 10 }, {})) {
      seen.push(...(page.NetworkInterfaces ?? []).map(({ NetworkInterfaceId }) => NetworkInterfaceId));
      pages += 1;
      // The second to go has been seen, the other not.
      for (const id of [made[0], made[20]]) {
        const eni = model.interfaces.get(id ?? '');
        if (eni !== undefined) model.removeInterface(eni);
      }
    }
    expect(pages).toBe(3);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made.filter((_, index) => index !== 20)));
  });

  test('of a size, a token or together with ids that EC2 does not allow are refused', async () => {
    const { client, subnetId } = await aSite();
    const describeSubnets = (input: ec2.DescribeSubnetsCommandInput) =>
      refusal(client.send(new ec2.DescribeSubnetsCommand(input)));
    expect(await describeSubnets({ SubnetIds: [subnetId], MaxResults: 10 })).toBe('InvalidParameterCombination 400');
    expect(await describeSubnets({ MaxResults: 4 })).toBe('InvalidParameterValue 400');
    expect(await describeSubnets({ MaxResults: 1_001 })).toBe('InvalidParameterValue 400');
    expect(await describeSubnets({ NextToken: 'x', MaxResults: 10 })).toBe('InvalidNextToken 400');
    expect(await describeSubnets({ SubnetIds: ['subnet-0'] })).toBe('InvalidSubnetID.NotFound 400');
    expect(await describeSubnets({ SubnetIds: [subnetId] })).toBe('accepted');
  });
});

describe('filters', () => {
  const named = (Name: string, ...Values: string[]) => ({ Name, Values });

  test('must all match, with any of their values, wildcards included', async () => {
    const { model, client, subnetId, instanceId } = await aSite();
    const tagged = model.addInterface({
      subnetId,
      description: `aws-K8S-${instanceId}`,
      tags: { owner: 'a', team: 'x' },
    });
    const other = model.addInterface({ subnetId, description: 'ELB app/y', tags: { owner: 'b' } });
    const [primary] = [...model.interfaces.keys()];
    const found = async (...filters: ec2.Filter[]) => {
      const answer = await client.send(new ec2.DescribeNetworkInterfacesCommand({ Filters: filters }));
      return answer.NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId);
    };
    expect(await found(named('description', 'aws-K8S-*'))).toEqual([tagged.id]);
    expect(await found(named('description', '*app/?', 'nothing'))).toEqual([other.id]);
    expect(await found(named('tag:owner', 'a', 'b'))).toEqual([tagged.id, other.id]);
    expect(await found(named('tag:owner', 'a', 'b'), named('tag-key', 'team'))).toEqual([tagged.id]);
    expect(await found(named('attachment.instance-id', instanceId))).toEqual([primary]);
    expect(await found(named('network-interface-id', other.id, 'eni-0'))).toEqual([other.id]);
    expect(await found(named('subnet-id', subnetId), named('status', 'available'))).toEqual([tagged.id, other.id]);
    expect(await found(named('vpc-id', 'vpc-other'))).toEqual([]);
  });

  test('nobody knows are refused, as are unknown actions', async () => {
    const { client, endpoint } = await aSite();
    const strange = new ec2.DescribeSubnetsCommand({ Filters: [named('colour', 'blue')] });
    expect(await refusal(client.send(strange))).toBe('InvalidParameterValue 400');
    expect(await refusal(client.send(new ec2.DescribeImagesCommand({})))).toBe('InvalidAction 400');
    expect(endpoint.calls.totals()).toMatchObject({ Unknown: { calls: 1, clientErrors: 1 } });
  });
});

describe('the limits of EC2', () => {
  test('stop a fourth interface on an m5.large and an eleventh address on one', async () => {
    const { model, client, subnetId, instanceId } = await aSite();
    const attach = (id: string, DeviceIndex: number) =>
      client.send(
        new ec2.AttachNetworkInterfaceCommand({ NetworkInterfaceId: id, InstanceId: instanceId, DeviceIndex }),
      );
    const enis = Array.from({ length: 3 }, () => model.addInterface({ subnetId }).id);
    const [first = '', second = '', third = ''] = enis;
    await attach(first, 1);
    expect(await refusal(attach(second, 1))).toBe('InvalidParameterValue 400');
    await attach(second, 2);
    expect(await refusal(attach(third, 3))).toBe('AttachmentLimitExceeded 400');
    const assign = (count: number) =>
      client.send(
        new ec2.AssignPrivateIpAddressesCommand({ NetworkInterfaceId: first, SecondaryPrivateIpAddressCount: count }),
      );
    expect(await refusal(assign(10))).toBe('PrivateIpAddressLimitExceeded 400');
    expect((await assign(9)).AssignedPrivateIpAddresses).toHaveLength(9);
    expect(await refusal(assign(1))).toBe('PrivateIpAddressLimitExceeded 400');
  });

  test('refuse a /28 when every block is touched, though addresses are left', async () => {
    const { model, client, subnetId } = await aSite();
    const { id } = model.addInterface({ subnetId });
    const { space, cidr } = model.subnet(subnetId);
    space.takeExactly(Array.from({ length: 14 }, (_, block) => cidr.base + 16 * (block + 1)));
    expect(space.freeAddresses).toBeGreaterThan(200);
    const assign = new ec2.AssignPrivateIpAddressesCommand({ NetworkInterfaceId: id, Ipv4PrefixCount: 1 });
    expect(await refusal(client.send(assign))).toBe('InsufficientCidrBlocks 400');
  });

  test('say which subnet has run out, and take nothing', async () => {
    const { model, client, subnetId } = await aSite();
    const before = model.subnet(subnetId).space.freeAddresses;
    const create = new ec2.CreateNetworkInterfaceCommand({ SubnetId: subnetId, SecondaryPrivateIpAddressCount: 250 });
    expect(await refusal(client.send(create))).toBe('InsufficientFreeAddressesInSubnet 400');
    expect(model.subnet(subnetId).space.freeAddresses).toBe(before);
  });

  test('count a bucket of tokens for each action, refilled with time', async () => {
    const rateLimits = { reads: { burst: 3, perSecond: 1 }, writes: { burst: 1, perSecond: 1 } };
    const { client, clock } = await aSite({ rateLimits });
    const ask = () => refusal(client.send(new ec2.DescribeSubnetsCommand({})));
    const askedFour = [await ask(), await ask(), await ask(), await ask()];
    expect(askedFour).toEqual(['accepted', 'accepted', 'accepted', 'RequestLimitExceeded 503']);
    expect(await refusal(client.send(new ec2.DescribeVpcsCommand({})))).toBe('accepted');
    clock.nowMs += 2_000;
    expect([await ask(), await ask(), await ask()]).toEqual(['accepted', 'accepted', 'RequestLimitExceeded 503']);
  });
});

describe('CloudWatch', () => {
  test('counts calls and throttles by minute, and lists what it counts', async () => {
    const { client, endpoint, clock } = await aSite();
    const cloudWatch = new CloudWatchClient(clientOptions(endpoint));
    closers.push(() => cloudWatch.destroy());
    endpoint.faults.add({ action: 'DescribeSubnets', answer: { kind: 'throttled' }, times: 2 });
    for (const waitMs of [0, 0, 60_000, 0, 0]) {
      clock.nowMs += waitMs;
      await refusal(client.send(new ec2.DescribeSubnetsCommand({})));
    }
    const usage = (name: string) => ({
      Id: name.toLowerCase(),
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Usage',
          MetricName: name,
          Dimensions: Object.entries({ Service: 'EC2', Type: 'API', Class: 'None', Resource: 'DescribeSubnets' }).map(
            ([Name, Value]) => ({ Name, Value }),
          ),
        },
        Period: 60,
        Stat: 'Sum',
      },
    });
    const answer = await cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(START_MS),
        EndTime: new Date(START_MS + 120_000),
        MetricDataQueries: [usage('CallCount'), usage('ThrottleCount')],
      }),
    );
    expect(answer.MetricDataResults?.map(({ Values }) => Values)).toEqual([[3, 2], [2]]);
    expect(answer.MetricDataResults?.[0]?.Timestamps).toEqual([new Date(START_MS + 60_000), new Date(START_MS)]);
    const listed = await cloudWatch.send(new ListMetricsCommand({ Namespace: 'AWS/Usage', MetricName: 'CallCount' }));
    expect(listed.Metrics).toHaveLength(1);
    const math = new GetMetricDataCommand({
      StartTime: new Date(START_MS),
      EndTime: new Date(START_MS + 120_000),
      MetricDataQueries: [{ Id: 'a', Expression: 'SUM(METRICS())' }],
    });
    await expect(cloudWatch.send(math)).rejects.toThrow('knows no metric math');
  });
});

describe('the control URL', () => {
  test('sets, lists and clears faults and tells who called what', async () => {
    const { client, endpoint } = await aSite();
    const control = (method: string, body?: unknown) =>
      fetch(`${endpoint.url}/_control/faults`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const rule = { action: 'DescribeSubnets', answer: { kind: 'forbidden' }, times: 2 };
    expect((await control('POST', rule)).status).toBe(200);
    expect(await refusal(client.send(new ec2.DescribeSubnetsCommand({})))).toBe('UnauthorizedOperation 403');
    expect(await (await control('GET')).json()).toEqual({ faults: [{ ...rule, times: 1 }] });
    await control('DELETE');
    expect(await refusal(client.send(new ec2.DescribeSubnetsCommand({})))).toBe('accepted');
    const wrong = await control('POST', { action: 'X', answer: { kind: 'explode' } });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('a fault rule needs')]);
    const calls = await (await fetch(`${endpoint.url}/_control/calls`)).json();
    expect(calls).toMatchObject({ byCaller: { AKIDTEST: { DescribeSubnets: { calls: 2, clientErrors: 1 } } } });
  });
});
