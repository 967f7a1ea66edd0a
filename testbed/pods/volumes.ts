/** Makes a pod's volumes: tokens of its service account, the cluster's CA, fields of the pod, Secrets, empty folders. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../control-plane/api-client.ts';
import { fieldOf, type Pod, type ProjectedSource, type Volume } from './pod-spec.ts';

export type Cluster = { readonly api: ApiClient; readonly url: string; readonly caFile: string };

const TOKEN_SECONDS = 3_607;

type Making = { readonly cluster: Cluster; readonly pod: Pod; readonly folder: string; readonly address: string };

/** Mount path of each volume of the (only) container → its folder, made below `folder`. */
export async function makeVolumes(making: Making): Promise<Readonly<Record<string, string>>> {
  const { pod, folder } = making;
  const mounts: Record<string, string> = {};
  for (const { name, mountPath } of pod.spec.containers[0]?.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((each) => each.name === name);
    const place = join(folder, 'volumes', name);
    await mkdir(place, { recursive: true });
    if (volume?.projected !== undefined) {
      for (const source of volume.projected.sources) await project(making, source, place);
    } else if (volume?.secret !== undefined) {
      await putSecret(making, volume.secret, place);
    } else if (volume?.emptyDir === undefined) {
      throw new Error(`The pod runner cannot make the volume "${name}".`);
    }
    mounts[mountPath] = place;
  }
  return mounts;
}

async function project({ cluster, pod, address }: Making, source: ProjectedSource, place: string): Promise<void> {
  if (source.serviceAccountToken !== undefined) {
    const { path } = source.serviceAccountToken;
    await writeFile(join(place, path), await tokenFor(cluster, pod, source.serviceAccountToken), { mode: 0o600 });
  }
  if (source.configMap?.name === 'kube-root-ca.crt') {
    await writeFile(join(place, 'ca.crt'), await readFile(cluster.caFile));
  }
  for (const { path, fieldRef } of source.downwardAPI?.items ?? []) {
    await writeFile(join(place, path), fieldOf(pod, fieldRef.fieldPath, address));
  }
}

/** As it is when the pod starts: unlike the kubelet, this follows no later change. */
async function putSecret(
  { cluster, pod }: Making,
  { secretName, items }: NonNullable<Volume['secret']>,
  place: string,
): Promise<void> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/secrets/${secretName}`;
  const { data = {} } = await cluster.api.get<{ readonly data?: Readonly<Record<string, string>> }>(path);
  for (const { key, path: file } of items ?? Object.keys(data).map((each) => ({ key: each, path: each }))) {
    const content = data[key];
    if (content === undefined) throw new Error(`The Secret ${secretName} has no key "${key}".`);
    await writeFile(join(place, file), Buffer.from(content, 'base64'), { mode: 0o600 });
  }
}

/** As the kubelet asks for it: bound to the pod, dead with it. */
async function tokenFor(
  { api }: Cluster,
  { metadata, spec }: Pod,
  { audience, expirationSeconds = TOKEN_SECONDS }: NonNullable<ProjectedSource['serviceAccountToken']>,
): Promise<string> {
  const account = spec.serviceAccountName ?? 'default';
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${account}/token`;
  const { name, uid } = metadata;
  const { status } = await api.create<{ readonly status: { readonly token: string } }>(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      ...(audience === undefined ? {} : { audiences: [audience] }),
    },
  });
  return status.token;
}
