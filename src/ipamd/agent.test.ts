import { describe, expect, it } from 'vitest';
import { TestNode } from '../../test/support/a-node.ts';
import { createAgent } from './agent.ts';
import type { DescribedENI } from './ec2-calls.ts';
import { limitsOf } from './instance-limits.ts';
import { SubnetSpace } from './subnet-space.ts';
import { fromEnv } from './warm-settings.ts';

const MINUTE_MS = 60_000;
const ip = (warm: number, minimum: number) => ({ WARM_IP_TARGET: String(warm), MINIMUM_IP_TARGET: String(minimum) });

function aNodeWith(env: Readonly<Record<string, string>>, pods: number) {
  const node = new TestNode({ instanceType: 'm5.large', env, maxPods: 110 });
  node.pass(MINUTE_MS);
  const names: string[] = [];
  for (let pod = 0; pod < pods; pod++) {
    names.push(...node.addPods(1));
    node.pass(10_000);
  }
  node.pass(MINUTE_MS);
  return { node, names };
}

describe('a process on a node', () => {
  it('refuses pods until it is ready', () => {
    const node = new TestNode({ instanceType: 'm5.large', env: {} });
    expect(node.agent.addPod('early', 0)).toEqual({ ok: false, reason: 'ipamd-down' });
    expect(node.agent.phase).toBe('init');
    expect(node.agent.nextWakeMs()).toBe(0);
    node.pass(0);
    expect(node.agent.phase).toBe('run');
    expect(node.agent.addPod('later', 0)).toMatchObject({ ok: true, eni: 'eni-00000' });
    expect(node.agent.deletePod('early', 0)).toEqual({ ok: false, reason: 'unknown-pod' });
  });

  it('gives up its start when EC2 does not describe the interfaces, and says why', () => {
    const node = new TestNode({ instanceType: 'm5.large', env: {} });
    node.failures = { DescribeNetworkInterfaces: 'RequestLimitExceeded' };
    node.pass(MINUTE_MS);
    expect(node.agent.phase).toBe('failed');
    expect(node.agent.failure).toBe('the attached ENIs could not be described');
    expect(node.agent.nextWakeMs()).toBeUndefined();
  });

  it('ignores answers, wakes and pods once it is stopped', () => {
    const node = new TestNode({ instanceType: 'm5.large', env: {} });
    const [request] = node.agent.wake(0);
    node.agent.stop();
    expect(node.agent.respond(request?.id ?? 0, { ok: true, described: [] }, 1)).toEqual([]);
    expect(node.agent.wake(2)).toEqual([]);
    expect(node.agent.nextWakeMs()).toBeUndefined();
    expect(node.agent.addPod('late', 3)).toEqual({ ok: false, reason: 'ipamd-down' });
  });

  it('ignores an answer to a call it did not make', () => {
    const node = new TestNode({ instanceType: 'm5.large', env: {} });
    node.agent.wake(0);
    expect(node.agent.respond(4711, { ok: true }, 1)).toEqual([]);
  });

  it('does not grow on a cordoned node, and does so once the cordon is gone', () => {
    const { node } = aNodeWith(ip(2, 0), 1);
    node.agent.setUnschedulable(true);
    node.addPods(2);
    node.pass(MINUTE_MS);
    expect(node.stats).toMatchObject({ total: 3, assigned: 3 });
    node.agent.setUnschedulable(false);
    node.pass(MINUTE_MS);
    expect(node.stats).toMatchObject({ total: 5, assigned: 3 });
  });
});

describe('a restart with other settings on a node with running pods', () => {
  it('keeps the pods where they are', () => {
    const { node } = aNodeWith({ WARM_ENI_TARGET: '1' }, 5);
    const before = node.agent.snapshot();
    node.restart(ip(2, 5));
    expect(node.agent.snapshot()).toEqual(before);
    node.pass(MINUTE_MS);
    expect([...node.agent.snapshot()].sort(byPod)).toEqual([...before].sort(byPod));
  });

  it('gives back what the new targets do not want, 2.5 s after ready, and an empty interface after a minute', () => {
    // The pod sits on the primary: there was no other interface when it came.
    const { node } = aNodeWith({ WARM_ENI_TARGET: '1' }, 1);
    expect(node.stats).toMatchObject({ total: 18, assigned: 1, enis: 2 });
    const restartedMs = node.nowMs;
    const calls = node.calls.length;
    node.restart(ip(0, 1));
    node.pass(5 * MINUTE_MS);
    const after = node.calls.slice(calls).map(({ atMs, action }) => [atMs - restartedMs, action] as const);
    expect(after.find(([, action]) => action === 'UnassignPrivateIpAddresses')?.[0]).toBe(2500);
    expect(node.stats).toMatchObject({ total: 1, assigned: 1 });
    expect(after.find(([, action]) => action === 'DetachNetworkInterface')?.[0]).toBe(62_500);
    expect(node.enis).toBe(1);
  });

  it('with the same settings makes one attribute call an interface, and no other change', () => {
    const env = { WARM_ENI_TARGET: '1', ENABLE_SUBNET_DISCOVERY: 'true' };
    const { node } = aNodeWith(env, 1);
    const held = node.instance.heldAddresses;
    const calls = node.calls.length;
    node.restart(env);
    node.pass(5 * MINUTE_MS);
    const actions = node.calls.slice(calls).map(({ action }) => action);
    expect(actions.toSorted()).toEqual([
      'DescribeNetworkInterfaces',
      'DescribeSubnets',
      'DescribeSubnets',
      'ModifyNetworkInterfaceAttribute',
      'ModifyNetworkInterfaceAttribute',
    ]);
    expect(node.instance.heldAddresses).toBe(held);
  });

  it('into prefix mode drops unused single addresses at once and keeps those with pods', () => {
    const { node } = aNodeWith(ip(4, 0), 3);
    node.restart({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' });
    node.pass(0);
    expect(node.instance.describe('eni-00000')?.addresses).toHaveLength(3);
    expect(node.stats).toMatchObject({ prefixes: 1, assigned: 0 });
    expect(node.agent.snapshot()).toHaveLength(3);
  });

  it('out of prefix mode gives a prefix back with the DEL of its last pod', () => {
    const { node, names } = aNodeWith({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' }, 1);
    node.restart(ip(1, 0));
    node.pass(MINUTE_MS);
    expect(node.instance.describe('eni-00000')?.prefixes).toHaveLength(1);
    node.deletePod(names[0] ?? '');
    expect(node.instance.describe('eni-00000')?.prefixes).toHaveLength(0);
    expect(node.calls.at(-1)?.action).toBe('UnassignPrivateIpAddresses');
  });

  it('forgets pods that ended while no process ran', () => {
    const { node, names } = aNodeWith(ip(2, 0), 2);
    const pods = node.agent.snapshot();
    node.restart(ip(2, 0));
    node.agent.deletePod(names[0] ?? '', node.nowMs);
    node.pass(0);
    expect(node.agent.snapshot()).toEqual(pods.filter(({ pod }) => pod === names[1]));
  });
});

describe('two nodes in one subnet', () => {
  it('take from the same addresses: what one holds the other cannot have, until it is given back', () => {
    // 27 addresses: the first node takes 11, the second has 16 left, and wants 5 more than that.
    const subnet = new SubnetSpace({ base: 0, size: 32 });
    const first = new TestNode({ instanceType: 'c5.4xlarge', env: ip(0, 10), subnet });
    first.pass(MINUTE_MS);
    const second = new TestNode({ instanceType: 'c5.4xlarge', env: ip(0, 20), subnet });
    second.pass(5 * MINUTE_MS);
    expect([first, second].map((node) => node.stats.total)).toEqual([10, 15]);
    expect(subnet.freeAddresses).toBe(0);
    first.nowMs = second.nowMs;
    first.restart(ip(0, 3));
    first.pass(MINUTE_MS);
    second.pass(3 * MINUTE_MS);
    expect([first, second].map((node) => node.stats.total)).toEqual([3, 20]);
    expect(subnet.freeAddresses).toBe(27 - 4 - 21);
  });

  it('break up its /28 blocks for each other', () => {
    const subnet = new SubnetSpace({ base: 0, size: 64 });
    const singles = new TestNode({ instanceType: 'c5.4xlarge', env: ip(0, 29), subnet });
    singles.pass(MINUTE_MS);
    const prefixed = new TestNode({
      instanceType: 'c5.4xlarge',
      env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
      subnet,
    });
    prefixed.pass(MINUTE_MS);
    expect(subnet.freeAddresses).toBeGreaterThan(16);
    expect(subnet.freeBlocks).toBe(0);
    expect(prefixed.stats.prefixes).toBe(0);
  });
});

describe('network cards above 0', () => {
  const primary: DescribedENI = { eni: 'eni-1', device: 0, subnet: 's', own: 1, addresses: [2], prefixes: [] };
  const second: DescribedENI = { ...primary, eni: 'eni-2', own: 3, addresses: [], networkCard: 1 };
  const shape = { ...(limitsOf('c6in.32xlarge') ?? fail()), maxPods: 110 };

  function firstGrowth(env: Readonly<Record<string, string>>) {
    const agent = createAgent({
      shape,
      settings: fromEnv({ ENABLE_IPv4: 'true', ENABLE_SUBNET_DISCOVERY: 'false', ...env }).settings,
      nowMs: 0,
      random: () => 0,
      metadata: () => [primary, second],
      networkCards: 2,
    });
    const asked = [...agent.wake(0)];
    const grown: string[] = [];
    for (let request = asked.shift(); request !== undefined; request = asked.shift()) {
      if (request.action === 'AssignPrivateIpAddresses') grown.push(`${request.eni} ${request.count}`);
      const answer =
        request.action === 'DescribeNetworkInterfaces' ? { described: [primary, second] } : { addresses: [9] };
      asked.push(...agent.respond(request.id, { ok: true, ...answer }, 0));
    }
    return grown;
  }

  it('are kept at one warm address whatever the targets say (unproven against recordings)', () => {
    expect(firstGrowth({ ENABLE_MULTI_NIC: 'true', WARM_IP_TARGET: '7' })).toEqual(['eni-1 6', 'eni-2 1']);
  });

  it('are left alone without ENABLE_MULTI_NIC', () => {
    expect(firstGrowth({ WARM_IP_TARGET: '7' })).toEqual(['eni-1 6']);
  });
});

function byPod(a: { readonly pod: string }, b: { readonly pod: string }): number {
  return a.pod < b.pod ? -1 : 1;
}

function fail(): never {
  throw new Error('the type is in the table');
}
