/**
 * The stand-in EKS of the demo: a real control plane, an account with three subnets, nodes that join a few at a time,
 * and the stand-in CNI on each of them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CreateAgent } from '../src/ipamd/agent.ts';
import { DEFAULT_LATENCIES } from '../src/ipamd/simulate.ts';
import { type Cni, startCni } from '../testbed/cni/start-cni.ts';
import { applyAwsNode } from '../testbed/cluster/aws-node.ts';
import { kwokConfig } from '../testbed/cluster/kwok-config.ts';
import { createNodes, nodeNameOf } from '../testbed/cluster/nodes.ts';
import { type ApiClient, createApiClient } from '../testbed/control-plane/api-client.ts';
import type { Binaries } from '../testbed/control-plane/binaries.ts';
import { type ControlPlane, startControlPlane } from '../testbed/control-plane/control-plane.ts';
import { type Ec2Endpoint, startEc2Endpoint } from '../testbed/ec2/endpoint.ts';
import { formatAddress } from '../testbed/ec2/ipv4.ts';
import { Ec2Model } from '../testbed/ec2/model.ts';
import { type DemoLayout, type DemoNode, type DemoSubnet, VPC_CIDR } from './layout.ts';

export const CLUSTER_NAME = 'demo';
export const REGION = 'us-east-1';

/** One subnet with the names of the nodes that stand in it. */
export type PlacedSubnet = DemoSubnet & { readonly id: string };
export type PlacedNode = DemoNode & { readonly name: string; readonly instanceId: string };

export type DemoCluster = {
  readonly plane: ControlPlane;
  readonly endpoint: Ec2Endpoint;
  readonly cni: Cni;
  readonly subnets: readonly PlacedSubnet[];
  readonly nodes: readonly PlacedNode[];
};

/** Called with each thing that must be stopped, as soon as it runs. */
export type OnStarted = (stop: () => Promise<void>) => void;

/** How long things take on a node, much as on a real one. */
const NODE_DELAYS = {
  podStart: { fromMs: 500, toMs: 1_500 },
  podStop: { fromMs: 300, toMs: 1_000 },
} as const;
const CONTAINER_START_MS = 1_500;
/** The account's EC2 calls are throttled as a real one's: nodes join no faster than it stands. */
const NODES_AT_ONCE = 4;
const PAUSE_BETWEEN_NODES_MS = 700;
const CNI_CONNECTIONS = 24;

export async function startPlane(binaries: Binaries, onStarted: OnStarted): Promise<ControlPlane> {
  const plane = await startControlPlane({
    binaries,
    kwokConfig: kwokConfig({ ...NODE_DELAYS, awsNodeWaitsForCni: true, parallelism: 16 }),
  });
  onStarted(() => plane.stop());
  return plane;
}

export async function startCluster(
  plane: ControlPlane,
  layout: DemoLayout,
  start: {
    readonly createAgent: CreateAgent;
    readonly seed: number;
    readonly onStarted: OnStarted;
    readonly onNodes: (joined: number) => void;
  },
): Promise<DemoCluster> {
  const model = new Ec2Model({ now: Date.now });
  const subnets = placeSubnets(model, layout);
  const endpoint = await startEc2Endpoint({ model });
  start.onStarted(() => endpoint.stop());
  const api = cniClient(plane);
  const cni = await startCni({
    api,
    createAgent: start.createAgent,
    ec2Url: endpoint.url,
    model,
    clusterName: CLUSTER_NAME,
    seed: start.seed,
    latencies: DEFAULT_LATENCIES,
    containerStartMs: CONTAINER_START_MS,
  });
  start.onStarted(async () => {
    await cni.stop();
    api.close();
  });
  await applyAwsNode(plane.api);
  const nodes = await joinNodes(plane, model, { subnets, onNodes: start.onNodes });
  return { plane, endpoint, cni, subnets, nodes };
}

function cniClient(plane: ControlPlane): ApiClient {
  const { url, caFile, tokens } = plane;
  return createApiClient({ url, caFile, token: tokens.cni, connections: CNI_CONNECTIONS });
}

function placeSubnets(model: Ec2Model, layout: DemoLayout): readonly PlacedSubnet[] {
  const vpc = model.addVpc({ cidr: VPC_CIDR, tags: { Name: 'demo' } });
  return layout.subnets.map((subnet) => {
    const zoneLetter = subnet.zone.at(-1) ?? '';
    const { id } = model.addSubnet({
      vpcId: vpc.id,
      cidr: subnet.cidr,
      zone: subnet.zone,
      tags: { Name: `demo-private-${zoneLetter}`, 'kubernetes.io/role/internal-elb': '1' },
    });
    addOthers(model, id, subnet.othersAddresses);
    return { ...subnet, id };
  });
}

/** Load balancers and endpoints that live in the same subnet, in interfaces of up to fifty addresses. */
function addOthers(model: Ec2Model, subnetId: string, addresses: number): void {
  for (let left = addresses; left > 0; left -= 50) {
    model.addInterface({
      subnetId,
      secondaryCount: Math.min(left, 50) - 1,
      description: 'ELB net/shared-ingress',
      interfaceType: 'network_load_balancer',
      requesterManaged: true,
      requesterId: 'amazon-elb',
    });
  }
}

async function joinNodes(
  plane: ControlPlane,
  model: Ec2Model,
  { subnets, onNodes }: { readonly subnets: readonly PlacedSubnet[]; readonly onNodes: (joined: number) => void },
): Promise<readonly PlacedNode[]> {
  // Zone by zone in turn, as an auto scaling group spreads them.
  const queue = subnets.flatMap(({ nodes }) => nodes.map((node, at) => ({ node, order: at / nodes.length })));
  const inTurn = queue.toSorted((one, other) => one.order - other.order).map(({ node }) => node);
  const placed: PlacedNode[] = [];
  for (let at = 0; at < inTurn.length; at += NODES_AT_ONCE) {
    const some = inTurn.slice(at, at + NODES_AT_ONCE).map((node) => launch(model, subnets, node));
    await createNodes(
      plane.api,
      some.map(({ spec }) => spec),
    );
    placed.push(...some.map(({ node }) => node));
    onNodes(placed.length);
    await delay(PAUSE_BETWEEN_NODES_MS);
  }
  return placed;
}

function launch(model: Ec2Model, subnets: readonly PlacedSubnet[], node: DemoNode) {
  const subnet = subnets[node.subnet];
  if (subnet === undefined) throw new Error(`there is no subnet ${node.subnet}`);
  const instance = model.addInstance({
    instanceType: node.instanceType,
    subnetId: subnet.id,
    tags: { Name: `demo-${node.index}`, [`kubernetes.io/cluster/${CLUSTER_NAME}`]: 'owned' },
    interfaceTags: { 'cluster.k8s.amazonaws.com/name': CLUSTER_NAME },
  });
  const [primary = ''] = instance.interfaceIds;
  const internalIp = formatAddress(model.interface(primary).primary);
  const name = nodeNameOf(internalIp);
  return {
    node: { ...node, name, instanceId: instance.id },
    spec: { name, instanceId: instance.id, instanceType: node.instanceType, zone: subnet.zone, internalIp },
  };
}
