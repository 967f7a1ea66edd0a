import { limitsOf, maxPodsOf } from '../../src/ipamd/instance-limits.ts';
import type { ApiClient } from '../control-plane/api-client.ts';

/** One worker node as EKS registers it. */
export type NodeSpec = {
  /** `ip-10-0-1-23.ec2.internal`. */
  readonly name: string;
  readonly instanceId: string;
  readonly instanceType: string;
  /** `us-east-1a`. */
  readonly zone: string;
  readonly internalIp: string;
  /** Pods the node takes; the CNI's standard for the instance type by default. */
  readonly maxPods?: number;
  readonly labels?: Readonly<Record<string, string>>;
};

/** On every node that only looks like one. */
export const NODE_GROUP_LABEL = 'eks.amazonaws.com/nodegroup';

const SEVERAL_AT_ONCE = 16;

/** The name EC2 gives an instance of us-east-1. */
export const nodeNameOf = (internalIp: string): string => `ip-${internalIp.replaceAll('.', '-')}.ec2.internal`;

export const regionOf = (zone: string): string => zone.slice(0, -1);

/** The pods a node of this type takes; 110 for a type that the CNI's table does not know. */
export function maxPodsOfType(instanceType: string): number {
  const limits = limitsOf(instanceType);
  return limits === undefined ? 110 : maxPodsOf(limits);
}

/**
 * As what a node shows the address it has in its VPC. In a kind cluster not as the internal one: kindnet would want a
 * route to it, has none, and ends.
 */
export type AddressType = 'InternalIP' | 'ExternalIP';

/** The whole Node object, Ready from the start, as the kubelet of an EKS AMI registers it. */
export function nodeManifest(spec: NodeSpec, addressType: AddressType = 'InternalIP') {
  const { name, instanceId, instanceType, zone, internalIp, labels = {} } = spec;
  const region = regionOf(zone);
  const capacity = {
    cpu: '16',
    memory: '64Gi',
    'ephemeral-storage': '80Gi',
    pods: String(spec.maxPods ?? maxPodsOfType(instanceType)),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/instance-type': instanceType,
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
        [NODE_GROUP_LABEL]: `testbed-${instanceType.replaceAll('.', '-')}`,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': instanceType,
        'topology.k8s.aws/zone-id': `use1-az${zone.charCodeAt(zone.length - 1) - 96}`,
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
        ...labels,
      },
    },
    spec: { providerID: `aws:///${zone}/${instanceId}` },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: addressType, address: internalIp },
        { type: 'InternalDNS', address: name },
        { type: 'Hostname', address: name },
      ],
      conditions: conditions(new Date().toISOString()),
      nodeInfo: NODE_INFO,
    },
  };
}

const NODE_INFO = {
  architecture: 'amd64',
  bootID: '',
  containerRuntimeVersion: 'containerd://2.1.4',
  kernelVersion: '6.12.46-66.121.amzn2023.x86_64',
  kubeProxyVersion: '',
  kubeletVersion: 'v1.36.3-eks-113cf36',
  machineID: '',
  operatingSystem: 'linux',
  osImage: 'Amazon Linux 2023',
  systemUUID: '',
};

function conditions(now: string): readonly unknown[] {
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  return [
    {
      type: 'MemoryPressure',
      status: 'False',
      reason: 'KubeletHasSufficientMemory',
      message: 'kubelet has sufficient memory available',
      ...times,
    },
    {
      type: 'DiskPressure',
      status: 'False',
      reason: 'KubeletHasNoDiskPressure',
      message: 'kubelet has no disk pressure',
      ...times,
    },
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
      ...times,
    },
    { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', ...times },
  ];
}

/** Creates the nodes through the API server, some at a time. */
export async function createNodes(
  api: ApiClient,
  specs: readonly NodeSpec[],
  addressType?: AddressType,
): Promise<void> {
  await severalAtOnce(specs, async (spec) => {
    await api.create('/api/v1/nodes', nodeManifest(spec, addressType));
  });
}

async function severalAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: SEVERAL_AT_ONCE }, worker));
}
