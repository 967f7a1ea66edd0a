/**
 * The worked examples of upstream's documents, reproduced: eni-and-ip-target.md and
 * prefix-and-ip-target.md in the documents of amazon-vpc-cni-k8s v1.23.1, its integration tests, the controller's
 * prefix_delegation_config_options.md, and the EKS best practices. Pods come one by one to a fresh node.
 */
import { describe, expect, it } from 'vitest';
import { TestNode } from '../../test/support/a-node.ts';

type Env = Readonly<Record<string, string>>;

const SETTLED_MS = 60_000;
const POD_GAP_MS = 6000;

const eni = (target: number): Env => ({ WARM_ENI_TARGET: String(target) });
const ips = (warm: number, minimum: number): Env => ({
  WARM_IP_TARGET: String(warm),
  MINIMUM_IP_TARGET: String(minimum),
  WARM_ENI_TARGET: '1',
});
const inPrefixes = (env: Env): Env => ({ ...env, ENABLE_PREFIX_DELEGATION: 'true' });
/** The manifest's WARM_PREFIX_TARGET stays beside IP targets. */
const prefixes = (target: number): Env => inPrefixes({ WARM_PREFIX_TARGET: String(target) });
const prefixIPs = (warm: number, minimum: number): Env =>
  inPrefixes({ ...ips(warm, minimum), WARM_PREFIX_TARGET: '1' });

function nodeWith(instanceType: string, env: Env, pods: number, maxPods?: number): TestNode {
  const node = new TestNode({ instanceType, env, ...(maxPods === undefined ? {} : { maxPods }) });
  node.pass(SETTLED_MS);
  for (let pod = 0; pod < pods; pod++) {
    node.addPods(1);
    node.pass(POD_GAP_MS);
  }
  node.pass(SETTLED_MS);
  expect(node.refusedPods).toBe(0);
  return node;
}

type SecondaryRow = readonly [env: Env, pods: number, addresses: number, unused: number, byENI: readonly number[]];

function expectSecondary(instanceType: string, [env, pods, addresses, unused, byENI]: SecondaryRow): void {
  const node = nodeWith(instanceType, env, pods);
  expect(node.stats).toMatchObject({ total: addresses, assigned: pods, available: unused, enis: byENI.length });
  expect(node.cidrsByENI).toEqual(byENI);
}

describe('the table of ENI and IP targets', () => {
  it.each<SecondaryRow>([
    [eni(1), 0, 3, 3, [3]],
    [eni(1), 5, 9, 4, [3, 3, 3]],
    [eni(1), 9, 9, 0, [3, 3, 3]],
    [ips(1, 1), 0, 1, 1, [1]],
    [ips(1, 1), 5, 6, 1, [3, 3]],
    [ips(1, 1), 9, 9, 0, [3, 3, 3]],
    // The document prints 2 + 3; the loop fills the first ENI first.
    [ips(2, 5), 0, 5, 5, [3, 2]],
    [ips(2, 5), 5, 7, 2, [3, 3, 1]],
    [ips(2, 5), 9, 9, 0, [3, 3, 3]],
  ])('holds on a t3.small with %j and %i pods', (...row) => expectSecondary('t3.small', row));

  it.each<SecondaryRow>([
    [eni(1), 0, 49, 49, [49]],
    [eni(1), 3, 98, 95, [49, 49]],
    [eni(1), 95, 147, 52, [49, 49, 49]],
    [ips(5, 10), 0, 10, 10, [10]],
    [ips(5, 10), 7, 12, 5, [12]],
    [ips(5, 10), 15, 20, 5, [20]],
    [ips(5, 10), 45, 50, 5, [49, 1]],
  ])('holds on a p3dn.24xlarge with %j and %i pods', (...row) => expectSecondary('p3dn.24xlarge', row));
});

type PrefixRow = readonly [env: Env, pods: number, prefixes: number, unused: number, byENI: readonly number[]];

function expectPrefixes(instanceType: string, [env, pods, count, unused, byENI]: PrefixRow): void {
  const node = nodeWith(instanceType, env, pods, 110);
  expect(node.stats).toMatchObject({ prefixes: count, assigned: pods, available: unused, enis: byENI.length });
  expect(node.cidrsByENI).toEqual(byENI);
}

describe('the table of prefix and IP targets', () => {
  it.each<PrefixRow>([
    [prefixes(1), 0, 1, 16, [1]],
    [prefixes(1), 5, 2, 27, [2]],
    [prefixes(1), 16, 2, 16, [2]],
    [prefixes(1), 17, 3, 31, [3]],
    [prefixes(1), 58, 5, 22, [3, 2]],
    [prefixIPs(1, 1), 0, 1, 16, [1]],
    [prefixIPs(1, 1), 5, 1, 11, [1]],
    [prefixIPs(1, 1), 17, 2, 15, [2]],
    [prefixIPs(1, 1), 58, 4, 6, [3, 1]],
    [prefixIPs(7, 20), 5, 2, 27, [2]],
    [prefixIPs(7, 20), 17, 2, 15, [2]],
    [prefixIPs(7, 20), 58, 5, 22, [3, 2]],
  ])('holds on a t3.small with %j and %i pods', (...row) => expectPrefixes('t3.small', row));

  it.each<PrefixRow>([
    [prefixes(1), 0, 1, 16, [1]],
    [prefixIPs(5, 10), 0, 1, 16, [1]],
    [prefixIPs(5, 10), 7, 1, 9, [1]],
    [prefixIPs(5, 10), 15, 2, 17, [2]],
  ])('holds on a p3dn.24xlarge with %j and %i pods', (...row) => expectPrefixes('p3dn.24xlarge', row));

  it.each<PrefixRow>([
    // The document prints one prefix attached, and two on the ENI.
    [prefixIPs(7, 20), 0, 2, 32, [2]],
  ])('says one prefix where the code attaches two, with %j and %i pods', (...row) => expectPrefixes('t3.small', row));

  it.each<PrefixRow>([
    [prefixes(1), 3, 2, 29, [2]],
    [prefixes(1), 95, 7, 17, [7]],
    [prefixIPs(5, 10), 45, 4, 19, [4]],
  ])('counts empty ENIs that the code never attaches, with %j and %i pods', (...row) =>
    expectPrefixes('p3dn.24xlarge', row),
  );
});

describe("the controller's table for Windows, where Linux is the same", () => {
  it.each<readonly [env: Env, pods: number, prefixes: number, unused: number]>([
    [prefixes(1), 0, 1, 16],
    [prefixes(3), 0, 3, 48],
    [prefixes(1), 5, 2, 27],
    [prefixes(1), 17, 3, 31],
    [prefixIPs(0, 1), 0, 1, 16],
    [prefixIPs(0, 1), 5, 1, 11],
    [prefixIPs(0, 1), 15, 1, 1],
    [prefixIPs(5, 0), 0, 1, 16],
    [prefixIPs(5, 0), 5, 1, 11],
    [prefixIPs(5, 0), 11, 1, 5],
    [prefixIPs(5, 0), 12, 2, 20],
    [prefixIPs(1, 1), 0, 1, 16],
    [prefixIPs(1, 1), 5, 1, 11],
    [prefixIPs(1, 1), 17, 2, 15],
    [prefixIPs(3, 1), 14, 2, 18],
    [prefixIPs(7, 20), 0, 2, 32],
    [prefixIPs(7, 20), 5, 2, 27],
    [prefixIPs(7, 20), 17, 2, 15],
    [prefixIPs(7, 20), 26, 3, 22],
    // Nothing set there is one warm address and a minimum of three.
    [prefixIPs(1, 3), 0, 1, 16],
    [prefixIPs(1, 3), 15, 1, 1],
    [prefixIPs(1, 3), 16, 2, 16],
  ])('holds with %j and %i pods', (env, pods, count, unused) => {
    expect(nodeWith('m5.large', env, pods, 110).stats).toMatchObject({ prefixes: count, available: unused });
  });

  it.each<readonly [env: Env, pods: number, total: number, warm: number]>([
    [ips(1, 0), 0, 1, 1],
    [ips(1, 0), 5, 6, 1],
    [ips(5, 0), 0, 5, 5],
    [ips(1, 1), 0, 1, 1],
    [ips(1, 1), 1, 2, 1],
    [ips(1, 3), 3, 4, 1],
    [ips(1, 3), 5, 6, 1],
    [ips(5, 10), 0, 10, 10],
    [ips(10, 10), 0, 10, 10],
    [ips(10, 10), 10, 20, 10],
    [ips(15, 10), 10, 25, 15],
  ])('holds for single addresses with %j and %i pods', (env, pods, total, warm) => {
    expect(nodeWith('c5.4xlarge', env, pods).stats).toMatchObject({ total, available: warm });
  });

  it('parts where only the minimum is set: Linux never grows past it, so pods wait', () => {
    const node = new TestNode({ instanceType: 'm5.large', env: prefixIPs(0, 1), maxPods: 110 });
    node.pass(SETTLED_MS);
    node.addPods(17);
    node.pass(SETTLED_MS);
    expect(node.stats).toMatchObject({ prefixes: 1, assigned: 16 });
    expect(node.refusedPods).toBe(1);
  });
});

describe("upstream's integration tests on a node without pods", () => {
  it.each<readonly [env: Env, addresses: number]>([
    [ips(2, 0), 2],
    [ips(16, 0), 16],
    [ips(0, 2), 2],
    [ips(0, 16), 16],
    [ips(6, 10), 10],
  ])('give with %j so many secondary addresses: %i', (env, total) => {
    expect(nodeWith('c5.4xlarge', env, 0).stats).toMatchObject({ total });
  });

  it.each<readonly [env: Env, prefixes: number]>([
    [prefixIPs(2, 0), 1],
    [prefixIPs(16, 0), 1],
    [prefixIPs(0, 2), 1],
    [prefixIPs(0, 16), 1],
    [prefixIPs(6, 10), 1],
    [prefixes(2), 2],
    [inPrefixes({ ...ips(2, 0), WARM_PREFIX_TARGET: '2' }), 1],
  ])('give with %j so many prefixes: %i', (env, count) => {
    expect(nodeWith('c5.4xlarge', env, 0, 110).stats).toMatchObject({ prefixes: count });
  });

  it.each<readonly [env: Env, enis: number]>([
    [{ WARM_ENI_TARGET: '3', MAX_ENI: '2' }, 2],
    [{ WARM_ENI_TARGET: '3' }, 3],
    [{ WARM_ENI_TARGET: '2' }, 2],
  ])('give with %j so many ENIs: %i', (env, enis) => {
    expect(nodeWith('c5.4xlarge', env, 0).stats).toMatchObject({ enis });
  });
});

it('three c5.large with two pods on two of them hold 50 addresses, 43 of them warm', () => {
  const nodes = [1, 1, 0].map((pods) => nodeWith('c5.large', eni(1), pods));
  const held = nodes.reduce((sum, node) => sum + node.instance.heldAddresses, 0);
  const own = nodes.reduce((sum, node) => sum + node.enis, 0);
  const warm = nodes.reduce((sum, node) => sum + node.stats.available, 0);
  expect({ held, warm, own }).toEqual({ held: 50, warm: 43, own: 5 });
});

/** Growth only, on fresh nodes; `held` counts every ENI's own address and 16 per prefix. */
describe('the closed form of a growing pool', () => {
  type Shape = readonly [instanceType: string, maxENIs: number, slots: number];
  const SHAPES: readonly Shape[] = [
    ['t3.medium', 3, 5],
    ['m5.large', 3, 9],
    ['m5.xlarge', 4, 14],
    ['c5.4xlarge', 8, 29],
  ];
  const PODS = [0, 1, 5, 9, 14] as const;

  it.each(SHAPES)('holds for ENI targets on a %s', (instanceType, maxENIs, slots) => {
    for (const target of [1, 2]) {
      for (const pods of PODS) {
        const enis = Math.min(maxENIs, Math.max(1, target + Math.ceil(pods / slots)));
        const node = nodeWith(instanceType, eni(target), pods);
        expect(node.instance.heldAddresses).toBe(enis * (slots + 1));
      }
    }
  });

  it.each(SHAPES)('holds for IP targets on a %s', (instanceType, maxENIs, slots) => {
    for (const [warm, minimum] of [
      [2, 10],
      [5, 0],
      [1, 20],
    ] as const) {
      for (const pods of PODS) {
        const total = Math.min(maxENIs * slots, Math.max(pods + warm, minimum));
        const node = nodeWith(instanceType, ips(warm, minimum), pods);
        expect(node.instance.heldAddresses).toBe(total + Math.max(1, Math.ceil(total / slots)));
      }
    }
  });

  it.each(SHAPES)('holds for prefixes on a %s', (instanceType, maxENIs, slots) => {
    for (const pods of [0, 1, 15, 16, 17, 33]) {
      const count = Math.min(maxENIs * slots, 1 + Math.ceil(pods / 16));
      const node = nodeWith(instanceType, prefixes(1), pods, 110);
      expect(node.instance.heldAddresses).toBe(16 * count + Math.max(1, Math.ceil(count / slots)));
    }
  });
});
