import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../control-plane/api-client.ts';

const CNI_VERSION = 'v1.21.1';
const REGISTRY = '602401143452.dkr.ecr.us-east-1.amazonaws.com';

type EnvEntry = { readonly name: string; readonly value?: string; readonly valueFrom?: unknown };

/** The environment of the container `aws-node` in the order and with the values that EKS ships. */
const SHIPPED_ENV: readonly (readonly [string, string])[] = [
  ['ADDITIONAL_ENI_TAGS', '{}'],
  ['AWS_VPC_CNI_NODE_PORT_SUPPORT', 'true'],
  ['AWS_VPC_ENI_MTU', '9001'],
  ['AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG', 'false'],
  ['AWS_VPC_K8S_CNI_EXTERNALSNAT', 'false'],
  ['AWS_VPC_K8S_CNI_LOGLEVEL', 'DEBUG'],
  ['AWS_VPC_K8S_CNI_LOG_FILE', '/host/var/log/aws-routed-eni/ipamd.log'],
  ['AWS_VPC_K8S_CNI_RANDOMIZESNAT', 'prng'],
  ['AWS_VPC_K8S_CNI_VETHPREFIX', 'eni'],
  ['AWS_VPC_K8S_PLUGIN_LOG_FILE', '/var/log/aws-routed-eni/plugin.log'],
  ['AWS_VPC_K8S_PLUGIN_LOG_LEVEL', 'DEBUG'],
  ['DISABLE_INTROSPECTION', 'false'],
  ['DISABLE_METRICS', 'false'],
  ['DISABLE_NETWORK_RESOURCE_PROVISIONING', 'false'],
  ['ENABLE_IMDS_ONLY_MODE', 'false'],
  ['ENABLE_IPv4', 'true'],
  ['ENABLE_IPv6', 'false'],
  ['ENABLE_MULTI_NIC', 'false'],
  ['ENABLE_POD_ENI', 'false'],
  ['ENABLE_PREFIX_DELEGATION', 'false'],
  ['ENABLE_SUBNET_DISCOVERY', 'true'],
  ['NETWORK_POLICY_ENFORCING_MODE', 'standard'],
  ['VPC_CNI_VERSION', CNI_VERSION],
  ['WARM_ENI_TARGET', '1'],
  ['WARM_PREFIX_TARGET', '1'],
];

export const AWS_NODE_PATH = '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node';

export type AwsNodeOptions = {
  /** Entries that differ from what EKS ships, such as `{ENABLE_PREFIX_DELEGATION: 'true'}`; new names go to the end. */
  readonly env?: Readonly<Record<string, string>>;
  /** `10%` as shipped. */
  readonly maxUnavailable?: string | number;
};

function awsNodeEnv(changes: Readonly<Record<string, string>>): readonly EnvEntry[] {
  const shipped = SHIPPED_ENV.map(([name, value]) => ({ name, value: changes[name] ?? value }));
  const known = new Set(SHIPPED_ENV.map(([name]) => name));
  const added = Object.entries(changes).filter(([name]) => !known.has(name));
  return [
    ...shipped,
    ...added.map(([name, value]) => ({ name, value })),
    { name: 'MY_NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
    { name: 'MY_POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
  ];
}

const LABELS = {
  'app.kubernetes.io/instance': 'aws-vpc-cni',
  'app.kubernetes.io/name': 'aws-node',
  'app.kubernetes.io/version': CNI_VERSION,
  'k8s-app': 'aws-node',
};

/** The DaemonSet as the EKS add-on ships it, probes and volumes included. */
export function awsNodeManifest({
  env = {},
  maxUnavailable = '10%',
}: AwsNodeOptions = {}): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'aws-node', namespace: 'kube-system', labels: LABELS },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'aws-node' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
      template: {
        metadata: {
          labels: {
            'app.kubernetes.io/instance': 'aws-vpc-cni',
            'app.kubernetes.io/name': 'aws-node',
            'k8s-app': 'aws-node',
          },
        },
        spec: {
          affinity: NODE_AFFINITY,
          hostNetwork: true,
          initContainers: [initContainer()],
          containers: [awsNodeContainer(awsNodeEnv(env)), nodeAgentContainer()],
          priorityClassName: 'system-node-critical',
          securityContext: {},
          serviceAccountName: 'aws-node',
          terminationGracePeriodSeconds: 10,
          tolerations: [{ operator: 'Exists' }],
          volumes: VOLUMES,
        },
      },
    },
  };
}

const NODE_AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
            { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
            { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'hybrid', 'auto'] },
          ],
        },
      ],
    },
  },
};

const VOLUMES = [
  { name: 'bpf-pin-path', hostPath: { path: '/sys/fs/bpf' } },
  { name: 'cni-bin-dir', hostPath: { path: '/opt/cni/bin' } },
  { name: 'cni-net-dir', hostPath: { path: '/etc/cni/net.d' } },
  { name: 'log-dir', hostPath: { path: '/var/log/aws-routed-eni', type: 'DirectoryOrCreate' } },
  { name: 'run-dir', hostPath: { path: '/var/run/aws-node', type: 'DirectoryOrCreate' } },
  { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
];

function initContainer(): unknown {
  return {
    name: 'aws-vpc-cni-init',
    image: `${REGISTRY}/amazon-k8s-cni-init:${CNI_VERSION}`,
    env: [
      { name: 'DISABLE_TCP_EARLY_DEMUX', value: 'false' },
      { name: 'ENABLE_IPv6', value: 'false' },
    ],
    securityContext: { privileged: true },
    resources: { requests: { cpu: '25m' } },
    volumeMounts: [{ name: 'cni-bin-dir', mountPath: '/host/opt/cni/bin' }],
  };
}

function awsNodeContainer(env: readonly EnvEntry[]): unknown {
  const probe = (initialDelaySeconds: number) => ({
    exec: { command: ['/app/grpc-health-probe', '-addr=:50051', '-connect-timeout=5s', '-rpc-timeout=5s'] },
    initialDelaySeconds,
    timeoutSeconds: 10,
  });
  return {
    name: 'aws-node',
    image: `${REGISTRY}/amazon-k8s-cni:${CNI_VERSION}`,
    ports: [{ name: 'metrics', containerPort: 61678, protocol: 'TCP' }],
    env,
    livenessProbe: probe(60),
    readinessProbe: probe(1),
    resources: { requests: { cpu: '25m' } },
    securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
    volumeMounts: [
      { name: 'cni-bin-dir', mountPath: '/host/opt/cni/bin' },
      { name: 'cni-net-dir', mountPath: '/host/etc/cni/net.d' },
      { name: 'log-dir', mountPath: '/host/var/log/aws-routed-eni' },
      { name: 'run-dir', mountPath: '/var/run/aws-node' },
      { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
    ],
  };
}

function nodeAgentContainer(): unknown {
  return {
    name: 'aws-eks-nodeagent',
    image: `${REGISTRY}/amazon/aws-network-policy-agent:v1.3.0`,
    args: [
      '--enable-ipv6=false',
      '--enable-network-policy=false',
      '--metrics-bind-addr=:8162',
      '--health-probe-bind-addr=:8163',
    ],
    ports: [{ name: 'agentmetrics', containerPort: 8162, protocol: 'TCP' }],
    env: [{ name: 'MY_NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
    resources: { requests: { cpu: '25m' } },
    securityContext: { capabilities: { add: ['NET_ADMIN'] }, privileged: true },
    volumeMounts: [
      { name: 'cni-bin-dir', mountPath: '/host/opt/cni/bin' },
      { name: 'bpf-pin-path', mountPath: '/sys/fs/bpf' },
      { name: 'log-dir', mountPath: '/var/log/aws-routed-eni' },
      { name: 'run-dir', mountPath: '/var/run/aws-node' },
    ],
  };
}

/** Creates or updates aws-node as the EKS add-on does: server-side apply as field manager `eks`. */
export async function applyAwsNode(api: ApiClient, options: AwsNodeOptions = {}): Promise<void> {
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'aws-node', namespace: 'kube-system' },
  };
  await api.apply('/api/v1/namespaces/kube-system/serviceaccounts/aws-node', 'eks', account);
  await api.apply(AWS_NODE_PATH, 'eks', awsNodeManifest(options));
}

export type DaemonSetState = {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
};

/** Before the controller's first write the counters look finished: observedGeneration is compared first. */
export function isRolledOut({ metadata, status }: DaemonSetState, nodes: number): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    status.desiredNumberScheduled === nodes &&
    status.updatedNumberScheduled === nodes &&
    status.numberAvailable === nodes
  );
}

/** Waits until every one of `nodes` nodes runs the present template of aws-node. */
export async function untilRolledOut(api: ApiClient, nodes: number, withinMs = 600_000): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const daemonSet = await api.get<DaemonSetState>(AWS_NODE_PATH);
    if (isRolledOut(daemonSet, nodes)) return;
    if (Date.now() > deadlineMs) {
      throw new Error(
        `aws-node is not rolled out to ${nodes} nodes within ${withinMs / 1000} s: ${JSON.stringify(daemonSet.status)}`,
      );
    }
    await delay(100);
  }
}
