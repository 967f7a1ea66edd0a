/** Raw nodes and pods → our views. Pure; also for dumps of `kubectl get -o json`. */
import { isDeepStrictEqual } from 'node:util';
import type { NodeSkipReason, NodeView, PodView } from '../tuning/snapshot.ts';
import type { RawCondition, RawMeta, RawNode, RawPod } from './raw-objects.ts';
import { timeMs } from './raw-objects.ts';

const FARGATE_POD_LABEL = 'eks.amazonaws.com/fargate-profile';

function conditionOf(conditions: readonly RawCondition[] | undefined, type: string): RawCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function platformSkipOf(labels: Readonly<Record<string, string>>, name: string): NodeSkipReason | undefined {
  const computeType = labels['eks.amazonaws.com/compute-type'];
  if (computeType === 'auto') return 'AutoMode';
  if (computeType === 'fargate' || name.startsWith('fargate-')) return 'Fargate';
  if (computeType === 'hybrid') return 'Hybrid';
  return labels['kubernetes.io/os'] === 'windows' ? 'Windows' : undefined;
}

/** `aws:///us-east-1a/i-0abc` → `i-0abc`. */
function instanceIdOf(providerID: string | undefined): string {
  const last = (providerID ?? '').split('/').at(-1) ?? '';
  return last.startsWith('i-') ? last : '';
}

/** `share` gives back one copy of a string that many nodes carry. */
export function nodeViewOf(raw: RawNode, share: (text: string) => string = (text) => text): NodeView {
  const meta: RawMeta = raw.metadata ?? {};
  const given = Object.entries(meta.labels ?? {});
  const labels: Readonly<Record<string, string>> = Object.fromEntries(
    given.map(([key, value]) => [share(key), share(value)]),
  );
  const name = meta.name ?? '';
  return {
    name,
    uid: meta.uid ?? '',
    instanceId: instanceIdOf(raw.spec?.providerID),
    instanceType: labels['node.kubernetes.io/instance-type'] ?? '',
    zone: labels['topology.kubernetes.io/zone'] ?? '',
    region: labels['topology.kubernetes.io/region'] ?? '',
    maxPods: Number(raw.status?.capacity?.['pods'] ?? 0),
    createdAtMs: timeMs(meta.creationTimestamp) ?? 0,
    ready: conditionOf(raw.status?.conditions, 'Ready')?.status === 'True',
    unschedulable: raw.spec?.unschedulable === true,
    labels,
    platformSkip: platformSkipOf(labels, name),
  };
}

/** Do two views say the same? Nodes send a heartbeat every few minutes that changes nothing here. */
export function sameNode(a: NodeView, b: NodeView): boolean {
  return isDeepStrictEqual(a, b);
}

/** A pod of a DaemonSet, as far as rollouts are judged by it. */
export type DaemonPodView = {
  /** `namespace/name` of the DaemonSet. */
  readonly owner: string;
  readonly ready: boolean;
  /** Label `pod-template-generation`: the DaemonSet's template generation it was made from. */
  readonly templateGeneration: string;
  /** Label `controller-revision-hash`. */
  readonly revisionHash: string;
};

export type BoundPodView = Pick<
  PodView,
  'uid' | 'nodeName' | 'boundAtMs' | 'needsAddress' | 'awaitingSandboxSinceMs'
> & {
  readonly daemon: DaemonPodView | undefined;
};

function needsAddress(raw: RawPod): boolean {
  const { spec = {}, status = {}, metadata = {} } = raw;
  if (spec.hostNetwork === true) return false;
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return false;
  const isFargate = metadata.labels?.[FARGATE_POD_LABEL] !== undefined || spec.schedulerName === 'fargate-scheduler';
  return !isFargate;
}

function daemonOf(raw: RawPod): DaemonPodView | undefined {
  const meta: RawMeta = raw.metadata ?? {};
  const owner = meta.ownerReferences?.find((reference) => reference.controller === true);
  if (owner?.kind !== 'DaemonSet') return undefined;
  return {
    owner: `${meta.namespace ?? ''}/${owner.name ?? ''}`,
    ready: conditionOf(raw.status?.conditions, 'Ready')?.status === 'True' && meta.deletionTimestamp === undefined,
    templateGeneration: meta.labels?.['pod-template-generation'] ?? '',
    revisionHash: meta.labels?.['controller-revision-hash'] ?? '',
  };
}

/**
 * A pod that is on a node and either needs an address or is a pod of a DaemonSet that `isFollowed` names
 * (`namespace/name`); undefined for all others. `nowMs` stands in for a bound time that the pod does not tell.
 */
export function boundPodOf(
  raw: RawPod,
  isFollowed: (daemonSet: string) => boolean,
  nowMs: number,
): BoundPodView | undefined {
  const nodeName = raw.spec?.nodeName ?? '';
  if (nodeName === '') return undefined;
  const needs = needsAddress(raw);
  const daemon = daemonOf(raw);
  const followed = daemon !== undefined && isFollowed(daemon.owner) ? daemon : undefined;
  if (!needs && followed === undefined) return undefined;
  const conditions = raw.status?.conditions;
  const sandbox = needs ? conditionOf(conditions, 'PodReadyToStartContainers') : undefined;
  const boundAtMs = timeMs(conditionOf(conditions, 'PodScheduled')?.lastTransitionTime) ?? nowMs;
  return {
    uid: raw.metadata?.uid ?? '',
    nodeName,
    boundAtMs,
    needsAddress: needs,
    awaitingSandboxSinceMs: sandbox?.status === 'False' ? (timeMs(sandbox.lastTransitionTime) ?? boundAtMs) : undefined,
    daemon: followed,
  };
}
