/** The history's ConfigMaps on a real API server: what is stored comes back, and what is not ours stays as it is. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { growthPlace, historyPlace } from '../../src/controller/checkpoint-places.ts';
import { checkpointStore, CHECKPOINT_LABEL } from '../../src/kube/checkpoint-store.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { CheckpointStore } from '../../src/reconcile/ports.ts';
import { BASE_BYTES, PARTS, readCheckpoint, TAIL_BYTES } from '../../src/tuning/checkpoint.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, describeOnPlane, freshNamespace, kubectl } from '../support/control-plane.ts';
import { aKubeClient } from '../support/kube-adapter.ts';

const NAME = 'cni-tuner';

let api: ApiClient;
let client: KubeClient;
let namespace: string;
let store: CheckpointStore;

const aStore = (as: KubeClient = client): CheckpointStore =>
  checkpointStore(as, historyPlace({ namespace, name: NAME }));
const pathOf = (index: number): string => `/api/v1/namespaces/${namespace}/configmaps/${NAME}-history-${index}`;
const someBytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const nothing = Array.from({ length: PARTS }, () => undefined);

beforeAll(() => {
  api = apiAs();
  client = aKubeClient();
});
beforeEach(async () => {
  namespace = await freshNamespace();
  store = aStore();
});
afterAll(async () => {
  await client?.close();
  api?.close();
});

describeOnPlane('the checkpoint store', () => {
  it('has nothing at first, then every part at its largest, byte for byte, and stores parts anew', async () => {
    expect(await store.read()).toEqual(nothing);
    const parts = Array.from({ length: PARTS }, (_, index) => someBytes(index === 0 ? BASE_BYTES : TAIL_BYTES));
    for (const [index, bytes] of parts.entries()) expect(await store.write(index, bytes)).toBe('Stored');
    expect(await aStore().read()).toEqual(parts);
    const again = parts.map(({ length }) => someBytes(length));
    for (const [index, bytes] of again.entries()) expect(await store.write(index, bytes)).toBe('Stored');
    expect(await aStore().read()).toEqual(again);
  });

  it('labels what it makes and says what it is, so that one command finds and deletes it', async () => {
    await store.write(0, someBytes(10));
    await store.write(1, someBytes(10));
    await checkpointStore(client, growthPlace({ namespace, name: NAME })).write(0, someBytes(10));
    const argv = ['configmap', '--namespace', namespace, '--selector', CHECKPOINT_LABEL];
    const { stdout } = await kubectl([
      'get',
      ...argv,
      '--output',
      'jsonpath={range .items[*]}{.metadata.name}: {.data.about}{"\\n"}{end}',
    ]);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^cni-tuner-growth: How full the subnets were/),
      expect.stringMatching(/^cni-tuner-history-0: A part of the history/),
      expect.stringMatching(/^cni-tuner-history-1: A part of the history/),
    ]);
    await kubectl(['delete', ...argv]);
    expect(await aStore().read()).toEqual(nothing);
  });

  it('never writes to a ConfigMap of that name that somebody else made, and does once it is gone', async () => {
    const theirs = { metadata: { name: `${NAME}-history-0` }, data: { shopping: 'milk' } };
    await api.create(`/api/v1/namespaces/${namespace}/configmaps`, theirs);
    expect(await store.read()).toEqual(['Foreign', undefined, undefined, undefined, undefined]);
    expect(await store.write(0, someBytes(10))).toBe('Foreign');
    expect(await api.get(pathOf(0))).toMatchObject({ data: { shopping: 'milk' } });
    await api.delete(pathOf(0));
    expect(await store.write(0, someBytes(10))).toBe('Stored');
  });

  it('writes over nobody: after a conflict it looks first', async () => {
    const other = aStore();
    await store.write(0, someBytes(10));
    await other.write(0, someBytes(20));
    await expect(store.write(0, someBytes(30))).rejects.toMatchObject({ kind: 'Conflict' });
    expect((await aStore().read())[0]).toHaveLength(20);
    expect(await store.write(0, someBytes(30))).toBe('Stored');
    expect((await aStore().read())[0]).toHaveLength(30);
  });

  it('makes a part again that somebody deleted', async () => {
    await store.write(0, someBytes(10));
    await api.delete(pathOf(0));
    await expect(store.write(0, someBytes(20))).rejects.toMatchObject({
      kind: expect.stringMatching(/NotFound|Conflict/),
    });
    expect(await store.write(0, someBytes(20))).toBe('Stored');
  });

  it('names the right that is missing', async () => {
    const stranger = aKubeClient({ as: 'operator' });
    await expect(aStore(stranger).read()).rejects.toMatchObject({
      kind: 'Forbidden',
      missingPermission: `get configmaps in ${namespace}`,
    });
    await stranger.close();
  });

  it('is told Invalid of a part that is too large for a ConfigMap', async () => {
    await expect(store.write(0, someBytes(1_100_000))).rejects.toMatchObject({ kind: 'Invalid' });
    expect(await aStore().read()).toEqual(nothing);
  });

  it('hands back what somebody tore, which the reader refuses', async () => {
    await store.write(0, new TextEncoder().encode('CNTH and no more'));
    expect(readCheckpoint(await store.read())).toMatchObject({ kind: 'Refused', refused: { reason: 'OtherVersion' } });
    await api.patch(pathOf(0), { type: 'merge', body: { binaryData: null } });
    expect(readCheckpoint(await aStore().read())).toMatchObject({ kind: 'Refused', refused: { reason: 'Torn' } });
  });
});
