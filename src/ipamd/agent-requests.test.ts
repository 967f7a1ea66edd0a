/** What an agent asks for and tells, call by call, against answers that the test gives: the rest of agent.ts. */
import { describe, expect, it } from 'vitest';
import { aDescribedENI } from '../../test/support/a-described-eni.ts';
import { createAgent } from './agent.ts';
import type { Agent, AgentOptions } from './agent.ts';
import type { DescribedENI, EC2Request, EC2Response } from './ec2-calls.ts';
import { limitsOf } from './instance-limits.ts';
import { fromEnv } from './warm-settings.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };

const PRIMARY = aDescribedENI('eni-1', { addresses: [10, 11, 12] });

function anAgent(
  env: Readonly<Record<string, string>>,
  enis: readonly DescribedENI[] = [PRIMARY],
  more: Partial<AgentOptions> = {},
): Agent {
  const limits = limitsOf('m5.large');
  if (limits === undefined) throw new Error('m5.large is in the table');
  return createAgent({
    shape: { ...limits, maxPods: 29 },
    settings: fromEnv({ ENABLE_IPv4: 'true', ...env }).settings,
    nowMs: 1000,
    random: () => 0,
    metadata: () => enis,
    ...more,
  });
}

/** Makes all requests at one time; the actions in order. */
function made(
  agent: Agent,
  requests: readonly EC2Request[],
  nowMs: number,
  answer: (request: EC2Request) => EC2Response,
): readonly string[] {
  const actions: string[] = [];
  const open = [...requests];
  for (let request = open.shift(); request !== undefined; request = open.shift()) {
    actions.push(request.action);
    open.push(...agent.respond(request.id, answer(request), nowMs));
  }
  return actions;
}

/** An EC2 that describes these interfaces, with the subnet in a role, and assigns one address or prefix at 4096. */
function ec2(enis: readonly DescribedENI[] = [PRIMARY], role = '1') {
  return (request: EC2Request): EC2Response => {
    if (request.action === 'DescribeNetworkInterfaces') return { ok: true, described: enis };
    if (request.action === 'AssignPrivateIpAddresses') return { ok: true, addresses: [4096] };
    return {
      ok: true,
      subnets: [{ subnet: 'subnet-1', availableAddresses: 9, tags: { 'kubernetes.io/role/cni': role } }],
    };
  };
}

const begin = (agent: Agent, answer = ec2()) => made(agent, agent.wake(1000), 1000, answer);

describe('an agent', () => {
  it('is woken at its start, and then at every half interval once it is ready', () => {
    const agent = anAgent({ MINIMUM_IP_TARGET: '3' });
    expect(agent.nextWakeMs()).toBe(1000);
    const requests = agent.wake(1000);
    expect(requests).toEqual([{ action: 'DescribeNetworkInterfaces', enis: ['eni-1'], id: 1 }]);
    expect([agent.nextWakeMs(), agent.phase]).toEqual([undefined, 'init']);
    made(agent, requests, 1200, ec2());
    expect([agent.phase, agent.failure, agent.nextWakeMs()]).toEqual(['run', undefined, 3700]);
    expect(agent.wake(3699)).toEqual([]);
    expect(agent.nextWakeMs()).toBe(3700);
    expect(agent.wake(3700)).toEqual([]);
    expect(agent.nextWakeMs()).toBe(6200);
  });

  it('answers a call once, by its id', () => {
    const agent = anAgent({ MINIMUM_IP_TARGET: '3' });
    const [request] = agent.wake(1000);
    expect(agent.respond(2, { ok: true }, 1100)).toEqual([]);
    expect(agent.respond(request?.id ?? 0, { ok: true, described: [PRIMARY] }, 1100)).toMatchObject([
      { action: 'CreateTags' },
    ]);
    expect(agent.respond(request?.id ?? 0, { ok: true, described: [PRIMARY] }, 1100)).toEqual([]);
  });

  it('does nothing more once it is stopped', () => {
    const agent = anAgent({ WARM_IP_TARGET: '5' });
    expect(agent.snapshot()).toEqual([]);
    begin(agent);
    agent.addPod('a', 2000);
    agent.stop();
    expect([agent.nextWakeMs(), agent.wake(3500)]).toEqual([undefined, []]);
  });

  it('tags with its instance id, and creates in the ENIConfig subnet', () => {
    const agent = anAgent({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' }, undefined, {
      instanceId: 'i-7',
      podSubnet: 'pods',
    });
    const asked: EC2Request[] = [];
    made(agent, agent.wake(1000), 1000, (request) => {
      asked.push(request);
      return request.action === 'CreateNetworkInterface' ? { ok: false, code: 'x' } : ec2()(request);
    });
    expect(asked.find(({ action }) => action === 'CreateTags')).toMatchObject({
      tags: { 'node.k8s.amazonaws.com/instance_id': 'i-7' },
    });
    expect(asked.find(({ action }) => action === 'CreateNetworkInterface')).toMatchObject({ subnet: 'pods' });
  });

  it('does not grow while it starts on a cordoned node', () => {
    expect(begin(anAgent({ WARM_IP_TARGET: '5' }, undefined, { unschedulable: true }))).not.toContain(
      'AssignPrivateIpAddresses',
    );
    expect(begin(anAgent({ WARM_IP_TARGET: '5' }))).toContain('AssignPrivateIpAddresses');
  });
});

describe('a pod', () => {
  it('gets an address with its ENI, keeps it, and gives it back once', () => {
    const agent = anAgent({ MINIMUM_IP_TARGET: '3' });
    begin(agent);
    expect(agent.addPod('a', 2000)).toEqual({ ok: true, address: 10, eni: 'eni-1' });
    expect(agent.addPod('a', 2100)).toEqual({ ok: true, address: 10, eni: 'eni-1' });
    expect(agent.deletePod('a', 2200)).toEqual({ ok: true, address: 10, eni: 'eni-1', requests: [] });
    expect(agent.deletePod('a', 2300)).toEqual({ ok: false, reason: 'unknown-pod' });
    expect(agent.addPod('b', 32_200)).toMatchObject({ address: 11 });
    expect(agent.addPod('c', 32_201)).toMatchObject({ address: 10 });
    expect(agent.addPod('d', 32_201)).toMatchObject({ address: 12 });
    expect(agent.addPod('e', 32_201)).toEqual({ ok: false, reason: 'no-address' });
  });

  it('is not served before the start is over, and its DEL then is remembered', () => {
    const pods = [
      { pod: 'a', address: 10, eni: 'eni-1' },
      { pod: 'b', address: 11, eni: 'eni-1' },
    ];
    const agent = anAgent({ MINIMUM_IP_TARGET: '3' }, undefined, { pods });
    expect(agent.snapshot()).toEqual(pods);
    expect(agent.deletePod('a', 1000)).toEqual({ ok: false, reason: 'ipamd-down' });
    expect(agent.snapshot()).toEqual(pods.slice(1));
    begin(agent);
    expect(agent.snapshot()).toEqual(pods.slice(1));
    expect(agent.addPod('c', 2000)).toMatchObject({ address: 10 });
    expect(agent.snapshot()).toHaveLength(2);
  });
});

describe('the pool as the agent tells it', () => {
  it('counts the addresses of all network cards', () => {
    const enis = [PRIMARY, aDescribedENI('eni-2', { networkCard: 1, addresses: [20, 21] })];
    const agent = anAgent({ ENABLE_MULTI_NIC: 'true', MINIMUM_IP_TARGET: '3' }, enis, { networkCards: 2 });
    begin(agent, ec2(enis));
    agent.addPod('a', 2000);
    agent.addPod('b', 2000);
    agent.deletePod('b', 3000);
    expect(agent.stats(33_000)).toEqual({
      total: 5,
      assigned: 1,
      cooling: 1,
      available: 4,
      prefixes: 0,
      freePrefixes: 0,
      enis: 2,
    });
    expect(agent.stats(33_001).cooling).toBe(0);
  });

  it('counts prefixes in prefix mode, and leaves them out in the other', () => {
    const enis = [aDescribedENI('eni-1', { prefixes: [1600, 1616] })];
    const agent = anAgent(PREFIXES, enis);
    begin(agent, ec2(enis));
    agent.addPod('a', 2000);
    expect(agent.stats(2000)).toMatchObject({ total: 32, prefixes: 2, freePrefixes: 1 });
    const pods = [{ pod: 'p', address: 1601, eni: 'eni-1' }];
    const plain = anAgent({ MINIMUM_IP_TARGET: '3' }, enis, { pods });
    begin(plain, ec2(enis));
    expect(plain.stats(2000)).toMatchObject({ total: 1, assigned: 0, prefixes: 0, freePrefixes: 0 });
  });
});

describe('what runs beside the loop', () => {
  it('is a DEL that gives prefixes back, while the loop goes on', () => {
    const enis = [aDescribedENI('eni-1', { prefixes: [1600], addresses: [10, 11, 12] })];
    const pods = [{ pod: 'p', address: 1601, eni: 'eni-1' }];
    const agent = anAgent({ MINIMUM_IP_TARGET: '3' }, enis, { pods });
    begin(agent, ec2(enis));
    const deleted = agent.deletePod('p', 2000);
    const requests = deleted.ok ? deleted.requests : [];
    expect(requests).toMatchObject([{ action: 'UnassignPrivateIpAddresses', kind: 'prefix', addresses: [1600] }]);
    expect([agent.nextWakeMs(), agent.wake(3500)]).toEqual([3500, []]);
    expect(agent.respond(requests[0]?.id ?? 0, { ok: true }, 3600)).toEqual([]);
    expect(agent.nextWakeMs()).toBe(6000);
  });

  it('is the timer of an emptied address on an excluded ENI', () => {
    const pods = [{ pod: 'p', address: 11, eni: 'eni-1' }];
    const agent = anAgent({ MINIMUM_IP_TARGET: '3' }, undefined, { pods, unschedulable: true });
    begin(agent, ec2([PRIMARY], '0'));
    const answer = ec2([PRIMARY], '0');
    made(agent, agent.wake(3500), 3500, answer);
    agent.deletePod('p', 3600);
    made(agent, agent.wake(6000), 6000, answer);
    expect(agent.nextWakeMs()).toBe(8500);
    agent.wake(8500);
    expect(agent.nextWakeMs()).toBe(8600);
    expect(agent.wake(8600)).toEqual([]);
    expect(agent.nextWakeMs()).toBe(11_000);
  });
});
