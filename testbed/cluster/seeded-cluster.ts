/** A large cluster as it stands in etcd after days of work: for runs that measure the first sync. */
import { randomUUID } from 'node:crypto';
import type { SeedEntry } from './etcd-seed.ts';
import { nodeManifest, nodeNameOf } from './nodes.ts';

export type SeededClusterSize = {
  readonly nodes: number;
  readonly pods: number;
  /** Round robin over the nodes. */
  readonly instanceTypes?: readonly string[];
  readonly zones?: readonly string[];
};

const INSTANCE_TYPES = ['m5.xlarge', 'c5.2xlarge', 'r5.large'];
const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const NAMESPACES = 40;
const ENV_ENTRIES = 20;

/**
 * Every object of the cluster, about 11 KB a pod and 4 KB a node: pods with two containers of 20 variables each, field
 * ownership of two writers, all Running with an address of their own.
 */
export function* seededCluster(size: SeededClusterSize): Generator<SeedEntry> {
  const { nodes, pods, instanceTypes = INSTANCE_TYPES, zones = ZONES } = size;
  const createdAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 86_400_000).toISOString().replace('.000Z', 'Z');
  for (let index = 0; index < nodes; index += 1) {
    const name = seededNodeName(index);
    yield { key: `/registry/minions/${name}`, value: aNode(index, { instanceTypes, zones, createdAt }) };
  }
  for (let index = 0; index < NAMESPACES; index += 1) {
    const name = namespaceOf(index);
    yield { key: `/registry/namespaces/${name}`, value: aNamespace(name, createdAt) };
  }
  for (let index = 0; index < pods; index += 1) {
    const pod = aPod(index, seededNodeName(index % nodes), createdAt);
    yield { key: `/registry/pods/${pod.metadata.namespace}/${pod.metadata.name}`, value: pod };
  }
}

/** 10.0.0.4 and up: 65,000 nodes have names. */
export const seededNodeName = (index: number): string => nodeNameOf(nodeIp(index));

const nodeIp = (index: number): string => `10.0.${(index + 4) >> 8}.${(index + 4) & 255}`;
const podIp = (index: number): string => `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
const namespaceOf = (index: number): string => `team-${String(index % NAMESPACES).padStart(2, '0')}`;
const at = <T>(list: readonly T[], index: number, otherwise: T): T => list[index % list.length] ?? otherwise;

type NodeTraits = {
  readonly instanceTypes: readonly string[];
  readonly zones: readonly string[];
  readonly createdAt: string;
};

function aNode(index: number, { instanceTypes, zones, createdAt }: NodeTraits): unknown {
  const manifest = nodeManifest({
    name: seededNodeName(index),
    instanceId: `i-${index.toString(16).padStart(17, '0')}`,
    instanceType: at(instanceTypes, index, 'm5.large'),
    zone: at(zones, index, 'us-east-1a'),
    internalIp: nodeIp(index),
  });
  const { status } = manifest;
  const images = Array.from({ length: 12 }, (_, image) => ({
    names: [`602401143452.dkr.ecr.us-east-1.amazonaws.com/app-${image}@sha256:${String(image).padStart(64, 'a')}`],
    sizeBytes: 100_000_000 + image,
  }));
  return {
    ...manifest,
    metadata: { ...manifest.metadata, uid: randomUUID(), creationTimestamp: createdAt },
    status: { ...status, images },
  };
}

function aNamespace(name: string, creationTimestamp: string): unknown {
  const labels = { 'kubernetes.io/metadata.name': name };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: randomUUID(), creationTimestamp, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function aPod(index: number, nodeName: string, createdAt: string) {
  const app = `service-${index % 400}`;
  const hash = (index % 400).toString(36).padStart(10, '7');
  const containers = ['app', 'sidecar'].map((name) => aContainer(name, app));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${app}-${hash}-${index.toString(36).padStart(5, '0')}`,
      generateName: `${app}-${hash}-`,
      namespace: namespaceOf(index),
      uid: randomUUID(),
      creationTimestamp: createdAt,
      labels: { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': 'shop', 'pod-template-hash': hash },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9102' },
      managedFields: [
        managedBy('kube-controller-manager', createdAt, '', OWNED_SPEC),
        managedBy('kubelet', createdAt, 'status', OWNED_STATUS),
      ],
    },
    spec: {
      nodeName,
      containers,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
    status: runningStatus(index, createdAt, containers),
  };
}

function aContainer(name: string, app: string) {
  return {
    name,
    image: `602401143452.dkr.ecr.us-east-1.amazonaws.com/${app}-${name}:2.14.7`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: ENV_ENTRIES }, (_, entry) => ({
      name: `${app.toUpperCase().replaceAll('-', '_')}_OPTION_${entry}`,
      value: `value-of-option-${entry}-for-${app}-in-production`,
    })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

function runningStatus(
  index: number,
  createdAt: string,
  containers: readonly { readonly name: string; readonly image: string }[],
) {
  const condition = (type: string) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: createdAt });
  return {
    phase: 'Running',
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    hostIP: nodeIp(index),
    podIP: podIp(index),
    podIPs: [{ ip: podIp(index) }],
    startTime: createdAt,
    qosClass: 'Burstable',
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: `${image}@sha256:${'b'.repeat(64)}`,
      containerID: `containerd://${'c'.repeat(64)}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: createdAt } },
      lastState: {},
    })),
  };
}

type OwnedFields = Readonly<Record<string, unknown>>;

const managedBy = (manager: string, time: string, subresource: string, fieldsV1: OwnedFields) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...(subresource === '' ? {} : { subresource }),
});

function ownedContainer(): OwnedFields {
  const fields = ['name', 'image', 'imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy'];
  return {
    '.': {},
    ...Object.fromEntries(fields.map((field) => [`f:${field}`, {}])),
    'f:env': {
      '.': {},
      ...Object.fromEntries(
        Array.from({ length: ENV_ENTRIES }, (_, entry) => [
          `k:{"name":"OPTION_${entry}"}`,
          { '.': {}, 'f:name': {}, 'f:value': {} },
        ]),
      ),
    },
    'f:resources': {
      '.': {},
      'f:limits': { '.': {}, 'f:memory': {} },
      'f:requests': { '.': {}, 'f:cpu': {}, 'f:memory': {} },
    },
  };
}

const OWNED_SPEC: OwnedFields = {
  'f:metadata': {
    'f:generateName': {},
    'f:labels': { '.': {}, 'f:app.kubernetes.io/name': {}, 'f:pod-template-hash': {} },
  },
  'f:spec': {
    'f:containers': { 'k:{"name":"app"}': ownedContainer(), 'k:{"name":"sidecar"}': ownedContainer() },
    'f:dnsPolicy': {},
    'f:enableServiceLinks': {},
    'f:restartPolicy': {},
    'f:schedulerName': {},
    'f:securityContext': {},
    'f:terminationGracePeriodSeconds': {},
  },
};

const OWNED_STATUS: OwnedFields = {
  'f:status': {
    'f:conditions': Object.fromEntries(
      ['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'Ready'].map((type) => [
        `k:{"type":"${type}"}`,
        { '.': {}, 'f:lastProbeTime': {}, 'f:lastTransitionTime': {}, 'f:status': {}, 'f:type': {} },
      ]),
    ),
    'f:containerStatuses': {},
    'f:hostIP': {},
    'f:phase': {},
    'f:podIP': {},
    'f:podIPs': { '.': {}, 'k:{"ip":"10.0.0.1"}': { '.': {}, 'f:ip': {} } },
    'f:startTime': {},
  },
};
