/**
 * What makes a cluster look like EKS, whoever runs its control plane: an AWS account behind an HTTP endpoint, nodes
 * that join from it, aws-node, and the CNI on every node.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createAgent } from '../src/ipamd/agent.ts';
import { DEFAULT_LATENCIES } from '../src/ipamd/simulate.ts';
import { type Cni, startCni } from './cni/start-cni.ts';
import { applyAwsNode, type AwsNodeOptions } from './cluster/aws-node.ts';
import { type AddressType, createNodes, nodeNameOf, type NodeSpec } from './cluster/nodes.ts';
import { type PlannedSubnet, planSubnets, spreadOver, VPC_CIDR } from './cluster/subnet-plan.ts';
import { type ApiClient, createApiClient } from './control-plane/api-client.ts';
import { freePort } from './control-plane/free-port.ts';
import { type Ec2Endpoint, startEc2Endpoint } from './ec2/endpoint.ts';
import { formatAddress } from './ec2/ipv4.ts';
import { Ec2Model } from './ec2/model.ts';

/** `real`: EC2 calls, containers and throttling as slow as on AWS. `quick`: everything at once, for tests. */
export type Pace = 'real' | 'quick';

export type StandInOptions = {
  /** 1 to 5,000. */
  readonly nodes: number;
  /** In turn; m5.xlarge and c5.4xlarge by default. */
  readonly instanceTypes?: readonly string[];
  /** Three of different size by default, in which the nodes find room with the CNI's default settings. */
  readonly subnets?: readonly PlannedSubnet[];
  readonly awsNode?: AwsNodeOptions;
  readonly pace?: Pace;
  readonly seed?: number;
  /** Called as nodes join, with the number so far. */
  readonly onNodes?: (joined: number) => void;
  /** Address of this machine on which the EC2 endpoint listens; 127.0.0.1 unless said otherwise. */
  readonly ec2Address?: string;
  /** As what the nodes show their address; `InternalIP` as on EKS unless said otherwise. */
  readonly nodeAddressType?: AddressType;
};

/** The cluster that is made to look like EKS. */
export type PlainCluster = {
  readonly api: ApiClient;
  readonly url: string;
  readonly caFile: string;
  /** The CNI's own, so that its requests can be told apart. */
  readonly tokens: { readonly cni: string };
};

export type PlacedNode = NodeSpec & { readonly subnetId: string };

export type StandIn = {
  /** The account itself, to read and to seed. */
  readonly model: Ec2Model;
  readonly cni: Cni;
  readonly subnets: readonly (PlannedSubnet & { readonly id: string })[];
  /** The present endpoint; its `url` stays over a restart. */
  ec2(): Ec2Endpoint;
  stopEc2(): Promise<void>;
  startEc2(): Promise<void>;
  nodes(): readonly PlacedNode[];
  addNodes(count: number, instanceType?: string): Promise<readonly PlacedNode[]>;
  /** Deletes the node and its pods and terminates the instance. */
  removeNode(name: string): Promise<void>;
  /** Stops what runs here; the objects stay in the cluster. */
  stop(): Promise<void>;
};

export const CLUSTER_NAME = 'testbed';
export const REGION = 'us-east-1';
export const DEFAULT_INSTANCE_TYPES = ['m5.xlarge', 'c5.4xlarge'] as const;

export const PACES = {
  real: {
    kwok: { podStart: { fromMs: 500, toMs: 1_500 }, podStop: { fromMs: 300, toMs: 1_000 } },
    latencies: DEFAULT_LATENCIES,
    containerStartMs: 1_500,
    rateLimits: undefined,
    // The account's calls are throttled as a real one's: nodes join no faster than it stands.
    nodesAtOnce: 4,
    pauseMs: 700,
  },
  quick: {
    kwok: {},
    latencies: undefined,
    containerStartMs: 0,
    rateLimits: 'off',
    nodesAtOnce: 64,
    pauseMs: 0,
  },
} as const;
const CNI_CONNECTIONS = 24;

/** Resolves when the nodes have joined; aws-node and its pools are starting then. */
export async function startStandIn(cluster: PlainCluster, options: StandInOptions): Promise<StandIn> {
  const started: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const stopOne of started.splice(0).toReversed()) await stopOne();
  };
  try {
    return await assemble({ options, pace: PACES[options.pace ?? 'real'], cluster, started, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

type Assembly = {
  readonly options: StandInOptions;
  readonly pace: (typeof PACES)[Pace];
  readonly cluster: PlainCluster;
  /** What must be stopped, in the order of starting. */
  readonly started: (() => Promise<void>)[];
  readonly stop: () => Promise<void>;
};

async function assemble({ options, pace, cluster, started, stop }: Assembly): Promise<StandIn> {
  const model = new Ec2Model({ now: Date.now });
  const instanceTypes = options.instanceTypes ?? DEFAULT_INSTANCE_TYPES;
  const subnets = addSubnets(model, options.subnets ?? planSubnets(options.nodes, instanceTypes));
  const ec2 = await startRestartableEc2(model, pace.rateLimits, options.ec2Address);
  started.push(ec2.stop);
  const cni = await startCniOf({ options, pace, cluster, started }, model, ec2.now().url);
  await applyAwsNode(cluster.api, options.awsNode);
  const joined = new Map<string, PlacedNode>();
  const where = spreadOver(subnets);
  const join = async (types: readonly string[]): Promise<readonly PlacedNode[]> => {
    const placed: PlacedNode[] = [];
    for (let at = 0; at < types.length; at += pace.nodesAtOnce) {
      if (at > 0 && pace.pauseMs > 0) await delay(pace.pauseMs);
      const some = types
        .slice(at, at + pace.nodesAtOnce)
        .map((type) => launch(model, subnets[where.next().value], type));
      await createNodes(cluster.api, some, options.nodeAddressType);
      for (const node of some) joined.set(node.name, node);
      placed.push(...some);
      options.onNodes?.(joined.size);
    }
    return placed;
  };
  await join(inTurn(instanceTypes, options.nodes));
  return {
    model,
    cni,
    subnets,
    ec2: ec2.now,
    stopEc2: ec2.stop,
    startEc2: ec2.start,
    nodes: () => [...joined.values()],
    addNodes: (count, type) => join(inTurn(type === undefined ? instanceTypes : [type], count)),
    removeNode: async (name) => {
      const node = joined.get(name);
      if (node === undefined) throw new Error(`there is no node ${name} in the testbed`);
      joined.delete(name);
      await removeNode(cluster.api, node);
      model.terminateInstance(node.instanceId);
    },
    stop,
  };
}

function inTurn(types: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => types[index % types.length] ?? 'm5.xlarge');
}

function addSubnets(model: Ec2Model, planned: readonly PlannedSubnet[]): StandIn['subnets'] {
  const vpc = model.addVpc({ cidr: VPC_CIDR, tags: { Name: CLUSTER_NAME } });
  return planned.map((subnet) => {
    const tags = { Name: `${CLUSTER_NAME}-private-${subnet.zone}`, 'kubernetes.io/role/internal-elb': '1' };
    const { id } = model.addSubnet({ ...subnet, vpcId: vpc.id, tags });
    return { ...subnet, id };
  });
}

type RestartableEc2 = {
  readonly now: () => Ec2Endpoint;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

async function startRestartableEc2(
  model: Ec2Model,
  rateLimits: 'off' | undefined,
  address = '127.0.0.1',
): Promise<RestartableEc2> {
  const limits = { address, ...(rateLimits === undefined ? {} : { rateLimits }) };
  // Not one of the ports the kernel hands out: it must be free when the endpoint comes back.
  let endpoint = await startEc2Endpoint({ model, port: await freePort(), ...limits });
  return {
    now: () => endpoint,
    stop: () => endpoint.stop(),
    start: async () => {
      const { port, calls, faults } = endpoint;
      endpoint = await startEc2Endpoint({ model, port, calls, faults, ...limits });
    },
  };
}

async function startCniOf(assembly: Omit<Assembly, 'stop'>, model: Ec2Model, ec2Url: string): Promise<Cni> {
  const { options, pace, cluster, started } = assembly;
  const { url, caFile, tokens } = cluster;
  const api = createApiClient({ url, caFile, token: tokens.cni, connections: CNI_CONNECTIONS });
  const cni = await startCni({
    api,
    createAgent,
    ec2Url,
    model,
    clusterName: CLUSTER_NAME,
    seed: options.seed ?? 1,
    containerStartMs: pace.containerStartMs,
    ...(pace.latencies === undefined ? {} : { latencies: pace.latencies }),
  });
  started.push(async () => {
    await cni.stop();
    api.close();
  });
  return cni;
}

function launch(model: Ec2Model, subnet: StandIn['subnets'][number] | undefined, instanceType: string): PlacedNode {
  if (subnet === undefined) throw new Error('a testbed needs at least one subnet');
  const instance = model.addInstance({
    instanceType,
    subnetId: subnet.id,
    tags: { [`kubernetes.io/cluster/${CLUSTER_NAME}`]: 'owned' },
    interfaceTags: { 'cluster.k8s.amazonaws.com/name': CLUSTER_NAME },
  });
  const [primary = ''] = instance.interfaceIds;
  const internalIp = formatAddress(model.interface(primary).primary);
  const name = nodeNameOf(internalIp);
  return { name, instanceId: instance.id, instanceType, zone: subnet.zone, internalIp, subnetId: subnet.id };
}

/** Pods first and by force: nobody would end them once their node is gone. */
async function removeNode(api: ApiClient, { name }: PlacedNode): Promise<void> {
  const onNode = `fieldSelector=${encodeURIComponent(`spec.nodeName=${name}`)}`;
  await api.delete(`/api/v1/nodes/${name}`);
  const { items } = await api.get<{ items: readonly { metadata: { name: string; namespace: string } }[] }>(
    `/api/v1/pods?${onNode}`,
  );
  for (const { metadata } of items) {
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}?gracePeriodSeconds=0`;
    const { status } = await api.request('DELETE', path);
    if (status >= 400 && status !== 404)
      throw new Error(`the pod ${metadata.name} of node ${name} could not be deleted`);
  }
}
