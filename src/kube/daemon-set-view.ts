/** A raw DaemonSet → what rollouts and ownership are judged by. Pure. */
import type { DaemonSetRef } from '../api/tuning-spec.ts';
import { GROUP } from '../api/cnituning.ts';
import type { DaemonSetView, EnvEntryView } from '../tuning/snapshot.ts';
import { ownersOfValue } from './aws-node/managed-fields.ts';
import type { RawDaemonSet, RawEnvEntry, RawMeta } from './raw-objects.ts';

/** A DaemonSet without its bulk, whichever container a CniTuning asks for. */
export type KeptDaemonSet = Omit<DaemonSetView, 'ref' | 'containerFound' | 'env'> & {
  readonly namespace: string;
  readonly name: string;
  readonly envByContainer: ReadonlyMap<string, readonly EnvEntryView[]>;
  /** What the pods' label `pod-template-generation` is compared with. */
  readonly templateGeneration: string;
};

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function envEntryOf(entry: RawEnvEntry, container: string, meta: RawMeta): EnvEntryView {
  return {
    name: entry.name,
    value: entry.value,
    hasValueFrom: entry.valueFrom !== undefined,
    valueOwners: ownersOfValue(meta.managedFields ?? [], container, entry.name),
  };
}

export function keptDaemonSetOf(raw: RawDaemonSet): KeptDaemonSet {
  const meta: RawMeta = raw.metadata ?? {};
  const status = raw.status ?? {};
  const containers = raw.spec?.template?.spec?.containers ?? [];
  const annotations = Object.entries(meta.annotations ?? {}).filter(([key]) => key.startsWith(`${GROUP}/`));
  return {
    namespace: meta.namespace ?? '',
    name: meta.name ?? '',
    uid: meta.uid ?? '',
    resourceVersion: meta.resourceVersion ?? '',
    generation: meta.generation ?? 0,
    observedGeneration: status.observedGeneration ?? 0,
    updateStrategy: raw.spec?.updateStrategy?.type === 'OnDelete' ? 'OnDelete' : 'RollingUpdate',
    desired: status.desiredNumberScheduled ?? 0,
    updated: status.updatedNumberScheduled ?? 0,
    ready: status.numberReady ?? 0,
    available: status.numberAvailable ?? 0,
    annotations: Object.fromEntries(annotations),
    templateGeneration: meta.annotations?.[TEMPLATE_GENERATION] ?? '',
    envByContainer: new Map(
      containers.map(({ name = '', env = [] }) => [name, env.map((entry) => envEntryOf(entry, name, meta))]),
    ),
  };
}

/** The view of one container; `containerFound` is false when the DaemonSet has none of that name. */
export function daemonSetViewOf(kept: KeptDaemonSet, ref: DaemonSetRef): DaemonSetView {
  const env = kept.envByContainer.get(ref.container);
  const { uid, resourceVersion, generation, observedGeneration, updateStrategy, annotations } = kept;
  const { desired, updated, ready, available } = kept;
  return {
    ref,
    uid,
    resourceVersion,
    generation,
    observedGeneration,
    updateStrategy,
    desired,
    updated,
    ready,
    available,
    containerFound: env !== undefined,
    env: env ?? [],
    annotations,
  };
}
