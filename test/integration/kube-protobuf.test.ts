/** Nodes and pods by protobuf from a real API server are what they are by JSON; and what happens where it is no use. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { nodeSource, podSource } from '../../src/kube/cache/sources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { PROTOBUF } from '../../src/kube/protobuf/envelope.ts';
import type { RawObject } from '../../src/kube/raw-objects.ts';
import { boundPodOf } from '../../src/kube/views.ts';
import { Watch } from '../../src/kube/watch.ts';
import type { WatchSource } from '../../src/kube/watch/contract.ts';
import { createNodes } from '../../testbed/cluster/nodes.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import type { ApiProxy } from '../support/api-proxy.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import {
  apiAs,
  describeOnPlane,
  eventually,
  freshName,
  freshNamespace,
  sharedPlane,
} from '../support/control-plane.ts';
import { aKubeClient, aLog } from '../support/kube-adapter.ts';

let api: ApiClient;
let proxy: ApiProxy;
let client: KubeClient;
let watches: Watch<unknown>[];
let log: ReturnType<typeof aLog>;
let node: string;
let namespace: string;

/** These pods do not tell when they were bound: whoever placed them by name is no scheduler. */
const BOUND_AT_MS = 1_000;

const pods = (): WatchSource<unknown> => ({
  ...podSource(() => true),
  project: (raw) => boundPodOf(raw, () => true, BOUND_AT_MS),
  path: `/api/v1/namespaces/${namespace}/pods`,
});
const nodes = (): WatchSource<unknown> => ({ ...nodeSource(), fieldSelector: `metadata.name=${node}` });

/** The whole objects that a watch of this source reads, by uid. */
function rawObjects(source: WatchSource<unknown>): ReadonlyMap<string, unknown> {
  return views({ ...source, project: (raw: RawObject) => raw });
}

function views(source: WatchSource<unknown>): ReadonlyMap<string, unknown> {
  const seen = new Map<string, unknown>();
  const target = {
    set: (key: string, view: unknown) => void seen.set(key, view),
    remove: (key: string) => void seen.delete(key),
    replace: (all: ReadonlyMap<string, unknown>) => {
      for (const [key, view] of all) seen.set(key, view);
      return [];
    },
    resumed: () => {},
  };
  const watch = new Watch<unknown>({ client, source, target, log: log.log });
  watches.push(watch);
  watch.start();
  return seen;
}

function byJson(source: WatchSource<unknown>): WatchSource<unknown> {
  const { readProtobuf: _, ...json } = source;
  return json;
}

async function addPods(): Promise<void> {
  const containers = [{ name: 'main', image: 'example.com/main', env: [{ name: 'A', value: 'b' }] }];
  // One that there is: the garbage collector takes the pods of others.
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner' } };
  const { metadata: by } = await api.create<{ readonly metadata: { readonly uid: string } }>(path, made);
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: by.uid, controller: true };
  const specs = [
    { name: 'plain', spec: {} },
    { name: 'on-the-host', spec: { hostNetwork: true } },
    {
      name: 'owned',
      spec: {},
      metadata: { labels: { 'controller-revision-hash': 'x1', empty: '' }, ownerReferences: [owner] },
    },
    {
      name: 'long',
      spec: { activeDeadlineSeconds: 2_000_000_000 },
      metadata: { annotations: { note: 'ü'.repeat(90_000) } },
    },
  ];
  for (const { name, spec, metadata = {} } of specs) {
    const body = { metadata: { name, ...metadata }, spec: { nodeName: node, containers, ...spec } };
    await api.create(`/api/v1/namespaces/${namespace}/pods`, { apiVersion: 'v1', kind: 'Pod', ...body });
  }
}

describeOnPlane('the watch by protobuf', () => {
  beforeAll(async () => {
    api = apiAs();
    namespace = await freshNamespace('protobuf');
    node = freshName('node');
    const spec = {
      name: node,
      instanceId: 'i-0abc',
      instanceType: 'm5.large',
      zone: 'us-east-1a',
      internalIp: '10.9.9.9',
    };
    await createNodes(api, [spec]);
    await addPods();
  });

  afterAll(async () => {
    await api.delete(`/api/v1/nodes/${node}`);
    api.close();
  });

  beforeEach(async () => {
    const { url, caFile, tokens } = sharedPlane();
    proxy = await startApiProxy({ url, caFile, token: tokens.admin });
    client = aKubeClient({ kubeconfig: proxy.kubeconfig });
    watches = [];
    log = aLog();
  });

  afterEach(async () => {
    await Promise.all(watches.map(async (watch) => await watch.stop()));
    await client.close();
    await proxy.close();
  });

  it.each([
    { name: 'pods', source: pods, least: 4 },
    { name: 'nodes', source: nodes, least: 1 },
  ])('reads of $name what JSON says, and the same views', async ({ source, least }) => {
    const [raw, rawByJson] = [rawObjects(source()), rawObjects(byJson(source()))];
    const [viewed, viewedByJson] = [views(source()), views(byJson(source()))];
    await eventually(() => {
      for (const { size } of [raw, rawByJson]) expect(size).toBeGreaterThanOrEqual(least);
      // A pod on the host's network has no view.
      for (const { size } of [viewed, viewedByJson]) expect(size).toBeGreaterThan(0);
      expect(Object.fromEntries(rawByJson)).toMatchObject(Object.fromEntries(raw));
      expect([...raw.keys()].toSorted()).toEqual([...rawByJson.keys()].toSorted());
      expect(viewed).toEqual(viewedByJson);
    });
    expect(proxy.watchTypes).toHaveLength(4);
    expect(proxy.watchTypes.filter((type) => type.startsWith(PROTOBUF))).toHaveLength(2);
  });

  it('sees changes and deletions', async () => {
    const seen = rawObjects(pods());
    await eventually(() => expect(seen.size).toBeGreaterThanOrEqual(4));
    const path = `/api/v1/namespaces/${namespace}/pods/plain`;
    await api.patch(path, { type: 'merge', body: { metadata: { labels: { now: 'other' } } } });
    await eventually(() => expect(JSON.stringify([...seen.values()])).toContain('"now":"other"'));
    await api.delete(`${path}?gracePeriodSeconds=0`);
    await eventually(() => expect(JSON.stringify([...seen.values()])).not.toContain('"name":"plain"'));
    expect(proxy.watchTypes).toEqual([expect.stringContaining(PROTOBUF)]);
  });

  it('goes over to JSON when it cannot read an answer', async () => {
    const garbage = { status: 200, headers: { 'content-type': `${PROTOBUF};stream=watch` }, body: 'no frame, this' };
    let answered = 0;
    proxy.interfere(() => (answered++ === 0 ? garbage : undefined));
    const seen = views(nodes());
    await eventually(() => expect(seen.size).toBe(1));
    expect(proxy.watchTypes).toEqual(['application/json']);
  });

  it('takes JSON from an API server that does not do protobuf', async () => {
    proxy.acceptOnly('application/json');
    const seen = views(nodes());
    await eventually(() => expect(seen.size).toBe(1));
    expect(proxy.watchTypes).toEqual(['application/json']);
    expect(watches[0]?.trouble).toBeUndefined();
  });

  it('reads a refusal, whatever its encoding', async () => {
    const stranger = aKubeClient({ as: 'operator' });
    const query = { watch: true };
    const { signal } = new AbortController();
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const refused = stranger.stream(path, { query, accept: `${PROTOBUF},application/json`, signal });
    await expect(refused).rejects.toMatchObject({
      code: 403,
      kind: 'Forbidden',
      missingPermission: `watch secrets in ${namespace}`,
    });
    await stranger.close();
  });
});
