/**
 * The same cases against our stand-in EC2 and against moto, which somebody else wrote: where the two agree, neither
 * is only right by our own word. What moto lacks (paging, prefixes, limits) is not asked here.
 */
import * as ec2 from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAccount } from '../../src/aws/account.ts';
import type { AccountView } from '../../src/tuning/snapshot.ts';
import { startEc2Endpoint } from '../../testbed/ec2/endpoint.ts';
import { Ec2Model } from '../../testbed/ec2/model.ts';
import { findMoto, MOTO_REMEDY, startMoto } from '../support/moto.ts';

const REGION = 'us-west-2';
/** moto's own first image. */
const IMAGE = 'ami-12c6146b';
const moto = findMoto();

/** What has to be there before a case; each server gets it in its own way, all else goes through the API. */
type World = { readonly vpcId: string; readonly subnetId: string; readonly instanceIds: readonly string[] };
type Kind = 'prefix' | 'explicit';
type Server = {
  readonly url: string;
  readonly makeWorld: (client: ec2.EC2Client) => Promise<World>;
  readonly reserve: (client: ec2.EC2Client, subnetId: string, cidr: string, kind: Kind) => Promise<void>;
  readonly stop: () => Promise<void>;
};

async function standIn(): Promise<Server> {
  const model = new Ec2Model({ now: () => Date.now() });
  const endpoint = await startEc2Endpoint({ model, rateLimits: 'off' });
  return {
    url: endpoint.url,
    stop: () => endpoint.stop(),
    makeWorld: async () => {
      const vpc = model.addVpc({ cidr: '10.0.0.0/16' });
      const subnet = model.addSubnet({ vpcId: vpc.id, cidr: '10.0.0.0/24', zone: `${REGION}a` });
      const launch = () => model.addInstance({ instanceType: 'm5.large', subnetId: subnet.id }).id;
      return { vpcId: vpc.id, subnetId: subnet.id, instanceIds: [launch(), launch()] };
    },
    reserve: async (_, subnetId, cidr, kind) => {
      model.reserveCidr(subnetId, cidr, kind);
    },
  };
}

async function motoServer(): Promise<Server> {
  const { url, stop } = await startMoto(moto ?? '');
  return {
    url,
    stop,
    makeWorld: async (client) => {
      const vpc = await client.send(new ec2.CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
      const vpcId = vpc.Vpc?.VpcId ?? '';
      const place = { VpcId: vpcId, CidrBlock: '10.0.0.0/24', AvailabilityZone: `${REGION}a` };
      const subnet = await client.send(new ec2.CreateSubnetCommand(place));
      const subnetId = subnet.Subnet?.SubnetId ?? '';
      const launched = await client.send(
        new ec2.RunInstancesCommand({
          ImageId: IMAGE,
          InstanceType: 'm5.large',
          SubnetId: subnetId,
          MinCount: 2,
          MaxCount: 2,
        }),
      );
      return { vpcId, subnetId, instanceIds: (launched.Instances ?? []).map(({ InstanceId }) => InstanceId ?? '') };
    },
    reserve: async (client, SubnetId, Cidr, ReservationType) => {
      await client.send(new ec2.CreateSubnetCidrReservationCommand({ SubnetId, Cidr, ReservationType }));
    },
  };
}

describe.each([
  ['the stand-in', standIn, undefined],
  ['moto', motoServer, moto === undefined ? MOTO_REMEDY : undefined],
] as const)('%s', (_name, start, missing) => {
  let server: Server;
  let client: ec2.EC2Client;
  let world: World;

  beforeAll(async () => {
    if (missing === undefined) server = await start();
  });
  afterAll(async () => {
    await server?.stop();
  });
  beforeEach(async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-secret');
    client = new ec2.EC2Client({ region: REGION });
    world = await server.makeWorld(client);
  });
  afterEach(() => {
    client?.destroy();
    vi.unstubAllEnvs();
  });

  async function freeAddresses(): Promise<number | undefined> {
    const answer = await client.send(new ec2.DescribeSubnetsCommand({ SubnetIds: [world.subnetId] }));
    return answer.Subnets?.[0]?.AvailableIpAddressCount;
  }

  async function aNewInterface(secondaries: number, description = ''): Promise<string> {
    const tags = [{ Key: 'owner', Value: description }];
    const made = await client.send(
      new ec2.CreateNetworkInterfaceCommand({
        SubnetId: world.subnetId,
        Description: description,
        ...(secondaries > 0 ? { SecondaryPrivateIpAddressCount: secondaries } : {}),
        TagSpecifications: [{ ResourceType: 'network-interface', Tags: tags }],
      }),
    );
    return made.NetworkInterface?.NetworkInterfaceId ?? '';
  }

  async function interfaces(...Filters: ec2.Filter[]): Promise<readonly ec2.NetworkInterface[]> {
    const ours = { Name: 'subnet-id', Values: [world.subnetId] };
    const answer = await client.send(new ec2.DescribeNetworkInterfacesCommand({ Filters: [ours, ...Filters] }));
    return answer.NetworkInterfaces ?? [];
  }

  test('counts every address of every interface against its subnet', async () => {
    expect(await freeAddresses()).toBe(251 - 2);
    const id = await aNewInterface(4);
    expect(await freeAddresses()).toBe(249 - 5);
    const [made] = await interfaces({ Name: 'network-interface-id', Values: [id] });
    expect(made?.PrivateIpAddresses?.map(({ Primary }) => Primary)).toEqual([true, false, false, false, false]);
    expect(made?.PrivateIpAddresses?.[0]?.PrivateIpAddress).toBe(made?.PrivateIpAddress);
    await client.send(
      new ec2.AssignPrivateIpAddressesCommand({ NetworkInterfaceId: id, SecondaryPrivateIpAddressCount: 3 }),
    );
    expect(await freeAddresses()).toBe(249 - 8);
    const addresses = made?.PrivateIpAddresses?.map(({ PrivateIpAddress }) => PrivateIpAddress ?? '') ?? [];
    // moto draws addresses with replacement, and takes back every one of a value.
    const isGivenOnce = (address: string): boolean => addresses.indexOf(address) === addresses.lastIndexOf(address);
    const gone = addresses.slice(1).filter(isGivenOnce).slice(0, 2);
    await client.send(new ec2.UnassignPrivateIpAddressesCommand({ NetworkInterfaceId: id, PrivateIpAddresses: gone }));
    expect(await freeAddresses()).toBe(249 - 6);
    await client.send(new ec2.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
    expect(await freeAddresses()).toBe(249);
  });

  // Whether explicit ones do the same the two disagree about.
  test('takes a reservation for prefixes out of the free addresses', async () => {
    await server.reserve(client, world.subnetId, '10.0.0.128/26', 'prefix');
    expect(await freeAddresses()).toBe(249 - 64);
    const answer = await client.send(new ec2.GetSubnetCidrReservationsCommand({ SubnetId: world.subnetId }));
    expect(answer.SubnetIpv4CidrReservations).toMatchObject([{ Cidr: '10.0.0.128/26', ReservationType: 'prefix' }]);
  });

  test('finds interfaces by subnet, description, tag and instance', async () => {
    const [instanceId = ''] = world.instanceIds;
    const id = await aNewInterface(1, `aws-K8S-${instanceId}`);
    await aNewInterface(0, 'something else');
    const ids = async (Name: string, ...Values: string[]) =>
      (await interfaces({ Name, Values })).map(({ NetworkInterfaceId }) => NetworkInterfaceId);
    expect(await ids('description', 'aws-K8S-*')).toEqual([id]);
    expect(await ids('tag:owner', `aws-K8S-${instanceId}`)).toEqual([id]);
    expect((await interfaces()).length).toBe(4);
    const place = { NetworkInterfaceId: id, InstanceId: instanceId, DeviceIndex: 1 };
    await client.send(new ec2.AttachNetworkInterfaceCommand(place));
    const attached = await interfaces({ Name: 'attachment.instance-id', Values: [instanceId] });
    expect(new Set(attached.map(({ Attachment }) => Attachment?.DeviceIndex))).toEqual(new Set([0, 1]));
  });

  test.each([
    ['InvalidSubnetID.NotFound', new ec2.DescribeSubnetsCommand({ SubnetIds: ['subnet-0123456789abcdef0'] })],
    [
      'InvalidNetworkInterfaceID.NotFound',
      new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ['eni-0123456789abcdef0'] }),
    ],
    ['InvalidInstanceID.NotFound', new ec2.DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] })],
  ])('answers %s for what is not there', async (code, command) => {
    await expect(client.send(command)).rejects.toMatchObject({ name: code, $metadata: { httpStatusCode: 400 } });
  });

  test('knows the limits of instance types', async () => {
    const InstanceTypes: ec2._InstanceType[] = ['t3.medium', 'm5.large', 'm5.xlarge', 'c5.4xlarge', 'm4.large'];
    const answer = await client.send(new ec2.DescribeInstanceTypesCommand({ InstanceTypes }));
    const limits = (answer.InstanceTypes ?? []).map(({ InstanceType, Hypervisor, NetworkInfo }) =>
      [InstanceType, Hypervisor, NetworkInfo?.MaximumNetworkInterfaces, NetworkInfo?.Ipv4AddressesPerInterface].join(
        ' ',
      ),
    );
    expect(limits.sort()).toEqual([
      'c5.4xlarge nitro 8 30',
      'm4.large xen 2 10',
      'm5.large nitro 3 10',
      'm5.xlarge nitro 4 15',
      't3.medium nitro 3 6',
    ]);
  });

  test('is read by the operator as its interfaces add up', async () => {
    const [first = '', second = ''] = world.instanceIds;
    const mine = await aNewInterface(9, `aws-K8S-${first}`);
    await client.send(
      new ec2.AttachNetworkInterfaceCommand({ NetworkInterfaceId: mine, InstanceId: first, DeviceIndex: 1 }),
    );
    await aNewInterface(6, 'somebody else');
    await server.reserve(client, world.subnetId, '10.0.0.192/26', 'explicit');
    const view = await new Promise<AccountView>((resolve, reject) => {
      const account = createAccount({
        region: () => REGION,
        cluster: () => ({ instanceIds: new Set([first, second]), name: undefined }),
        now: () => Date.now(),
        random: () => 0,
        refreshMs: 3_600_000,
        onReading: (read) => {
          account.close();
          resolve(read);
        },
        onDefect: reject,
      });
      account.latest(Date.now());
    });
    expect(view.gaps).toEqual([]);
    const addresses = (await interfaces()).flatMap(({ PrivateIpAddresses }) => PrivateIpAddresses ?? []);
    const blocks = addresses.map(({ PrivateIpAddress }) => Math.floor(Number(PrivateIpAddress?.split('.')[3]) / 16));
    // Of 16 blocks: the first holds AWS's four, the last four (AWS's last address in them) are reserved.
    const touched = new Set([...blocks, 0, 12, 13, 14, 15]);
    expect(view.subnets).toMatchObject([
      {
        id: world.subnetId,
        vpcId: world.vpcId,
        sizeAddresses: 251,
        freeAddresses: await freeAddresses(),
        freePrefixes: 16 - touched.size,
        heldByClusterAddresses: 2 + 10,
        heldByOthersAddresses: 7,
      },
    ]);
    expect(view.nodes?.get(first)).toMatchObject({ enis: 2, heldAddresses: 11 });
    expect(view.nodes?.get(second)).toMatchObject({ enis: 1, heldAddresses: 1 });
  });
});
