/** A stand-in EKS small enough for a test: a control plane of its own, an account, nodes, aws-node and its CNI, pods. */
import { createAgent } from '../../src/ipamd/agent.ts';
import { DEFAULT_LATENCIES } from '../../src/ipamd/simulate.ts';
import { type Cni, startCni } from '../../testbed/cni/start-cni.ts';
import { applyAwsNode, AWS_NODE_PATH, type AwsNodeOptions, untilRolledOut } from '../../testbed/cluster/aws-node.ts';
import { kwokConfig } from '../../testbed/cluster/kwok-config.ts';
import { createNodes, nodeNameOf, type NodeSpec } from '../../testbed/cluster/nodes.ts';
import { createApiClient } from '../../testbed/control-plane/api-client.ts';
import { type AuditedRequest, isWrite, readAuditLog } from '../../testbed/control-plane/audit-log.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { USERS } from '../../testbed/control-plane/identity.ts';
import { type Ec2Endpoint, startEc2Endpoint } from '../../testbed/ec2/endpoint.ts';
import { formatAddress } from '../../testbed/ec2/ipv4.ts';
import { Ec2Model } from '../../testbed/ec2/model.ts';
import type { CniTuning, CniTuningStatus } from '../../src/api/cnituning.ts';
import { eventually, startOwnPlane } from './control-plane.ts';
import { grantOperator } from './operator.ts';
import { installCrd } from './shared-plane.ts';

/** `spec.changes` of a story in which one change follows another. */
export const MANY_CHANGES = { minimumInterval: '0s', maxPerDay: 10 };

export type SmallClusterOptions = {
  readonly nodes: number;
  readonly podsPerNode: number;
  readonly instanceType?: string;
  /** Pods a node takes; the CNI's standard for the type unless said otherwise. */
  readonly maxPods?: number;
  /** Of aws-node, where it differs from what EKS ships. */
  readonly env?: AwsNodeOptions['env'];
  readonly maxUnavailable?: AwsNodeOptions['maxUnavailable'];
  /** How long an aws-node pod takes to start its ipamd: makes a rollout last. */
  readonly containerStartMs?: number;
};

export type SmallCluster = {
  readonly plane: ControlPlane;
  readonly model: Ec2Model;
  readonly subnetId: string;
  readonly cni: Cni;
  /** The EC2 endpoint now; another object after `restartEc2`. */
  ec2(): Ec2Endpoint;
  stopEc2(): Promise<void>;
  startEc2(): Promise<void>;
  addNodes(nodes: number, instanceType?: string): Promise<void>;
  stop(): Promise<void>;
};

export const ZONE = 'us-east-1a';
const CLUSTER = 'small';
export const TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';

export async function startSmallCluster(options: SmallClusterOptions): Promise<SmallCluster> {
  const { env, maxUnavailable = '25%', instanceType = 'm5.large' } = options;
  const plane = await startOwnPlane({ auditLog: true, kwokConfig: kwokConfig({ awsNodeWaitsForCni: true }) });
  const model = new Ec2Model({ now: Date.now });
  const vpc = model.addVpc({ cidr: '10.0.0.0/16', tags: {} });
  const { id: subnetId } = model.addSubnet({ vpcId: vpc.id, cidr: '10.0.0.0/22', zone: ZONE, tags: {} });
  let endpoint = await startEc2Endpoint({ model });
  const { url, caFile, tokens } = plane;
  const api = createApiClient({ url, caFile, token: tokens.cni });
  const cni = await startCni({
    api,
    createAgent,
    ec2Url: endpoint.url,
    model,
    clusterName: CLUSTER,
    seed: 1,
    latencies: DEFAULT_LATENCIES,
    containerStartMs: options.containerStartMs ?? 0,
  });
  const addNodes = async (nodes: number, type = instanceType): Promise<void> => {
    const maxPods = options.maxPods === undefined ? {} : { maxPods: options.maxPods };
    const specs = Array.from({ length: nodes }, () => ({ ...launch(model, subnetId, type), ...maxPods }));
    await createNodes(plane.api, specs);
    const pods = specs.flatMap(({ name }) => Array.from({ length: options.podsPerNode }, (_, pod) => aPod(name, pod)));
    for (const pod of pods) await plane.api.create('/api/v1/namespaces/default/pods', pod);
  };
  await Promise.all([
    installCrd(plane),
    applyAwsNode(plane.api, { ...(env === undefined ? {} : { env }), maxUnavailable }),
  ]);
  await grantOperator(plane);
  await addNodes(options.nodes);
  await untilRolledOut(plane.api, options.nodes, 120_000);
  return {
    plane,
    model,
    subnetId,
    cni,
    ec2: () => endpoint,
    stopEc2: () => endpoint.stop(),
    startEc2: async () => {
      const { port, calls, faults } = endpoint;
      endpoint = await startEc2Endpoint({ model, port, calls, faults });
    },
    addNodes,
    stop: async () => {
      await cni.stop();
      api.close();
      await endpoint.stop();
      await plane.stop();
    },
  };
}

function launch(model: Ec2Model, subnetId: string, instanceType: string): NodeSpec {
  const instance = model.addInstance({
    instanceType,
    subnetId,
    tags: { [`kubernetes.io/cluster/${CLUSTER}`]: 'owned' },
    interfaceTags: { 'cluster.k8s.amazonaws.com/name': CLUSTER },
  });
  const [primary = ''] = instance.interfaceIds;
  const internalIp = formatAddress(model.interface(primary).primary);
  return { name: nodeNameOf(internalIp), instanceId: instance.id, instanceType, zone: ZONE, internalIp };
}

function aPod(nodeName: string, at: number): unknown {
  const name = `work-${nodeName.split('.')[0]}-${at}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName, containers: [{ name: 'work', image: 'registry.k8s.io/pause:3.10' }] },
  };
}

/** The value of a variable in the DaemonSet's container aws-node; undefined when the entry is not there. */
export async function liveValue(plane: Pick<ControlPlane, 'api'>, variable: string): Promise<string | undefined> {
  type Container = {
    readonly name: string;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  };
  type DaemonSet = {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
  };
  const daemonSet = await plane.api.get<DaemonSet>(AWS_NODE_PATH);
  const container = daemonSet.spec.template.spec.containers.find(({ name }) => name === 'aws-node');
  return container?.env.find(({ name }) => name === variable)?.value;
}

/** Creates (or changes) the CniTuning `default` as somebody with kubectl would. */
export async function applyTuning(plane: ControlPlane, spec: object): Promise<void> {
  const tuning = { apiVersion: 'cnituning.dev/v1alpha1', kind: 'CniTuning', metadata: { name: 'default' }, spec };
  const applied = await plane.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(tuning) });
  if (applied.exitCode !== 0) throw new Error(applied.stderr);
}

export async function tuningStatus(plane: ControlPlane): Promise<CniTuningStatus> {
  return (await plane.api.get<CniTuning>(`${TUNINGS}/default`)).status;
}

/** Resolves with the status once `isSo` of it; else fails with the status as it was last. */
export async function untilStatus(
  plane: ControlPlane,
  isSo: (status: CniTuningStatus) => boolean,
  timeoutMs = 120_000,
): Promise<CniTuningStatus> {
  return await eventually(
    async () => {
      const status = await tuningStatus(plane);
      if (!isSo(status)) throw new Error(`the status is not yet so: ${JSON.stringify(status, undefined, 1)}`);
      return status;
    },
    { timeoutMs },
  );
}

/** Reason of the condition of that type; undefined when it is absent. */
export function reasonOf(status: CniTuningStatus, type: string): string | undefined {
  return status.conditions?.find((condition) => condition.type === type)?.reason;
}

/** Every request of the operator since then, as the API server saw it. */
export async function operatorRequests(plane: ControlPlane, sinceMs = 0): Promise<readonly AuditedRequest[]> {
  const requests = await readAuditLog(plane.auditLogFile ?? '');
  return requests.filter(({ user, receivedAtMs }) => user === USERS.operator.user && receivedAtMs >= sinceMs);
}

/** The operator's writes that reached the DaemonSet, refused ones included. */
export async function daemonSetWrites(plane: ControlPlane, sinceMs = 0): Promise<readonly AuditedRequest[]> {
  const requests = await operatorRequests(plane, sinceMs);
  return requests.filter((request) => isWrite(request) && request.resource === 'daemonsets');
}
