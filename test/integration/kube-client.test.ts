/** The client against a real API server, through a proxy that breaks things. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KubeClient, RequestSample } from '../../src/kube/client.ts';
import { credentialsFrom } from '../../src/kube/credentials.ts';
import type { ApiProxy } from '../support/api-proxy.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { describeOnPlane, freshNamespace, sharedPlane } from '../support/control-plane.ts';
import { aKubeClient } from '../support/kube-adapter.ts';

const MAPS = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

let proxy: ApiProxy;
let client: KubeClient;
let samples: RequestSample[];

describeOnPlane('client', () => {
  beforeEach(async () => {
    const { url, caFile, tokens } = sharedPlane();
    proxy = await startApiProxy({ url, caFile, token: tokens.admin });
    samples = [];
    client = aKubeClient({ kubeconfig: proxy.kubeconfig, onRequest: (sample) => samples.push(sample) });
  });

  afterEach(async () => {
    await client.close();
    await proxy.close();
  });

  it('keeps to few connections, one after another and all at once', async () => {
    for (let call = 0; call < 100; call += 1) await client.request('GET', '/version');
    expect(proxy.connections()).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 200 }, async () => await client.request('GET', '/version')));
    expect(proxy.connections()).toBeLessThanOrEqual(16);
    expect(samples).toHaveLength(300);
  });

  it('repeats a read after 429 no sooner than asked', async () => {
    let refused = 0;
    proxy.interfere(() =>
      refused++ < 1 ? { status: 429, headers: { 'retry-after': '1' }, body: 'Too many requests' } : undefined,
    );
    const startedMs = performance.now();
    await expect(client.request('GET', '/version')).resolves.toHaveProperty('gitVersion');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_000);
    expect(samples.map(({ code }) => code)).toEqual(['429', '200']);
  });

  it('never repeats a write', async () => {
    const namespace = await freshNamespace('client');
    proxy.interfere(() => ({ status: 503, body: 'no' }));
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    await expect(client.request('POST', MAPS(namespace), { body })).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(proxy.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });

  it('gives up on reads after a few attempts', async () => {
    proxy.interfere(() => ({ status: 500, body: 'no' }));
    await expect(client.request('GET', '/version')).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(samples).toHaveLength(4);
  });

  it('takes garbage for no answer', async () => {
    proxy.interfere(() => ({ status: 200, body: '<html>login</html>' }));
    await expect(client.request('GET', '/version')).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('does not repeat what can never succeed', async () => {
    const message =
      'failed to create typed patch object (a/b; apps/v1): .spec: expected string, got &value.valueUnstructured{Value:3}';
    proxy.interfere(() => ({ status: 500, body: JSON.stringify({ kind: 'Status', code: 500, message }) }));
    await expect(client.request('GET', '/version')).rejects.toMatchObject({ kind: 'Invalid' });
    expect(samples).toHaveLength(1);
  });

  it('ends a request that takes too long', async () => {
    const namespace = await freshNamespace('client');
    const slow = client.request('GET', MAPS(namespace), { query: { watch: true }, timeoutMs: 300 });
    await expect(slow).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('says which permission is missing', async () => {
    const operator = aKubeClient({ as: 'operator' });
    const namespace = await freshNamespace('client');
    await expect(operator.request('GET', MAPS(namespace))).rejects.toMatchObject({
      kind: 'Forbidden',
      missingPermission: `list configmaps in ${namespace}`,
    });
    await operator.close();
  });

  it('reads its credentials again when the server refuses them', async () => {
    const refuse = { status: 401, body: '{"kind":"Status","code":401,"message":"Unauthorized"}' };
    let refused = 0;
    proxy.interfere(() => (refused++ < 1 ? refuse : undefined));
    await expect(client.request('GET', '/version')).resolves.toHaveProperty('gitVersion');
    proxy.interfere(() => refuse);
    await expect(client.request('GET', '/version')).rejects.toMatchObject({ kind: 'Forbidden' });
  });

  it('calls a wrong apply body Invalid, as the real server answers it', async () => {
    const namespace = await freshNamespace('client');
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { value: 3 } };
    const apply = client.request('PATCH', `${MAPS(namespace)}/a`, {
      body,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: 'test' },
    });
    await expect(apply).rejects.toMatchObject({ kind: 'Invalid' });
  });

  it('answers a bad kubeconfig with one sentence', () => {
    expect(() => credentialsFrom('/nowhere/kubeconfig')).toThrow(
      /^The kubeconfig \/nowhere\/kubeconfig cannot be read: /,
    );
    expect(() => credentialsFrom('')).toThrow('pass --kubeconfig or set KUBECONFIG');
  });

  it.each([
    ['cluster', 'certificate-authority'],
    ['user', 'client-certificate'],
    ['user', 'client-key'],
  ])('names the file that the %s of a kubeconfig names by %s and that did not come with it', async (part, key) => {
    const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-kubeconfig-'));
    const file = join(folder, 'config');
    const gone = { [key]: '/nowhere/a.pem' };
    const cluster = { server: 'https://127.0.0.1:1', ...(part === 'cluster' ? gone : {}) };
    const config = {
      'current-context': 'a',
      clusters: [{ name: 'a', cluster }],
      users: [{ name: 'a', user: part === 'user' ? gone : {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    };
    await writeFile(file, JSON.stringify(config));
    expect(() => credentialsFrom(file)).toThrow(
      `The kubeconfig ${file} names /nowhere/a.pem, which cannot be read; \`kubectl config view --raw --flatten\` prints`,
    );
    await rm(folder, { recursive: true });
  });
});
