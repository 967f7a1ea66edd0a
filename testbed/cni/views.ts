/** What the stand-in CNI reads of nodes and pods. */
import { POD_ADDRESS_ANNOTATION } from '../cluster/kwok-config.ts';
import { RUNNER_LABEL } from '../pods/runner-node.ts';
import { type Json, at, listAt, text } from './json.ts';

export type NodeView = {
  readonly name: string;
  /** From `spec.providerID`; empty where there is none. */
  readonly instanceId: string;
  readonly instanceType: string;
  readonly maxPods: number;
  readonly internalIp: string;
  readonly unschedulable: boolean;
  /** Its pods run for real: no business of the stand-in's. */
  readonly runsPods: boolean;
};

export type PodView = {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty until it is bound. */
  readonly nodeName: string;
  readonly hostNetwork: boolean;
  /** Succeeded, Failed or being deleted: its sandbox is torn down. */
  readonly ended: boolean;
  /** The address it was given before; empty = none yet. */
  readonly podIp: string;
  /** Env of the aws-node container as the container would see it; only on pods of that DaemonSet. */
  readonly awsNodeEnv: Readonly<Record<string, string>> | undefined;
};

/** Which pods are the CNI's own: label and container as EKS ships them. */
const AWS_NODE_LABEL = ['k8s-app', 'aws-node'] as const;
const AWS_NODE_CONTAINER = 'aws-node';

export function nodeView(object: Json): NodeView {
  const labels = at(object, 'metadata', 'labels');
  const taints = listAt(object, 'spec', 'taints');
  const addresses = listAt(object, 'status', 'addresses');
  return {
    name: text(at(object, 'metadata')['name']),
    instanceId: text(at(object, 'spec')['providerID']).split('/').at(-1) ?? '',
    instanceType: text(labels['node.kubernetes.io/instance-type']),
    maxPods: Number(at(object, 'status', 'capacity')['pods'] ?? 110),
    internalIp: text(addresses.find(({ type }) => type === 'InternalIP' || type === 'ExternalIP')?.['address']),
    unschedulable: taints.some(
      (taint) => taint['key'] === 'node.kubernetes.io/unschedulable' && taint['effect'] === 'NoSchedule',
    ),
    runsPods: labels[RUNNER_LABEL] === 'true',
  };
}

export function podView(object: Json): PodView {
  const metadata = at(object, 'metadata');
  const spec = at(object, 'spec');
  const phase = text(at(object, 'status')['phase']);
  const isAwsNode = text(at(metadata, 'labels')[AWS_NODE_LABEL[0]]) === AWS_NODE_LABEL[1];
  return {
    uid: text(metadata['uid']),
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    nodeName: text(spec['nodeName']),
    hostNetwork: spec['hostNetwork'] === true,
    ended: metadata['deletionTimestamp'] !== undefined || phase === 'Succeeded' || phase === 'Failed',
    podIp: text(at(metadata, 'annotations')[POD_ADDRESS_ANNOTATION]),
    awsNodeEnv: isAwsNode ? containerEnv(spec) : undefined,
  };
}

/** The last of entries with one name wins; an entry without value and source is the empty text. */
function containerEnv(spec: Json): Readonly<Record<string, string>> {
  const container = listAt(spec, 'containers').find((one) => one['name'] === AWS_NODE_CONTAINER) ?? {};
  const entries = listAt(container, 'env').filter((entry) => entry['valueFrom'] === undefined);
  return Object.fromEntries(entries.map((entry) => [text(entry['name']), text(entry['value'])]));
}
