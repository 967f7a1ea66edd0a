/**
 * Between ipamd and AWS: EC2 calls over HTTP, a bounded number at a time, counted, and as slow as EC2 where that is
 * wanted; and the instance's metadata, which is no EC2 call and therefore read from the account directly.
 */
import { Agent } from 'node:http';
import type { DescribedENI, EC2Request, EC2Response, Latencies } from '../../src/ipamd/ec2-calls.ts';
import type { Ec2Model } from '../ec2/model.ts';
import { type Ec2QueryClient, createEc2QueryClient } from '../ec2/query-client.ts';
import { atMost } from '../workload/at-most.ts';
import type { CniCounters } from './counters.ts';
import type { TimerHeap } from './timer-heap.ts';

export type Ec2Access = {
  /** Never rejects: an endpoint that cannot be reached is a failed call. */
  readonly call: (request: EC2Request, instanceId: string) => Promise<EC2Response>;
  /** The interfaces attached to an instance; undefined while there is no such instance. */
  readonly metadata: (instanceId: string) => readonly DescribedENI[] | undefined;
};

export type Ec2AccessOptions = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly model: Ec2Model;
  /** On every interface that is made, as `cluster.k8s.amazonaws.com/name`. */
  readonly clusterName: string;
  readonly counters: CniCounters;
  readonly now: () => number;
  readonly heap: TimerHeap;
  readonly random: () => number;
  readonly callsAtATime: number;
  /** A call takes at least this long; undefined = as long as the endpoint takes. */
  readonly latencies: Latencies | undefined;
};

export function ec2Access(options: Ec2AccessOptions): Ec2Access & { readonly close: () => void } {
  const { counters, now, heap, latencies, model } = options;
  const limited = atMost(options.callsAtATime);
  const agent = new Agent({ keepAlive: true, maxSockets: options.callsAtATime });
  const closing = new AbortController();
  /** One an instance, because a client remembers its attachments. */
  const clients = new Map<string, Ec2QueryClient>();
  const clientOf = (instanceId: string): Ec2QueryClient => {
    const client = clients.get(instanceId) ?? clientFor(options, agent, instanceId);
    clients.set(instanceId, client);
    return client;
  };
  return {
    call: async (request, instanceId) => {
      const startedMs = now();
      counters.ec2CallsByAction[request.action] += 1;
      const response = await limited(() => clientOf(instanceId).call(request, closing.signal));
      if (!response.ok) counters.ec2CallsFailed += 1;
      const dueMs = startedMs + (latencies?.[request.action] ?? 0);
      if (dueMs > now()) await new Promise<void>((resolve) => void heap.at(dueMs, resolve));
      return response;
    },
    metadata: (instanceId) => attachedTo(model, instanceId),
    close: () => {
      closing.abort();
      agent.destroy();
    },
  };
}

function clientFor(options: Ec2AccessOptions, agent: Agent, instanceId: string): Ec2QueryClient {
  const subnet = options.model.subnet(options.model.instance(instanceId).subnetId);
  return createEc2QueryClient({
    url: options.url,
    agent,
    instanceId,
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    interfaceTags: {
      'cluster.k8s.amazonaws.com/name': options.clusterName,
      'eks:eni:owner': 'amazon-vpc-cni',
    },
    random: options.random,
  });
}

function attachedTo(model: Ec2Model, instanceId: string): readonly DescribedENI[] | undefined {
  const instance = model.instances.get(instanceId);
  if (instance === undefined) return undefined;
  return [...instance.interfaceIds].map((id) => {
    const eni = model.interface(id);
    return {
      eni: eni.id,
      device: eni.attachment?.deviceIndex ?? 0,
      subnet: eni.subnetId,
      own: eni.primary,
      addresses: [...eni.secondaries],
      prefixes: [...eni.prefixes],
      trunk: eni.interfaceType === 'trunk',
      efa: eni.interfaceType === 'efa',
      tags: { ...eni.tags },
    };
  });
}

/** Addresses taken from subnets: each interface's own, its secondary ones, 16 per block. */
export function heldBy(interfaces: readonly DescribedENI[]): number {
  return interfaces.reduce((sum, eni) => sum + 1 + eni.addresses.length + 16 * eni.prefixes.length, 0);
}

/** Which interface an address belongs to. */
export function interfaceOf(interfaces: readonly DescribedENI[], address: number): string | undefined {
  const holds = (eni: DescribedENI) =>
    eni.addresses.includes(address) || eni.prefixes.some((first) => address >= first && address < first + 16);
  return interfaces.find(holds)?.eni;
}
