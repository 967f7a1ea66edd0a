/** The requests that write to the DaemonSet as `cni-tuner`. */
import { FIELD_MANAGER, ORIGINALS_ANNOTATION } from '../../api/cnituning.ts';
import type { SettingName } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import { PortError } from '../../reconcile/ports.ts';
import type { DaemonSetTarget } from '../../reconcile/ports.ts';
import type { Original, SettingValues } from '../../tuning/advice.ts';
import type { KubeClient } from '../client.ts';
import { isFailedTest } from '../errors.ts';
import { jittered, pause } from '../watch/backoff.ts';
import type { RawDaemonSet, RawManagedFields } from '../raw-objects.ts';

export type Variables = Readonly<Record<SettingName, string>>;
export type Tools = { readonly client: KubeClient; readonly variables: Variables };

export function daemonSetPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`;
}

/** The whole of what we own, as one apply to the version that was read: what is left out of it is released. */
export function applyBody(
  target: Pick<DaemonSetTarget, 'ref' | 'uid' | 'resourceVersion'>,
  env: readonly { readonly name: string; readonly value: string }[],
  originals: readonly Original[],
): unknown {
  const { ref, uid, resourceVersion } = target;
  const { namespace, name, container } = ref;
  const annotations =
    originals.length === 0 ? {} : { annotations: { [ORIGINALS_ANNOTATION]: JSON.stringify(originals) } };
  const spec = env.length === 0 ? {} : { spec: { template: { spec: { containers: [{ name: container, env }] } } } };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace, name, uid, resourceVersion, ...annotations },
    ...spec,
  };
}

export function envOf(values: SettingValues, variables: Variables): readonly { name: string; value: string }[] {
  return SETTING_NAMES.flatMap((setting) => {
    const value = values[setting];
    return value === undefined ? [] : [{ name: variables[setting], value: String(value) }];
  });
}

/** Sends one apply of ours. With `force` other owners of the same fields lose them. */
export async function sendApply(
  client: KubeClient,
  target: DaemonSetTarget,
  body: unknown,
  force: boolean,
): Promise<RawDaemonSet> {
  const options = {
    query: { fieldManager: FIELD_MANAGER, force, fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body,
  } as const;
  return await client.request<RawDaemonSet>('PATCH', daemonSetPath(target.ref), options);
}

/** The DaemonSet of the target, or a PortError when it is gone or another one of the same name. */
export async function readTarget(client: KubeClient, target: DaemonSetTarget): Promise<RawDaemonSet> {
  const raw = await client.request<RawDaemonSet>('GET', daemonSetPath(target.ref));
  if (raw.metadata?.uid === target.uid) return raw;
  const { namespace, name } = target.ref;
  throw new PortError('NotFound', `The DaemonSet ${namespace}/${name} was deleted and made anew since it was read.`);
}

/** The target in the version of an answer. */
export function targetAt(target: DaemonSetTarget, raw: RawDaemonSet): DaemonSetTarget {
  return { ...target, resourceVersion: raw.metadata?.resourceVersion ?? '' };
}

/** The target's own record: what is given back or let go by an older reading would lose the originals for ever. */
export function requireRecord(raw: RawDaemonSet, { ref: { namespace, name }, recorded }: DaemonSetTarget): void {
  if (raw.metadata?.annotations?.[ORIGINALS_ANNOTATION] === recorded) return;
  const message = `The DaemonSet ${namespace}/${name} carries another record of its original values than was read.`;
  throw new PortError('Conflict', message);
}

/**
 * Changes who owns what, and nothing else, of exactly the version that was read. The API server takes managedFields
 * as given when nothing else changes with them.
 */
export async function replaceManagedFields(
  client: KubeClient,
  target: DaemonSetTarget,
  raw: RawDaemonSet,
  managed: readonly RawManagedFields[],
): Promise<RawDaemonSet> {
  const version = raw.metadata?.resourceVersion;
  try {
    return await client.request<RawDaemonSet>('PATCH', daemonSetPath(target.ref), {
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/json-patch+json',
      body: [
        { op: 'test', path: '/metadata/uid', value: target.uid },
        { op: 'test', path: '/metadata/resourceVersion', value: version },
        { op: 'replace', path: '/metadata/managedFields', value: managed },
      ],
    });
  } catch (error) {
    // Somebody else wrote in between.
    if (!isFailedTest(error)) throw error;
    const { namespace, name } = target.ref;
    throw new PortError('Conflict', `The DaemonSet ${namespace}/${name} was changed while it was being given back.`, {
      cause: error,
    });
  }
}

const ATTEMPTS = 6;
const NEVER = new AbortController().signal;

/**
 * Runs `attempt` again when somebody else wrote to the object in between, which the DaemonSet controller does after
 * each of our own writes. Each attempt must start from a fresh reading. A conflict of owners is not repeated.
 */
export async function despiteOtherWrites<T>(attempt: () => Promise<T>): Promise<T> {
  for (let run = 1; ; run += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isRepeatable = error instanceof PortError && error.kind === 'Conflict' && error.conflicts.length === 0;
      if (!isRepeatable || run >= ATTEMPTS) throw error;
      await pause(jittered(run, 50, 1_000, Math.random), NEVER);
    }
  }
}
