/** The watch on a real API server: first state, changes, and every kind of break. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import type { RawObject } from '../../src/kube/raw-objects.ts';
import { Watch } from '../../src/kube/watch.ts';
import type { Gap, WatchOptions } from '../../src/kube/watch/contract.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import type { ApiProxy, Interference } from '../support/api-proxy.ts';
import { isResumedWatch, refusedOnceAsTooOld, startApiProxy } from '../support/api-proxy.ts';
import {
  apiAs,
  describeOnPlane,
  eventually,
  freshName,
  freshNamespace,
  sharedPlane,
  startOwnPlane,
} from '../support/control-plane.ts';
import { aKubeClient, aLog } from '../support/kube-adapter.ts';

type Map1 = RawObject & { readonly data?: Readonly<Record<string, string>> };

/** Config maps as `name=value`, by uid, as the watch has them. */
class Seen {
  readonly views = new Map<string, string>();
  readonly gaps: Gap[] = [];
  replacements = 0;
  set(key: string, view: string): void {
    if (view.endsWith('=throw')) throw new Error('a bug in the consumer');
    this.views.set(key, view);
  }
  remove(key: string): void {
    this.views.delete(key);
  }
  replace(views: ReadonlyMap<string, string>, gap: Gap | undefined): readonly [] {
    this.views.clear();
    for (const [key, view] of views) this.set(key, view);
    this.replacements += 1;
    if (gap !== undefined) this.gaps.push(gap);
    return [];
  }
  resumed(gap: Gap): void {
    this.gaps.push(gap);
  }
  sorted(): readonly string[] {
    return [...this.views.values()].toSorted();
  }
}

const isWatchList = (url: URL): boolean => url.searchParams.has('sendInitialEvents');
/** What an API server without WatchList says. */
const refuseWatchList: Interference = (_method, url) =>
  isWatchList(url)
    ? {
        status: 422,
        body: JSON.stringify({
          kind: 'Status',
          code: 422,
          reason: 'Invalid',
          message:
            'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
        }),
      }
    : undefined;

let api: ApiClient;
let proxy: ApiProxy;
let client: KubeClient;
let namespace: string;
let seen: Seen;
let watches: Watch<string>[];
let log: ReturnType<typeof aLog>;

const pathOf = (): string => `/api/v1/namespaces/${namespace}/configmaps`;

async function put(name: string, value = '1'): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } };
  await api.apply(`${pathOf()}/${name}`, 'test', body, true);
}

function aWatch(options: Partial<WatchOptions<string>> & { readonly silentForMs?: number } = {}): Watch<string> {
  const source = {
    ...(options.silentForMs === undefined ? {} : { silentForMs: options.silentForMs }),
    name: 'configmaps',
    path: pathOf(),
    // kube-root-ca.crt is somebody else's.
    fieldSelector: 'metadata.name!=kube-root-ca.crt',
    project: (raw: Map1) => `${raw.metadata?.name}=${raw.data?.['value']}`,
  };
  const watch = new Watch<string>({ client, source, target: seen, log: log.log, ...options });
  watches.push(watch);
  watch.start();
  return watch;
}

const sees = async (...expected: readonly string[]): Promise<void> =>
  await eventually(() => expect(seen.sorted()).toEqual(expected), { timeoutMs: 60_000 });

describeOnPlane('watch', () => {
  beforeAll(() => {
    api = apiAs();
  });

  afterAll(() => api.close());

  beforeEach(async () => {
    const { url, caFile, tokens } = sharedPlane();
    proxy = await startApiProxy({ url, caFile, token: tokens.admin });
    client = aKubeClient({ kubeconfig: proxy.kubeconfig });
    namespace = await freshNamespace('watch');
    seen = new Seen();
    watches = [];
    log = aLog();
  });

  afterEach(async () => {
    await Promise.all(watches.map(async (watch) => await watch.stop()));
    await client.close();
    await proxy.close();
  });

  it('reads the first state and every change from one stream', async () => {
    await put('a');
    await put('b');
    const watch = aWatch();
    await sees('a=1', 'b=1');
    expect(watch.synced).toBe(true);
    await put('c');
    await put('a', '2');
    await api.delete(`${pathOf()}/b`);
    await sees('a=2', 'c=1');
    expect(proxy.requests.filter((request) => request.includes('configmaps'))).toHaveLength(1);
    expect(seen.gaps).toEqual([]);
  });

  it('is synced on an empty collection', async () => {
    const watch = aWatch();
    await eventually(() => expect(watch.synced).toBe(true));
    expect(seen.sorted()).toEqual([]);
  });

  it('lists in pages where WatchList is refused, and misses nothing between list and watch', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await put(name);
    proxy.interfere(refuseWatchList);
    const watch = aWatch({ pageSize: 2 });
    await sees('a=1', 'b=1', 'c=1', 'd=1', 'e=1');
    await put('f');
    await sees('a=1', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1');
    const lists = proxy.requests.filter((request) => request.includes('limit=2'));
    expect(lists).toHaveLength(3);
    expect(watch.brokenSinceMs).toBeUndefined();
  });

  it('goes on where it stopped after a break, and tells the gap', async () => {
    await put('a');
    const watch = aWatch();
    await sees('a=1');
    const brokeAtMs = Date.now();
    proxy.disconnect();
    await eventually(() => expect(watch.brokenSinceMs).toBeGreaterThanOrEqual(brokeAtMs));
    expect(watch.trouble).toContain('gave no answer');
    await put('b');
    proxy.reconnect();
    await sees('a=1', 'b=1');
    expect(watch.brokenSinceMs).toBeUndefined();
    expect(seen.replacements).toBe(1);
    expect(seen.gaps).toEqual([{ fromMs: expect.any(Number), untilMs: expect.any(Number), lossless: true }]);
  });

  it('does not trust a connection that says nothing, and misses nothing by it', async () => {
    const watch = aWatch({ silentForMs: 1_500 });
    await eventually(() => expect(seen.replacements).toBe(1));
    proxy.goSilent();
    await put('a');
    await sees('a=1');
    expect(log.lines.some(({ fields }) => String(fields['because']).includes('heard nothing'))).toBe(true);
    expect(seen.replacements).toBe(1);
    expect(seen.gaps).toEqual([]);
    expect(watch.brokenSinceMs).toBeUndefined();
  });

  it('calls a type that is only quiet never broken', async () => {
    const broken: unknown[] = [];
    const watch = aWatch({ silentForMs: 700, onState: () => broken.push(watch.brokenSinceMs) });
    await eventually(() => expect(proxy.requests.filter(isResumedWatch).length).toBeGreaterThan(3));
    await put('a');
    await sees('a=1');
    expect(new Set(broken)).toEqual(new Set([undefined]));
    expect(seen.replacements).toBe(1);
    expect(seen.gaps).toEqual([]);
  });

  it('survives a consumer that throws and calls it a bug', async () => {
    aWatch();
    await eventually(() => expect(seen.replacements).toBe(1));
    await put('bad', 'throw');
    await put('good');
    await sees('good=1');
    expect(log.lines.filter(({ level, message }) => level === 'error' && message.startsWith('Bug'))).toHaveLength(1);
  });

  it('reads all again when asked, without calling it a gap', async () => {
    await put('a');
    const watch = aWatch();
    await sees('a=1');
    watch.resync();
    await eventually(() => expect(seen.replacements).toBe(2));
    await put('b');
    await sees('a=1', 'b=1');
    expect(seen.gaps).toEqual([]);
  });

  it('waits for a type that is not served yet', async () => {
    const plural = freshName('things').replaceAll('-', '');
    const group = `${plural}.example.com`;
    const source = {
      name: plural,
      path: `/apis/${group}/v1/${plural}`,
      project: (raw: RawObject) => raw.metadata?.name ?? '',
    };
    const watch = aWatch({ source });
    await eventually(() => expect(watch.trouble).toContain('404'));
    await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', aDefinition(group, plural));
    await eventually(() => expect(watch.synced).toBe(true));
    await api.delete(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`);
  });

  it('opens nothing more once it is stopped', async () => {
    const watch = aWatch();
    await eventually(() => expect(watch.synced).toBe(true));
    await watch.stop();
    await eventually(() => expect(proxy.openStreams()).toBe(0));
    const before = proxy.requests.length;
    await put('a');
    expect(proxy.requests).toHaveLength(before);
    expect(seen.sorted()).toEqual([]);
  });

  describe('with an API server that dies', () => {
    const path = '/api/v1/namespaces/default/configmaps';
    let plane: ControlPlane;
    let broken: ApiProxy;
    let own: KubeClient;

    const aSource = () => ({
      name: 'configmaps',
      path,
      fieldSelector: 'metadata.name!=kube-root-ca.crt',
      project: (raw: Map1) => `${raw.metadata?.name}=${raw.data?.['value']}`,
    });
    const add = async (name: string): Promise<void> => {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: '1' } };
      await plane.api.create(path, body);
    };

    beforeAll(async () => {
      plane = await startOwnPlane({ components: [] });
    });

    afterAll(async () => await plane.stop());

    beforeEach(async () => {
      await plane.api.delete(path);
      broken = await startApiProxy({ url: plane.url, caFile: plane.caFile, token: plane.tokens.admin });
      own = aKubeClient({ kubeconfig: broken.kubeconfig });
    });

    afterEach(async () => {
      await Promise.all(watches.map(async (watch) => await watch.stop()));
      await own.close();
      await broken.close();
    });

    it('comes back by itself, with what it knew kept meanwhile', async () => {
      await add('before');
      const watch = aWatch({ client: own, source: aSource() });
      await sees('before=1');
      await plane.kill('kube-apiserver');
      await eventually(() => expect(watch.brokenSinceMs).toBeDefined());
      expect(seen.sorted()).toEqual(['before=1']);
      await plane.start('kube-apiserver');
      await add('after');
      await sees('after=1', 'before=1');
      expect(watch.brokenSinceMs).toBeUndefined();
    });

    it('has a gap since the last sound when what followed the silence is refused by a 410', async () => {
      // The new server's history begins here: version 1 is before it.
      await add('before');
      await plane.kill('kube-apiserver');
      await plane.start('kube-apiserver');
      const source = { ...aSource(), silentForMs: 1_500 };
      aWatch({ client: own, source });
      await sees('before=1');
      const heardByMs = Date.now();
      broken.interfere(refusedOnceAsTooOld());
      broken.goSilent();
      await add('meanwhile');
      await sees('before=1', 'meanwhile=1');
      expect(log.lines.some(({ fields }) => String(fields['because']).includes('410'))).toBe(true);
      expect(seen.replacements).toBe(2);
      const [{ fromMs, lossless } = { fromMs: Date.now(), lossless: true }] = seen.gaps;
      expect(lossless).toBe(false);
      expect(fromMs).toBeLessThanOrEqual(heardByMs);
    });

    it.each(['WatchList', 'list'])('reads all again by %s after a 410 and notices what went meanwhile', async (how) => {
      await add('stays');
      await add('goes');
      if (how === 'list') broken.interfere(refuseWatchList);
      aWatch({ client: own, source: aSource() });
      await sees('goes=1', 'stays=1');
      broken.disconnect();
      await plane.api.delete(`${path}/goes`);
      await add('comes');
      const changedAtMs = Date.now();
      // The history that the watch would go on from is in no new server's cache.
      await plane.kill('kube-apiserver');
      await plane.start('kube-apiserver');
      broken.reconnect();
      await sees('comes=1', 'stays=1');
      expect(log.lines.some(({ fields }) => String(fields['because']).includes('410'))).toBe(true);
      const { fromMs = changedAtMs, lossless } = seen.gaps.at(-1) ?? {};
      expect(lossless).toBe(false);
      expect(fromMs).toBeLessThan(changedAtMs);
    });
  });
});

function aDefinition(group: string, plural: string): unknown {
  const schema = { openAPIV3Schema: { type: 'object' } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural, singular: plural, kind: 'Thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
