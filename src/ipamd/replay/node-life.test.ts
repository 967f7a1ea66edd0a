/** What a node-life is lived through with: its beginning, its subnets, pods that wait. The rest of node-replay.ts. */
import { describe, expect, it } from 'vitest';
import { limitsOf } from '../instance-limits.ts';
import { DEFAULT_LATENCIES } from '../simulate.ts';
import type { FullReplayOptions, NodeLife } from '../simulate.ts';
import { SubnetSpace } from '../subnet-space.ts';
import { fromEnv } from '../warm-settings.ts';
import { NodeReplay } from './node-replay.ts';
import type { SimulatedSubnet } from './simulated-eni.ts';

const HOUR_MS = 3_600_000;
const ADD = 1;
const REMOVE = 0;

function aReplay(
  env: Readonly<Record<string, string>>,
  life: Partial<Omit<NodeLife, 'events'>> & { readonly events?: readonly number[] } = {},
  more: { readonly options?: Partial<FullReplayOptions>; readonly subnets?: readonly SimulatedSubnet[] } = {},
): NodeReplay {
  const limits = limitsOf('m5.large');
  if (limits === undefined) throw new Error('m5.large is in the table');
  const options: FullReplayOptions = {
    shape: { ...limits, maxPods: 29 },
    settings: fromEnv({ ENABLE_IPv4: 'true', ...env }).settings,
    seed: 1,
    latencies: DEFAULT_LATENCIES,
    retryMs: 10_001,
    leadMs: 3000,
    metadataLagMs: 1000,
    stepping: false,
    recordCalls: true,
    ...more.options,
    life: {
      readyAtMs: 0,
      fromMs: 0,
      untilMs: HOUR_MS,
      startingPods: [],
      ...life,
      events: Float64Array.from(life.events ?? []),
    },
  };
  return more.subnets === undefined ? new NodeReplay(options) : new NodeReplay(options, more.subnets);
}

function lived(...wanted: Parameters<typeof aReplay>) {
  const node = aReplay(...wanted);
  node.run();
  return node.result();
}

const aSubnet = (id: string, base: number, tags: SimulatedSubnet['tags'] = {}): SimulatedSubnet => ({
  id,
  space: new SubnetSpace({ base, size: 256 }),
  tags,
});

describe('the beginning of a life', () => {
  it('is three seconds before the node is ready, and each call takes its time', () => {
    const { calls = [] } = lived({ WARM_ENI_TARGET: '1' });
    expect(calls).toEqual([
      { atMs: -3000, action: 'DescribeNetworkInterfaces' },
      { atMs: -2850, action: 'CreateTags' },
      { atMs: -2600, action: 'DescribeSubnets' },
      { atMs: -2450, action: 'ModifyNetworkInterfaceAttribute' },
      { atMs: -2200, action: 'AssignPrivateIpAddresses' },
    ]);
  });

  it('has each call take its time, though the metadata change meanwhile', () => {
    const latencies = { ...DEFAULT_LATENCIES, ModifyNetworkInterfaceAttribute: 5000 };
    const { calls = [] } = lived({ WARM_ENI_TARGET: '1' }, { events: [10_000, ADD, 1] }, { options: { latencies } });
    const attach = calls.findIndex(({ action }) => action === 'AttachNetworkInterface');
    const attachMs = calls[attach]?.atMs ?? 0;
    // The metadata show the interface at 2.5 s, while the second call is out.
    expect(calls.slice(attach)).toEqual([
      { atMs: attachMs, action: 'AttachNetworkInterface' },
      { atMs: attachMs + 1500, action: 'ModifyNetworkInterfaceAttribute' },
      { atMs: attachMs + 6500, action: 'DescribeSubnets' },
    ]);
  });

  it('of a settled node is early enough for its pods to come 5.3 s apart and five minutes more', () => {
    const settled = { readyAtMs: -1, startingPods: [1, 2, 3] };
    expect(aReplay({}, settled).nextMs()).toBe(-300_000 - 3 * 5300 - 3000);
    expect(aReplay({}, { ...settled, beginsAtMs: 1000, fromMs: 2000 }).nextMs()).toBe(1000 - 300_000 - 3 * 5300 - 3000);
    expect(aReplay({}, { ...settled, readyAtMs: 0 }).nextMs()).toBe(-3000);
  });

  it('of a settled node has its pods one by one, the first when the process is three seconds old', () => {
    const node = aReplay({ WARM_IP_TARGET: '1' }, { readyAtMs: -1, startingPods: [1, 2] });
    const steps: number[] = [];
    for (let nextMs = node.nextMs(); nextMs < 0; nextMs = node.nextMs()) {
      steps.push(nextMs);
      node.step(nextMs);
    }
    const [startMs = 0] = steps;
    expect(steps.filter((atMs) => atMs === startMs + 3000 || atMs === startMs + 8300)).toHaveLength(2);
  });

  it('of a young node has its starting pods all at once, at the moment it is ready', () => {
    const result = lived({ MINIMUM_IP_TARGET: '2' }, { startingPods: [1, 2, 3] });
    expect(result).toMatchObject({ podStarts: 0, delayedPods: [], assignedAddressMs: 2 * HOUR_MS });
  });

  it('serves no pod before the process is ready', () => {
    const latencies = { ...DEFAULT_LATENCIES, AssignPrivateIpAddresses: 5000 };
    const result = lived({ WARM_ENI_TARGET: '1' }, { events: [100, ADD, 1] }, { options: { latencies } });
    // Ready at 2.8 s: the second try of the pod works.
    expect(result.delayedPods).toEqual([{ pod: 1, atMs: 100, waitMs: 10_001, served: true, young: true }]);
  });
});

describe('the subnets of a life', () => {
  it('are one with room for all the node can take, when none is given', () => {
    const all = Array.from({ length: 29 }, (_, pod) => [1000 + 60_000 * pod, ADD, pod]).flat();
    expect(lived({ WARM_ENI_TARGET: '1' }, { events: all }).maxHeldAddresses).toBe(30);
    const env = { ENABLE_PREFIX_DELEGATION: 'true', MINIMUM_IP_TARGET: '432' };
    const limits = limitsOf('m5.large');
    const options = limits === undefined ? {} : { shape: { ...limits, maxPods: 500 } };
    expect(lived(env, {}, { options }).maxHeldAddresses).toBe(3 + 16 * 27);
  });

  it('are the second one for pods under custom networking, and else the first', () => {
    const subnets = () => [aSubnet('subnet-0', 0), aSubnet('subnet-1', 1024)];
    const custom = subnets();
    lived({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' }, {}, { subnets: custom });
    expect(custom.map(({ space }) => 251 - space.freeAddresses)).toEqual([1, 10]);
    const plain = subnets();
    lived({ WARM_ENI_TARGET: '1' }, {}, { subnets: plain });
    expect(plain.map(({ space }) => 251 - space.freeAddresses)).toEqual([10, 0]);
    const alone = [aSubnet('subnet-0', 0)];
    lived({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' }, {}, { subnets: alone });
    expect(alone.map(({ space }) => 251 - space.freeAddresses)).toEqual([11]);
  });

  it('without a free /28 have an ENI asked for every five seconds: that error starts no back-off', () => {
    const subnet = aSubnet('subnet-0', 0);
    for (let block = 1; block < 15; block++) subnet.space.takeExactly([16 * block + 3]);
    const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const { calls = [] } = lived(env, { untilMs: 60_000 }, { subnets: [subnet] });
    const creates = calls.filter(({ action }) => action === 'CreateNetworkInterface').map(({ atMs }) => atMs);
    expect(creates.length).toBeGreaterThanOrEqual(9);
  });

  it('that are excluded give no pod an address', () => {
    const subnet = aSubnet('subnet-0', 0, { 'kubernetes.io/role/cni': '0' });
    expect(lived({ WARM_ENI_TARGET: '1' }, { events: [1000, ADD, 1] }, { subnets: [subnet] })).toMatchObject({
      totalAddressMs: 0,
      delayedPods: [{ served: false }],
    });
  });
});

describe('pods that wait', () => {
  const env = { MINIMUM_IP_TARGET: '1' };

  it('are served in the order of their tries, however many they are', () => {
    const many = 1500;
    const adds = Array.from({ length: many }, (_, pod) => [1000 + pod, ADD, pod]).flat();
    // The one pod with an address leaves at 60 s; its address is free after thirty seconds more.
    const events = [...adds, 60_000, REMOVE, 0];
    const { delayedPods, podStarts } = lived(env, { events, untilMs: 300_000 });
    expect([podStarts, delayedPods.length]).toEqual([many, many - 1]);
    const served = delayedPods.filter((pod) => pod.served);
    expect(served).toEqual([{ pod: 1, atMs: 1001, waitMs: 9 * 10_001, served: true, young: true }]);
    expect(delayedPods.filter((pod) => !pod.served).every(({ atMs, waitMs }) => atMs + waitMs === 300_000)).toBe(true);
  });

  it('and are deleted are tried no more, and leave their place to the next', () => {
    const events = [1000, ADD, 1, 1001, ADD, 2, 1002, ADD, 3, 20_000, REMOVE, 2, 20_001, REMOVE, 1];
    expect(lived(env, { events }).delayedPods).toEqual([
      { pod: 2, atMs: 1001, waitMs: 18_999, served: false, young: true },
      { pod: 3, atMs: 1002, waitMs: 5 * 10_001, served: true, young: true },
    ]);
  });

  it('and came before the counting are not told of', () => {
    const events = [1000, ADD, 1, 1001, ADD, 2, 700_000, ADD, 3, 800_000, REMOVE, 3];
    const result = lived(env, { beginsAtMs: 0, fromMs: 600_000, events });
    expect(result).toMatchObject({ podStarts: 1, delayedPods: [{ pod: 3, atMs: 700_000, waitMs: 100_000 }] });
  });

  it('and come with the start of the counting are told of', () => {
    const events = [1000, ADD, 1, 600_000, ADD, 2];
    const { delayedPods } = lived(env, { beginsAtMs: 0, fromMs: 600_000, untilMs: 700_000, events });
    expect(delayedPods).toEqual([{ pod: 2, atMs: 600_000, waitMs: 100_000, served: false, young: false }]);
  });

  it('are none that nobody knows when a DEL comes for one', () => {
    const result = lived(env, { events: [1000, REMOVE, 7, 2000, ADD, 1, 3000, REMOVE, 1] });
    expect(result).toMatchObject({ delayedPods: [], coolingAddressMs: 30_000, assignedAddressMs: 1000 });
  });
});
