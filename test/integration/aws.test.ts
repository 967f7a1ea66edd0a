/** The account read by the real SDK over HTTP from the stand-in's EC2, CloudWatch and STS; needs no cluster. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Account, type AccountOptions, createAccount } from '../../src/aws/account.ts';
import type { AccountView } from '../../src/tuning/snapshot.ts';
import { CONTAINER_KEY, WEB_IDENTITY_KEY } from '../../testbed/ec2/credentials.ts';
import { type Ec2Endpoint, type Ec2EndpointOptions, startEc2Endpoint } from '../../testbed/ec2/endpoint.ts';
import type { FaultAnswer } from '../../testbed/ec2/faults.ts';
import { Ec2Model } from '../../testbed/ec2/model.ts';

const closers: (() => Promise<void> | void)[] = [];

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

type Site = {
  readonly model: Ec2Model;
  readonly endpoint: Ec2Endpoint;
  readonly instanceIds: readonly string[];
  readonly subnetIds: readonly string[];
};

/** Two subnets with our nodes (two in each, one by one), a third that only others use. */
async function aSite(options: Partial<Ec2EndpointOptions> = {}, nodes = 4): Promise<Site> {
  const model = new Ec2Model({ now: () => Date.now() });
  const vpc = model.addVpc({ cidr: '10.0.0.0/16' });
  const subnets = ['10.0.0.0/24', '10.0.1.0/25', '10.0.2.0/24'].map((cidr, index) =>
    model.addSubnet({ vpcId: vpc.id, cidr, zone: `us-west-2${'abc'[index] ?? 'a'}` }),
  );
  const subnetIds = subnets.map(({ id }) => id);
  const instanceIds = Array.from({ length: nodes }, (_, index) => {
    const instance = model.addInstance({ instanceType: 'm5.large', subnetId: subnetIds[index % 2] ?? '' });
    const eni = model.addInterface({ subnetId: instance.subnetId, secondaryCount: 9 });
    model.placeAttachment(eni, { instanceId: instance.id, deviceIndex: 1 });
    return instance.id;
  });
  const endpoint = await startEc2Endpoint({ model, ...options });
  closers.push(() => endpoint.stop());
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDSTATIC');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-secret');
  return { model, endpoint, instanceIds, subnetIds };
}

type Reader = { readonly account: Account; readonly next: () => Promise<AccountView> };

/** `next` asks for the account and waits for the reading that this, or the reader's own retry, starts. */
function aReader(site: Site, options: Partial<AccountOptions> = {}): Reader {
  const views: AccountView[] = [];
  const account = createAccount({
    region: () => 'us-west-2',
    cluster: () => ({ instanceIds: new Set(site.instanceIds), name: undefined }),
    now: () => Date.now(),
    random: () => 0,
    refreshMs: 1,
    onReading: (view) => views.push(view),
    onDefect: (error) => {
      throw error;
    },
    limits: { requestTimeoutMs: 300, callTimeoutMs: 10_000 },
    ...options,
  });
  closers.push(() => account.close());
  return {
    account,
    next: async () => {
      const before = views.length;
      await vi.waitFor(
        () => {
          if (views.length === before) account.latest(Date.now());
          expect(views.length).toBeGreaterThan(before);
        },
        { timeout: 60_000, interval: 20 },
      );
      return views.at(-1) as AccountView;
    },
  };
}

function fault(site: Site, action: string, answer: FaultAnswer, times?: number): void {
  site.endpoint.faults.add({ action, answer, ...(times === undefined ? {} : { times }) });
}

const DESCRIBE_ENIS = 'DescribeNetworkInterfaces';

describe('the account', () => {
  test('is what the subnets, the interfaces and the reservations say', async () => {
    const site = await aSite();
    const [first = '', second = '', third = ''] = site.subnetIds;
    site.model.addInterface({ subnetId: first, secondaryCount: 4, description: 'ELB app/x' });
    site.model.addInterface({ subnetId: third });
    site.model.reserveCidr(first, '10.0.0.128/26', 'explicit');
    const { account, next } = aReader(site);
    expect(account.latest(Date.now())).toBeUndefined();
    const view = await next();
    expect(view.gaps).toEqual([]);
    expect(view.throttledCallsByAction).toEqual({});
    const zones = { vpcId: site.model.subnet(first).vpcId };
    // Two nodes in each subnet: 1 + 10 addresses a node. Blocks: the used ones are low, the last is AWS's.
    expect(view.subnets).toEqual([
      {
        ...zones,
        id: first,
        zone: 'us-west-2a',
        cidr: '10.0.0.0/24',
        sizeAddresses: 251,
        freeAddresses: 251 - 22 - 5 - 64,
        freePrefixes: 16 - 2 - 1 - 4,
        heldByClusterAddresses: 22,
        heldByOthersAddresses: 5,
      },
      {
        ...zones,
        id: second,
        zone: 'us-west-2b',
        cidr: '10.0.1.0/25',
        sizeAddresses: 123,
        freeAddresses: 123 - 22,
        freePrefixes: 8 - 2 - 1,
        heldByClusterAddresses: 22,
        heldByOthersAddresses: 0,
      },
    ]);
    expect([...(view.nodes?.keys() ?? [])].sort()).toEqual([...site.instanceIds].sort());
    const [instanceId = ''] = site.instanceIds;
    expect(view.nodes?.get(instanceId)).toEqual({ instanceId, subnetIds: [first], enis: 2, heldAddresses: 11 });
    expect(account.latest(view.takenAtMs)).toBe(view);
  });

  test('agrees with the subnets about free /28 blocks in prefix mode, fragmented', async () => {
    const site = await aSite({}, 2);
    const [first = ''] = site.subnetIds;
    for (let step = 0; step < 6; step += 1) site.model.addInterface({ subnetId: first, prefixCount: 1 });
    const gone = [...site.model.interfaces.values()].filter(({ prefixes }) => prefixes.length > 0);
    for (const eni of gone.filter((_, index) => index % 2 === 0)) site.model.removeInterface(eni);
    const view = await aReader(site).next();
    expect(view.subnets?.[0]?.freePrefixes).toBe(site.model.subnet(first).space.freeBlocks);
  });

  test('is read through short and empty pages', async () => {
    const site = await aSite();
    fault(site, DESCRIBE_ENIS, { kind: 'emptyPage' }, 2);
    fault(site, DESCRIBE_ENIS, { kind: 'shortPage', items: 3 }, 2);
    fault(site, 'DescribeSubnets', { kind: 'emptyPage' }, 1);
    fault(site, 'DescribeSubnets', { kind: 'shortPage', items: 1 }, 2);
    const view = await aReader(site).next();
    expect(view.gaps).toEqual([]);
    expect(view.nodes?.size).toBe(4);
    expect(view.subnets?.map(({ heldByClusterAddresses }) => heldByClusterAddresses)).toEqual([22, 22]);
  });

  test('costs two EC2 calls when read again, and shows what has changed', async () => {
    const site = await aSite();
    const { next } = aReader(site);
    const before = await next();
    const callsBefore = site.endpoint.calls.count('cni-tuner');
    site.model.terminateInstance(site.instanceIds[0] ?? '');
    const view = await next();
    // DescribeSubnets and one page of interfaces: VPC and reservations are remembered.
    expect(site.endpoint.calls.count('cni-tuner') - callsBefore).toBe(2);
    expect(view.nodes?.size).toBe(3);
    expect(view.takenAtMs).toBeGreaterThan(before.takenAtMs);
  });
});

describe('a large account', () => {
  test('of 20,000 interfaces is folded page by page', async ({ annotate }) => {
    const site = await aSite({}, 0);
    const { model } = site;
    const vpc = [...model.vpcs.values()][0]?.id ?? '';
    model.vpcs.get(vpc)?.cidrs.push('10.64.0.0/10');
    const big = Array.from({ length: 8 }, (_, index) =>
      model.addSubnet({ vpcId: vpc, cidr: `10.${64 + index}.0.0/16`, zone: 'us-west-2a' }),
    );
    const instanceIds = Array.from({ length: 5_000 }, (_, node) => {
      const subnetId = big[node % big.length]?.id ?? '';
      const { id } = model.addInstance({ instanceType: 'm5.xlarge', subnetId });
      for (let deviceIndex = 1; deviceIndex < 4; deviceIndex += 1) {
        const eni = model.addInterface({
          subnetId,
          secondaryCount: 14,
          tags: { 'node.k8s.amazonaws.com/instance_id': id },
        });
        model.placeAttachment(eni, { instanceId: id, deviceIndex });
      }
      return id;
    });
    const startedMs = performance.now();
    const view = await aReader({ ...site, instanceIds }, { limits: { requestTimeoutMs: 15_000 } }).next();
    const tookMs = Math.round(performance.now() - startedMs);
    await annotate(`20,000 interfaces, 15 addresses each, read in ${tookMs} ms; client and endpoint in one process`);
    expect(view.gaps).toEqual([]);
    expect(view.nodes?.size).toBe(5_000);
    const held = view.subnets?.map(({ heldByClusterAddresses }) => heldByClusterAddresses ?? 0) ?? [];
    expect(held.reduce((sum, each) => sum + each, 0)).toBe(5_000 * (1 + 3 * 15));
    // One page to find the VPC, 40 to read it: 20,000 at 500 a page.
    expect(site.endpoint.calls.totals('cni-tuner')[DESCRIBE_ENIS]?.calls).toBe(41);
  });
});

test('the committed IAM policy allows what is called and nothing else', async () => {
  const site = await aSite();
  expect(await aReader(site).next()).toMatchObject({ gaps: [], throttledCallsByAction: {} });
  const file = new URL('../../deploy/iam/policy.json', import.meta.url);
  const policy: { Statement: { Action: string[] }[] } = JSON.parse(readFileSync(file, 'utf8'));
  const called = Object.keys(site.endpoint.calls.totals('cni-tuner')).map((action) => `ec2:${action}`);
  // The record is of EC2 only; without GetMetricData the throttled calls above would be undefined.
  expect(policy.Statement.flatMap(({ Action }) => Action).sort()).toEqual(
    [...called, 'cloudwatch:GetMetricData'].sort(),
  );
});

describe('throttling', () => {
  test('twice is ridden out, and CloudWatch tells of it', async () => {
    const site = await aSite();
    fault(site, 'DescribeSubnets', { kind: 'throttled' }, 2);
    const { next } = aReader(site);
    expect(await next()).toMatchObject({ gaps: [], subnets: [{}, {}] });
    expect((await next()).throttledCallsByAction).toEqual({ DescribeSubnets: 2 });
  });

  test('past all attempts is a gap named Throttled, and the rest is still read', async () => {
    const site = await aSite();
    fault(site, 'DescribeSubnets', { kind: 'throttled' });
    const view = await aReader(site, { limits: { maxAttempts: 2 } }).next();
    expect(view.gaps).toMatchObject([{ reason: 'Throttled', action: 'ec2:DescribeSubnets' }]);
    expect(view.subnets).toBeUndefined();
    expect(view.nodes?.size).toBe(4);
  });

  test('of somebody else shows in the calls by action', async () => {
    const site = await aSite();
    const { calls } = site.endpoint;
    const call = { caller: 'aws-node', result: 'throttled', atMs: Date.now() } as const;
    for (let step = 0; step < 7; step += 1) calls.add({ ...call, action: 'AssignPrivateIpAddresses' });
    calls.add({ ...call, action: 'RunInstances' });
    calls.add({ ...call, action: 'AttachNetworkInterface', atMs: Date.now() - 20 * 60_000 });
    const view = await aReader(site).next();
    expect(view.throttledCallsByAction).toEqual({ AssignPrivateIpAddresses: 7, OtherActions: 1 });
  });
});

describe('a missing permission', () => {
  test.each([
    ['DescribeSubnets', 'ec2:DescribeSubnets', { subnets: undefined, throttledCallsByAction: {} }],
    [
      DESCRIBE_ENIS,
      'ec2:DescribeNetworkInterfaces',
      { subnets: undefined, nodes: undefined, throttledCallsByAction: {} },
    ],
    ['GetSubnetCidrReservations', 'ec2:GetSubnetCidrReservations', { subnets: [{}, {}], throttledCallsByAction: {} }],
    ['GetMetricData', 'cloudwatch:GetMetricData', { subnets: [{}, {}], throttledCallsByAction: undefined }],
  ])('for %s names %s and leaves the other parts', async (action, iamAction, parts) => {
    const site = await aSite();
    fault(site, action, { kind: 'forbidden' });
    const view = await aReader(site).next();
    expect(view).toMatchObject(parts);
    expect(view.gaps).toEqual([
      {
        reason: 'Forbidden',
        action: iamAction,
        message: `AWS refuses ${iamAction}: allow ${iamAction} in the IAM policy of the operator's role.`,
      },
    ]);
  });

  test('for the interfaces leaves the subnets that carry the tag of the cluster', async () => {
    const site = await aSite();
    fault(site, DESCRIBE_ENIS, { kind: 'forbidden' });
    site.model.subnet(site.subnetIds[1] ?? '').tags['kubernetes.io/cluster/blue'] = 'shared';
    const cluster = () => ({ instanceIds: new Set(site.instanceIds), name: 'blue' });
    const view = await aReader(site, { cluster }).next();
    expect(view.subnets).toMatchObject([
      { id: site.subnetIds[1], freeAddresses: 101, freePrefixes: undefined, heldByClusterAddresses: undefined },
    ]);
    expect(view.gaps).toMatchObject([{ reason: 'Forbidden', action: 'ec2:DescribeNetworkInterfaces' }]);
  });
});

describe('an EC2 that answers badly', () => {
  test.each([
    ['never', { kind: 'hang' }, 'it did not answer in time'],
    ['with nothing', { kind: 'empty200' }, 'the answer holds no list'],
    ['with broken XML', { kind: 'brokenXml' }, 'the answer is not what AWS sends'],
    ['with a page of HTML', { kind: 'html503' }, 'HTTP 503'],
    ['with a reset', { kind: 'reset' }, 'the endpoint cannot be reached (ECONNRESET)'],
  ] satisfies [string, FaultAnswer, string][])('%s is unavailable, never without subnets', async (_, answer, why) => {
    const site = await aSite();
    fault(site, 'DescribeSubnets', answer);
    const startedMs = performance.now();
    const view = await aReader(site, {
      limits: { requestTimeoutMs: 200, callTimeoutMs: 2_000, maxAttempts: 2 },
    }).next();
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(view.subnets).toBeUndefined();
    expect(view.gaps).toEqual([
      {
        reason: 'Unavailable',
        action: 'ec2:DescribeSubnets',
        message: `EC2 could not be read (ec2:DescribeSubnets): ${why}.`,
      },
    ]);
  });

  test('keeps the last known parts with their age, and recovers when the endpoint is back', async () => {
    const site = await aSite();
    const { next } = aReader(site, { limits: { maxAttempts: 2 } });
    const good = await next();
    await site.endpoint.stop();
    const kept = await next();
    expect(kept).toMatchObject({ takenAtMs: good.takenAtMs, subnets: good.subnets, nodes: good.nodes });
    expect(kept.throttledCallsByAction).toBeUndefined();
    expect(kept.gaps.map(({ reason }) => reason)).toEqual(['Unavailable', 'Unavailable', 'Unavailable']);
    const { model, calls, faults, port } = { ...site, ...site.endpoint };
    const again = await startEc2Endpoint({ model, port, calls, faults });
    closers.push(() => again.stop());
    site.model.terminateInstance(site.instanceIds[0] ?? '');
    const fresh = await next();
    expect(fresh.gaps).toEqual([]);
    expect(fresh.nodes?.size).toBe(3);
    expect(fresh.takenAtMs).toBeGreaterThan(good.takenAtMs);
  });

  test('or that knows none of the instances is a question about region and account', async () => {
    const site = await aSite();
    const cluster = () => ({ instanceIds: new Set(['i-0elsewhere']), name: undefined });
    const view = await aReader(site, { cluster }).next();
    expect(view).toMatchObject({ subnets: undefined, nodes: undefined });
    expect(view.gaps[0]?.message).toBe(
      "EC2 in us-west-2 knows no interface of this cluster's instances (i-0elsewhere, …): check the region and the account of the credentials.",
    );
  });
});

describe('credentials and region', () => {
  function aTokenFile(): string {
    const folder = mkdtempSync(join(tmpdir(), 'cni-tuner-aws-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'token'), 'a-token');
    return join(folder, 'token');
  }

  async function aSiteWithoutKeys(): Promise<Site> {
    const site = await aSite();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    return site;
  }

  test('come from the web identity of IRSA', async () => {
    const site = await aSiteWithoutKeys();
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/cni-tuner');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', aTokenFile());
    expect(await aReader(site).next()).toMatchObject({ gaps: [], subnets: [{}, {}] });
    expect(site.endpoint.calls.accessKeys()).toEqual([WEB_IDENTITY_KEY]);
  });

  test('come from EKS Pod Identity', async () => {
    const site = await aSiteWithoutKeys();
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${site.endpoint.url}/_credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', aTokenFile());
    expect(await aReader(site).next()).toMatchObject({ gaps: [], subnets: [{}, {}] });
    expect(site.endpoint.calls.accessKeys()).toEqual([CONTAINER_KEY]);
  });

  test('are said to be missing, once, when there are none', async () => {
    const site = await aSiteWithoutKeys();
    const view = await aReader(site).next();
    expect(view).toMatchObject({ subnets: undefined, nodes: undefined, throttledCallsByAction: undefined });
    expect(view.gaps).toHaveLength(1);
    expect(view.gaps[0]).toMatchObject({ reason: 'NoCredentials', action: undefined });
    expect(view.gaps[0]?.message).toContain('give its ServiceAccount an IAM role');
    expect(site.endpoint.calls.count()).toBe(0);
  });

  test('are said to be missing when STS refuses and when the token file is gone', async () => {
    const site = await aSiteWithoutKeys();
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/cni-tuner');
    const tokenFile = aTokenFile();
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
    fault(site, 'AssumeRoleWithWebIdentity', { kind: 'error', code: 'AccessDenied', message: 'no trust', status: 403 });
    const refused = await aReader(site).next();
    expect(refused.gaps).toMatchObject([{ reason: 'NoCredentials' }]);
    expect(refused.gaps[0]?.message).toContain('no trust');
    rmSync(tokenFile);
    expect((await aReader(site).next()).gaps).toMatchObject([{ reason: 'NoCredentials' }]);
  });

  test('without a region name the flag that sets it', async () => {
    const site = await aSite();
    const view = await aReader(site, { region: () => '' }).next();
    expect(view.gaps.map(({ reason, message }) => [reason, message])).toEqual([
      [
        'NoRegion',
        'No AWS region is known: the nodes carry no label topology.kubernetes.io/region; set --aws-region or AWS_REGION.',
      ],
    ]);
  });
});
