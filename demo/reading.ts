/** What the cluster and the account say at one moment, read over HTTP like anybody else would. */
import { ec2ResponseFrom } from '../testbed/ec2/query-answer.ts';
import type { DescribedENI, EC2Action, EC2Response } from '../src/ipamd/ec2-calls.ts';
import { isMutating } from '../src/ipamd/ec2-calls.ts';
import type { ApiClient } from '../testbed/control-plane/api-client.ts';
import { AWS_NODE_PATH } from '../testbed/cluster/aws-node.ts';
import type { DemoCluster } from './demo-cluster.ts';

export type SubnetReading = {
  readonly id: string;
  readonly zone: string;
  readonly sizeAddresses: number;
  readonly freeAddresses: number;
};

/** What the demo's CniTuning asks to keep free of each subnet. */
const RESERVE = 0.1;

/** More is free than before, and more than the reserve. */
export function hasRoomAgain({ freeAddresses, sizeAddresses }: SubnetReading, before: SubnetReading): boolean {
  return freeAddresses > before.freeAddresses && freeAddresses > RESERVE * sizeAddresses;
}

export type Reading = {
  readonly atMs: number;
  /** WARM_ENI_TARGET as the DaemonSet has it. */
  readonly warmENI: string;
  readonly runningPods: number;
  /** Taken from the subnets by the nodes' interfaces. */
  readonly heldAddresses: number;
  /** Of these, addresses that a pod could have and none has. */
  readonly idleAddresses: number;
  readonly interfaces: number;
  readonly subnets: readonly SubnetReading[];
  /** Since the cluster was started. */
  readonly podStarts: number;
  readonly podsDelayed: number;
  readonly ec2Calls: number;
  readonly mutatingEc2Calls: number;
};

type Pod = {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly hostNetwork?: boolean };
  readonly status: { readonly phase: string; readonly podIP?: string };
};
type PodEvent = { readonly message?: string; readonly involvedObject: { readonly uid: string } };
type List<T> = { readonly items: readonly T[] };
export type EnvEntry = { readonly name: string; readonly value?: string };
type DaemonSet = {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly name: string; readonly env?: readonly EnvEntry[] }[] };
    };
  };
};
type CallTotals = Readonly<Record<string, { readonly calls: number }>>;

export async function takeReading(cluster: DemoCluster): Promise<Reading> {
  const { testbed } = cluster;
  const { plane, cni } = testbed;
  const [env, pods, interfaces, subnets, delayed, calls] = await Promise.all([
    awsNodeEnv(plane.api),
    podsWithAddress(plane.api),
    nodeInterfaces(cluster),
    readSubnets(cluster),
    delayedPods(plane.api),
    callsOfCni(testbed.ec2().url),
  ]);
  const usable = interfaces.reduce((sum, { addresses, prefixes }) => sum + addresses.length + 16 * prefixes.length, 0);
  return {
    atMs: Date.now(),
    warmENI: env.find(({ name }) => name === 'WARM_ENI_TARGET')?.value ?? '',
    runningPods: pods,
    heldAddresses: usable + interfaces.length,
    idleAddresses: Math.max(0, usable - pods),
    interfaces: interfaces.length,
    subnets,
    podStarts: cni.counters().podStarts,
    podsDelayed: delayed.size,
    ec2Calls: sumOf(calls, () => true),
    mutatingEc2Calls: sumOf(calls, (action) => isMutating(action as EC2Action)),
  };
}

export async function awsNodeEnv(api: ApiClient): Promise<readonly EnvEntry[]> {
  const { spec } = await api.get<DaemonSet>(AWS_NODE_PATH);
  return spec.template.spec.containers.find(({ name }) => name === 'aws-node')?.env ?? [];
}

export async function readSubnets({ testbed, subnets }: DemoCluster): Promise<readonly SubnetReading[]> {
  const answer = await askEc2(testbed.ec2().url, 'DescribeSubnets');
  const found = new Map(answer.subnets?.map(({ subnet, availableAddresses }) => [subnet, availableAddresses]));
  return subnets.map(({ id, zone, sizeAddresses }) => ({
    id,
    zone,
    sizeAddresses,
    freeAddresses: found.get(id) ?? Number.NaN,
  }));
}

/** The interfaces that are attached to the demo's nodes. */
async function nodeInterfaces({ testbed }: DemoCluster): Promise<readonly DescribedENI[]> {
  const answer = await askEc2(testbed.ec2().url, 'DescribeNetworkInterfaces');
  const described = answer.described ?? [];
  return described.filter(({ tags }) => tags?.['cluster.k8s.amazonaws.com/name'] !== undefined);
}

/** Pods that have been refused an address at least once, by uid, from the kubelet's events. */
export async function delayedPods(api: ApiClient): Promise<ReadonlySet<string>> {
  const { items } = await api.get<List<PodEvent>>('/api/v1/events?fieldSelector=reason%3DFailedCreatePodSandBox');
  const refused = items.filter(({ message = '' }) => message.includes('failed to assign an IP address to container'));
  return new Set(refused.map(({ involvedObject }) => involvedObject.uid));
}

async function podsWithAddress(api: ApiClient): Promise<number> {
  const { items } = await api.get<List<Pod>>('/api/v1/pods');
  return items.filter(({ spec, status }) => spec.hostNetwork !== true && status.phase === 'Running').length;
}

type Answer = Extract<EC2Response, { readonly ok: true }>;

async function askEc2(url: string, action: EC2Action): Promise<Answer> {
  const body = new URLSearchParams({ Action: action, Version: '2016-11-15' });
  const response = await fetch(url, { method: 'POST', body, headers: { 'user-agent': 'app/demo' } });
  const answer = ec2ResponseFrom(action, response.status, await response.text(), new Map());
  if (!answer.ok) throw new Error(`the EC2 endpoint answered ${action} with ${answer.code}`);
  return answer;
}

async function callsOfCni(url: string): Promise<CallTotals> {
  const response = await fetch(`${url}/_control/calls`);
  const { byCaller } = (await response.json()) as { readonly byCaller: Readonly<Record<string, CallTotals>> };
  return byCaller['aws-node'] ?? {};
}

function sumOf(calls: CallTotals, counts: (action: string) => boolean): number {
  return Object.entries(calls).reduce((sum, [action, { calls: made }]) => (counts(action) ? sum + made : sum), 0);
}
