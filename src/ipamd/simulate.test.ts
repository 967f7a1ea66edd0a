import { describe, expect, it } from 'vitest';
import { limitsOf, maxPodsOf } from './instance-limits.ts';
import { DEFAULT_LATENCIES, replay } from './simulate.ts';
import type { NodeLife, ReplayOptions } from './simulate.ts';
import { fromEnv } from './warm-settings.ts';

const HOUR_MS = 3_600_000;
const NO_LATENCY = Object.fromEntries(Object.keys(DEFAULT_LATENCIES).map((action) => [action, 0]));

type Event = readonly [atMs: number, op: 'add' | 'remove', pod: number];

function aLife(events: readonly Event[], wanted: Partial<NodeLife> = {}): NodeLife {
  const triples = events.flatMap(([atMs, op, pod]) => [atMs, op === 'add' ? 1 : 0, pod]);
  return {
    readyAtMs: -HOUR_MS,
    fromMs: 0,
    untilMs: HOUR_MS,
    startingPods: [],
    events: Float64Array.from(triples),
    ...wanted,
  };
}

function lived(env: Readonly<Record<string, string>>, life: NodeLife, wanted: Partial<ReplayOptions> = {}) {
  const limits = limitsOf('m5.large');
  if (limits === undefined) throw new Error('m5.large is in the table');
  const { settings } = fromEnv({ ENABLE_IPv4: 'true', ...env });
  const shape = { ...limits, maxPods: maxPodsOf(limits) };
  return replay({
    shape,
    settings,
    life,
    seed: 1,
    latencies: { ...DEFAULT_LATENCIES, ...NO_LATENCY },
    metadataLagMs: 0,
    ...wanted,
  });
}

const ADD: readonly Event[] = [[600_001, 'add', 1]];

describe('a replay of an idle hour', () => {
  const idleHour = () => lived({ WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '5' }, aLife([]));

  it('integrates what is held, counted and idle', () => {
    expect(idleHour()).toMatchObject({
      countedMs: HOUR_MS,
      // Five addresses and the interface's own.
      heldAddressMs: 6 * HOUR_MS,
      totalAddressMs: 5 * HOUR_MS,
      assignedAddressMs: 0,
      coolingAddressMs: 0,
      idleAddressMs: 5 * HOUR_MS,
      eniMs: HOUR_MS,
      maxHeldAddresses: 6,
      p99HeldAddresses: 6,
    });
  });

  it('makes no call, and counts none of the start, which was long before', () => {
    const result = idleHour();
    expect(result).toMatchObject({ ec2Calls: 0, mutatingEc2Calls: 0, enisCreated: 0, enisFreed: 0 });
    expect(result.calls).toBeUndefined();
  });
});

describe('a pod that comes and goes', () => {
  const life = aLife([
    [600_001, 'add', 1],
    [1_200_001, 'remove', 1],
  ]);
  const env = { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '5' };

  it('is counted while it has its address, and thirty seconds of cool-down after', () => {
    expect(lived(env, life)).toMatchObject({
      podStarts: 1,
      delayedPods: [],
      assignedAddressMs: 600_000,
      coolingAddressMs: 30_000,
      idleAddressMs: 5 * HOUR_MS - 600_000,
    });
  });

  it('cools as long as IP_COOLDOWN_PERIOD says, as far as the end', () => {
    expect(lived({ ...env, IP_COOLDOWN_PERIOD: '60' }, life).coolingAddressMs).toBe(60_000);
    expect(lived(env, { ...life, untilMs: 1_210_001 }).coolingAddressMs).toBe(10_000);
  });

  it('cools no longer once its address is taken from the node', () => {
    const sixteen = Array.from({ length: 16 }, (_, pod): Event => [600_001, 'add', pod]);
    // The 17th pod is alone in the second prefix; when it and another leave, that prefix is too much and goes.
    const leave: readonly Event[] = [
      [700_001, 'add', 16],
      [1_200_001, 'remove', 0],
      [1_200_001, 'remove', 16],
    ];
    const prefixes = { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '1' };
    const { coolingAddressMs, calls = [] } = lived(prefixes, aLife([...sixteen, ...leave]), { recordCalls: true });
    const gone = calls
      .filter(({ action }) => action === 'UnassignPrivateIpAddresses')
      .map(({ atMs }) => atMs - 1_200_001);
    expect(gone.map((afterMs) => afterMs <= 5000)).toEqual([true]);
    expect(coolingAddressMs).toBe(30_000 + (gone[0] ?? 0));
  });

  it('with WARM_ENI_TARGET=1 costs an interface that goes again', () => {
    const result = lived({ WARM_ENI_TARGET: '1' }, life, { recordCalls: true });
    expect(result).toMatchObject({ enisCreated: 1, enisFreed: 1, maxHeldAddresses: 20 });
    expect(result.callsByAction).toMatchObject({
      CreateNetworkInterface: 1,
      AttachNetworkInterface: 1,
      ModifyNetworkInterfaceAttribute: 1,
      DescribeInstances: 1,
      DescribeSubnets: 2,
      DescribeNetworkInterfaces: 1,
      DetachNetworkInterface: 1,
      DeleteNetworkInterface: 1,
    });
    expect(result.ec2Calls).toBe(9);
    expect(result.mutatingEc2Calls).toBe(5);
    expect(result.calls).toHaveLength(9);
    expect(result.calls?.[0]?.atMs).toBeGreaterThan(600_001);
    expect(result.calls?.[0]?.atMs).toBeLessThanOrEqual(605_001);
  });
});

describe('a pod that finds no address', () => {
  const env = { MINIMUM_IP_TARGET: '1', WARM_ENI_TARGET: '1' };
  const crowd: readonly Event[] = [
    [600_001, 'add', 1],
    [600_002, 'add', 2],
    [703_001, 'remove', 1],
  ];

  it('waits, in steps of ten seconds, until one is free', () => {
    // Pod 1 leaves at 703.001 s and its address cools until 733.001 s: the 14th try, at 740.016 s, works.
    expect(lived(env, aLife(crowd)).delayedPods).toEqual([
      { pod: 2, atMs: 600_002, waitMs: 140_014, served: true, young: false },
    ]);
  });

  it('is tried again as often as told', () => {
    expect(lived(env, aLife(crowd), { retryMs: 1000 }).delayedPods[0]?.waitMs).toBe(133_000);
  });

  it('waits in vain when it is deleted, or when the stretch ends', () => {
    const deleted = lived(env, aLife([...crowd.slice(0, 2), [660_002, 'remove', 2]]));
    expect(deleted.delayedPods).toEqual([{ pod: 2, atMs: 600_002, waitMs: 60_000, served: false, young: false }]);
    const ended = lived(env, aLife(crowd.slice(0, 2), { untilMs: 650_002 }));
    expect(ended.delayedPods).toEqual([{ pod: 2, atMs: 600_002, waitMs: 50_000, served: false, young: false }]);
  });

  it('is on a young node for two minutes after it turned ready', () => {
    expect(lived(env, aLife(crowd, { readyAtMs: 480_003, fromMs: 480_003 })).delayedPods[0]?.young).toBe(true);
    expect(lived(env, aLife(crowd, { readyAtMs: 480_002, fromMs: 480_002 })).delayedPods[0]?.young).toBe(false);
  });
});

describe('a burst', () => {
  const env = { WARM_IP_TARGET: '1', MINIMUM_IP_TARGET: '4' };
  const four = aLife([1, 2, 3, 4].map((pod) => [600_001, 'add', pod] as const));

  it('tells the pods that were served and left too little for one half again as large', () => {
    // The third leaves one address for the one more that three may bring; the fourth none for two.
    expect(lived(env, four)).toMatchObject({ delayedPods: [], tightPods: [4] });
    expect(lived({ ...env, MINIMUM_IP_TARGET: '6' }, four).tightPods).toEqual([]);
  });

  it('is at least one pod larger under IP targets: a pod that comes alone leaves room for another', () => {
    const oneByOne = aLife([1, 2, 3, 4].map((pod) => [600_001 + pod * 30_000, 'add', pod] as const));
    expect(lived(env, oneByOne).tightPods).toEqual([4]);
    const full = aLife(Array.from({ length: 9 }, (_, pod) => [600_001 + pod * 30_000, 'add', pod] as const));
    expect(lived({ WARM_ENI_TARGET: '0' }, full).tightPods).toEqual([]);
  });

  it('counts the pods of ten seconds: the last of seven leaves two addresses of nine, not three', () => {
    const seven = (gapMs: number) =>
      aLife([1, 2, 3, 4, 5, 6, 7].map((pod) => [600_001 + pod * gapMs, 'add', pod] as const));
    expect(lived({ WARM_ENI_TARGET: '0' }, seven(1_000)).tightPods).toEqual([7]);
    expect(lived({ WARM_ENI_TARGET: '0' }, seven(11_000)).tightPods).toEqual([]);
  });

  it('finds no room in addresses that still cool', () => {
    const before = [1, 2, 3, 4, 5].map((pod) => [600_001 + pod * 30_000, 'add', pod] as const);
    const leave = [1, 2, 3].map((pod) => [800_000, 'remove', pod] as const);
    const burst = (atMs: number) => [6, 7, 8, 9].map((pod) => [atMs, 'add', pod] as const);
    const tightAt = (atMs: number) =>
      lived({ WARM_ENI_TARGET: '0' }, aLife([...before, ...leave, ...burst(atMs)])).tightPods;
    // Two pods stay and three addresses cool: four more take the last four.
    expect(tightAt(830_000)).toEqual([9]);
    expect(tightAt(830_001)).toEqual([]);
  });

  it('is not told of on a young node, or before the counting', () => {
    const young = [480_001, 480_002].map((readyAtMs) => lived(env, { ...four, readyAtMs }).tightPods);
    expect(young).toEqual([[4], []]);
    expect(lived(env, { ...four, beginsAtMs: 0, fromMs: 600_002 }).tightPods).toEqual([]);
  });
});

describe('the beginning of a stretch', () => {
  it('at the start of the node counts the calls of the start', () => {
    const result = lived({ WARM_ENI_TARGET: '1' }, aLife([], { readyAtMs: 0 }));
    expect(result.callsByAction).toMatchObject({
      DescribeNetworkInterfaces: 1,
      ModifyNetworkInterfaceAttribute: 1,
      AssignPrivateIpAddresses: 1,
    });
  });

  it('with pods finds them placed and the pool settled, and counts none of them as starts', () => {
    const life = aLife([], { startingPods: [1, 2, 3] });
    expect(lived({ WARM_IP_TARGET: '2' }, life)).toMatchObject({
      podStarts: 0,
      delayedPods: [],
      assignedAddressMs: 3 * HOUR_MS,
      totalAddressMs: 5 * HOUR_MS,
      ec2Calls: 0,
    });
  });

  it('may be lived through uncounted before the counting starts', () => {
    const life = aLife(ADD, { beginsAtMs: -600_000, fromMs: 900_000 });
    expect(lived({ WARM_IP_TARGET: '2' }, life)).toMatchObject({
      countedMs: HOUR_MS - 900_000,
      podStarts: 0,
      assignedAddressMs: HOUR_MS - 900_000,
      ec2Calls: 0,
    });
  });

  it('ends before its last moment, which is the first of the next', () => {
    const adds = aLife(ADD, { untilMs: 600_001 });
    expect(lived({ WARM_IP_TARGET: '2' }, adds).podStarts).toBe(0);
    expect(lived({ WARM_IP_TARGET: '2' }, { ...adds, fromMs: 600_001, untilMs: HOUR_MS }).podStarts).toBe(1);
  });

  it('of no length gives zeros', () => {
    expect(lived({}, aLife([], { fromMs: 100, untilMs: 100 }))).toMatchObject({ countedMs: 0, heldAddressMs: 0 });
  });
});

it('the share of time at or below a number of held addresses is read at 99 %', () => {
  const shortly = lived(
    { WARM_ENI_TARGET: '1' },
    aLife(
      [
        [600_001, 'add', 1],
        [3_600_001, 'remove', 1],
      ],
      { untilMs: 200 * HOUR_MS },
    ),
  );
  expect(shortly).toMatchObject({ maxHeldAddresses: 20, p99HeldAddresses: 10 });
});
