/** What our writes do to the values and owners of a DaemonSet on a real API server, and how they are undone. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ORIGINALS_ANNOTATION } from '../../src/api/cnituning.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { PortError } from '../../src/reconcile/ports.ts';
import type { WarmSettingsWriter } from '../../src/reconcile/ports.ts';
import type { Original } from '../../src/tuning/advice.ts';
import type { FieldOwner } from '../../src/tuning/snapshot.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, describeOnPlane, eventually, freshNamespace } from '../support/control-plane.ts';
import type { LiveDaemonSet } from '../support/kube-adapter.ts';
import {
  aKubeClient,
  aSmallDaemonSet,
  aWriter,
  daemonSetPath,
  envOf,
  ownershipOf,
  readDaemonSet,
  targetOf,
} from '../support/kube-adapter.ts';

const EKS: FieldOwner = { manager: 'eks', operation: 'Apply' };
const KUBECTL_SET: FieldOwner = { manager: 'kubectl-set', operation: 'Update' };
const SHIPPED = [
  { name: 'AAA', value: 'first' },
  { name: 'WARM_ENI_TARGET', value: '1' },
  { name: 'WARM_PREFIX_TARGET', value: '1' },
  { name: 'ZZZ', value: 'last' },
];
const withoutEni = SHIPPED.filter(({ name }) => name !== 'WARM_ENI_TARGET');

let api: ApiClient;
let client: KubeClient;
let writer: WarmSettingsWriter;
let namespace: string;

const original = (setting: Original['setting'], value: string, ...owners: readonly FieldOwner[]): Original => ({
  setting,
  state: 'value',
  value,
  owners,
});
const absent = (setting: Original['setting']): Original => ({ setting, state: 'absent', value: '', owners: [] });

/** Made by the EKS add-on: server-side apply as `eks`. */
async function madeByEks(
  env: readonly { readonly name: string; readonly value: string }[] = SHIPPED,
): Promise<LiveDaemonSet> {
  await api.apply(daemonSetPath(namespace), 'eks', aSmallDaemonSet(namespace, env));
  return await readDaemonSet(api, namespace);
}

/** Made by a client that knows no server-side apply. */
async function madeByUpdate(manager: string): Promise<LiveDaemonSet> {
  const path = `/apis/apps/v1/namespaces/${namespace}/daemonsets?fieldManager=${manager}`;
  await api.create(path, aSmallDaemonSet(namespace, SHIPPED));
  return await readDaemonSet(api, namespace);
}

/** `kubectl set env`: a strategic merge patch of one entry. */
async function setEnv(value: string, manager = 'kubectl-set', name = 'WARM_ENI_TARGET'): Promise<void> {
  const containers = [{ name: 'aws-node', env: [{ name, value }] }];
  await api.patch(`${daemonSetPath(namespace)}?fieldManager=${manager}`, {
    type: 'strategic-merge',
    body: { spec: { template: { spec: { containers } } } },
  });
}

async function force(
  values: Parameters<WarmSettingsWriter['apply']>[1],
  originals: readonly Original[],
): Promise<void> {
  await writer.apply(await targetOf(api, namespace), values, originals, true);
}

const valueIn = (daemonSet: LiveDaemonSet, name = 'WARM_ENI_TARGET'): string | undefined =>
  envOf(daemonSet).find((entry) => entry.name === name)?.value;

describeOnPlane('ownership of the DaemonSet', () => {
  beforeAll(() => {
    api = apiAs();
    client = aKubeClient();
    writer = aWriter(client);
  });

  afterAll(async () => {
    api.close();
    await client.close();
  });

  beforeEach(async () => {
    namespace = await freshNamespace('ownership');
  });

  it('shares the value without a new generation when the owner has the same one', async () => {
    const before = await madeByEks();
    const { generation } = await writer.apply(await targetOf(api, namespace), { warmENI: 1 }, [], false);
    expect(generation).toBe(before.metadata.generation);
  });

  it('names the Apply owner of a conflicting field and the setting it is', async () => {
    await madeByEks();
    const refused = writer.apply(await targetOf(api, namespace), { warmENI: 0 }, [], false);
    await expect(refused).rejects.toMatchObject({
      kind: 'Conflict',
      conflicts: [{ manager: 'eks', operation: 'Apply', setting: 'warmENI' }],
    });
  });

  it('names the Update owner of a conflicting field as one', async () => {
    await madeByEks();
    await setEnv('2');
    const refused = writer.apply(await targetOf(api, namespace), { warmENI: 0, warmPrefix: 3 }, [], false);
    await expect(refused).rejects.toMatchObject({
      kind: 'Conflict',
      conflicts: expect.arrayContaining([
        expect.objectContaining({ manager: 'kubectl-set', operation: 'Update', setting: 'warmENI' }),
        expect.objectContaining({ manager: 'eks', operation: 'Apply', setting: 'warmPrefix' }),
      ]),
    });
  });

  it('takes the value by force and records the originals in the same write', async () => {
    const before = await madeByEks();
    const originals = [original('warmENI', '1', EKS)];
    await force({ warmENI: 0 }, originals);
    const after = await readDaemonSet(api, namespace);
    expect(envOf(after)).toEqual(
      SHIPPED.map((entry) => (entry.name === 'WARM_ENI_TARGET' ? { ...entry, value: '0' } : entry)),
    );
    expect(JSON.parse(after.metadata.annotations?.[ORIGINALS_ANNOTATION] ?? '')).toEqual(originals);
    expect(after.metadata.generation).toBe(before.metadata.generation + 1);
  });

  it('writes nothing when the same apply comes again', async () => {
    await madeByEks();
    const originals = [original('warmENI', '1', EKS)];
    await force({ warmENI: 0 }, originals);
    const before = await readDaemonSet(api, namespace);
    await writer.apply(await targetOf(api, namespace), { warmENI: 0 }, originals, false);
    expect((await readDaemonSet(api, namespace)).metadata).toEqual(before.metadata);
  });

  it.each([false, true])(
    'does not write to a DaemonSet that changed since it was read, with force %s',
    async (forced) => {
      await madeByEks(withoutEni);
      const stale = await targetOf(api, namespace);
      await setEnv('5', 'kubectl-set', 'ZZZ');
      const before = await readDaemonSet(api, namespace);
      const refused = writer.apply(stale, { warmENI: 0 }, [absent('warmENI')], forced);
      await expect(refused).rejects.toMatchObject({ kind: 'Conflict', conflicts: [] });
      expect(envOf(await readDaemonSet(api, namespace))).toEqual(envOf(before));
    },
  );

  it('names the owners of the fields also where the DaemonSet changed since it was read', async () => {
    await madeByEks();
    const stale = await targetOf(api, namespace);
    await setEnv('5', 'kubectl-set', 'ZZZ');
    const refused = writer.apply(stale, { warmENI: 0 }, [], false);
    await expect(refused).rejects.toMatchObject({ kind: 'Conflict', conflicts: [{ manager: 'eks' }] });
  });

  it('does not make a DaemonSet that is gone', async () => {
    await madeByEks();
    const target = await targetOf(api, namespace);
    await api.delete(daemonSetPath(namespace));
    await expect(writer.apply(target, { warmENI: 0 }, [], false)).rejects.toMatchObject({ kind: 'Conflict' });
    await expect(writer.restore(target, [original('warmENI', '1', EKS)], [])).rejects.toMatchObject({
      kind: 'NotFound',
    });
  });

  it('does not write to a DaemonSet that was made anew since it was read', async () => {
    await madeByEks();
    const stale = await targetOf(api, namespace);
    await api.delete(daemonSetPath(namespace));
    await eventually(async () => await madeByEks());
    const before = await readDaemonSet(api, namespace);
    await expect(writer.apply(stale, { warmENI: 0 }, [], true)).rejects.toMatchObject({ kind: 'Conflict' });
    await expect(writer.apply(stale, { warmIP: 5 }, [absent('warmIP')], false)).rejects.toMatchObject({
      kind: 'Conflict',
      conflicts: [],
    });
    expect(await readDaemonSet(api, namespace)).toEqual(before);
  });

  it('says Invalid when the live entry is a valueFrom', async () => {
    const valueFrom = { fieldRef: { fieldPath: 'metadata.name' } };
    const env = [{ name: 'WARM_ENI_TARGET', valueFrom }];
    await api.apply(daemonSetPath(namespace), 'eks', aSmallDaemonSet(namespace, env));
    await expect(writer.apply(await targetOf(api, namespace), { warmENI: 0 }, [], true)).rejects.toMatchObject({
      kind: 'Invalid',
    });
  });

  describe('restore', () => {
    it('gives an Apply owner everything back', async () => {
      const before = await madeByEks();
      const originals = [original('warmENI', '1', EKS)];
      await force({ warmENI: 0 }, originals);
      const result = await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(result).toEqual({ restored: ['warmENI'], skipped: [] });
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
      expect(after.metadata.annotations?.[ORIGINALS_ANNOTATION]).toBeUndefined();
      expect(after.metadata.generation).toBe(before.metadata.generation + 2);
    });

    it('lets the Apply owner apply another value afterwards without a conflict', async () => {
      await madeByEks();
      const originals = [original('warmENI', '1', EKS)];
      await force({ warmENI: 0 }, originals);
      await writer.restore(await targetOf(api, namespace), originals, []);
      const env = SHIPPED.map((entry) => (entry.name === 'WARM_ENI_TARGET' ? { ...entry, value: '4' } : entry));
      await api.apply(daemonSetPath(namespace), 'eks', aSmallDaemonSet(namespace, env));
      expect(valueIn(await readDaemonSet(api, namespace))).toBe('4');
    });

    it('gives an Update owner everything back', async () => {
      await madeByEks();
      await setEnv('2');
      const before = await readDaemonSet(api, namespace);
      const originals = [original('warmENI', '2', KUBECTL_SET)];
      await force({ warmENI: 0 }, originals);
      const result = await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(result).toEqual({ restored: ['warmENI'], skipped: [] });
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
    });

    it('gives the creator of the whole object everything back', async () => {
      const before = await madeByUpdate('helm');
      const helm: FieldOwner = { manager: 'helm', operation: 'Update' };
      const originals = [original('warmENI', '1', helm), original('warmPrefix', '1', helm)];
      await force({ warmENI: 0, warmPrefix: 2 }, originals);
      await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
    });

    it('gives owners of both kinds back what each had', async () => {
      await madeByEks();
      await setEnv('2');
      const before = await readDaemonSet(api, namespace);
      const originals = [original('warmENI', '2', KUBECTL_SET), original('warmPrefix', '1', EKS)];
      await force({ warmENI: 0, warmPrefix: 3 }, originals);
      await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
      expect(after.metadata.generation).toBe(before.metadata.generation + 2);
    });

    it('gives back the owner of a value that our last one happens to equal', async () => {
      const before = await madeByEks();
      const originals = [original('warmENI', '1', EKS)];
      await force({ warmENI: 0 }, originals);
      await writer.apply(await targetOf(api, namespace), { warmENI: 1 }, originals, false);
      await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
    });

    it('removes an entry that was absent', async () => {
      const before = await madeByEks(withoutEni);
      await writer.apply(await targetOf(api, namespace), { warmENI: 0 }, [absent('warmENI')], false);
      expect(valueIn(await readDaemonSet(api, namespace))).toBe('0');
      await writer.restore(await targetOf(api, namespace), [absent('warmENI')], []);
      const after = await readDaemonSet(api, namespace);
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
      expect(after.metadata.generation).toBe(before.metadata.generation + 2);
    });

    it('leaves a value alone that somebody changed since, and says so', async () => {
      await madeByEks();
      const originals = [original('warmENI', '1', EKS), original('warmPrefix', '1', EKS)];
      await force({ warmENI: 0, warmPrefix: 3 }, originals);
      await setEnv('7', 'kubectl-edit');
      const result = await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(result).toEqual({ restored: ['warmPrefix'], skipped: ['warmENI'] });
      expect(valueIn(after)).toBe('7');
      expect(valueIn(after, 'WARM_PREFIX_TARGET')).toBe('1');
      expect(after.metadata.managedFields.map(({ manager }) => manager)).not.toContain('cni-tuner');
    });

    it('keeps what stays ours, and its record', async () => {
      await madeByEks();
      const originals = [original('warmENI', '1', EKS), original('warmPrefix', '1', EKS)];
      await force({ warmENI: 0, warmPrefix: 3 }, originals);
      await writer.restore(await targetOf(api, namespace), originals.slice(0, 1), ['warmPrefix']);
      const after = await readDaemonSet(api, namespace);
      expect(valueIn(after)).toBe('1');
      expect(valueIn(after, 'WARM_PREFIX_TARGET')).toBe('3');
      expect(JSON.parse(after.metadata.annotations?.[ORIGINALS_ANNOTATION] ?? '')).toEqual(originals.slice(1));
      await expect(api.apply(daemonSetPath(namespace), 'eks', aSmallDaemonSet(namespace, SHIPPED))).rejects.toThrow(
        'WARM_PREFIX_TARGET',
      );
    });

    it.each([1, 2])('finishes after a crash that let %i of its writes through', async (allowed) => {
      const before = await madeByEks();
      const originals = [original('warmENI', '1', EKS)];
      await force({ warmENI: 0 }, originals);
      let writes = 0;
      const dying: KubeClient = {
        ...client,
        request: async (method, path, options) => {
          if (method !== 'GET' && (writes += 1) > allowed) throw new PortError('Unavailable', 'killed');
          return await client.request(method, path, options);
        },
      };
      await expect(aWriter(dying).restore(await targetOf(api, namespace), originals, [])).rejects.toThrow('killed');
      const result = await writer.restore(await targetOf(api, namespace), originals, []);
      const after = await readDaemonSet(api, namespace);
      expect(result).toEqual({ restored: ['warmENI'], skipped: [] });
      expect(after.spec).toEqual(before.spec);
      expect(ownershipOf(after)).toEqual(ownershipOf(before));
      expect(after.metadata.annotations?.[ORIGINALS_ANNOTATION]).toBeUndefined();
    });

    it('gives nothing back by a reading that is older than the record', async () => {
      await madeByEks();
      const stale = await targetOf(api, namespace);
      await force({ warmENI: 0 }, [original('warmENI', '1', EKS)]);
      const before = await readDaemonSet(api, namespace);
      await expect(writer.restore(stale, [], [])).rejects.toMatchObject({ kind: 'Conflict', conflicts: [] });
      await expect(writer.release(stale)).rejects.toMatchObject({ kind: 'Conflict', conflicts: [] });
      expect(await readDaemonSet(api, namespace)).toEqual(before);
    });

    it('writes nothing when all is back already', async () => {
      await madeByEks();
      const originals = [original('warmENI', '1', EKS)];
      await force({ warmENI: 0 }, originals);
      await writer.restore(await targetOf(api, namespace), originals, []);
      const before = await readDaemonSet(api, namespace);
      expect(await writer.restore(await targetOf(api, namespace), originals, [])).toEqual({
        restored: ['warmENI'],
        skipped: [],
      });
      expect((await readDaemonSet(api, namespace)).metadata).toEqual(before.metadata);
    });
  });

  describe('release', () => {
    it.each([
      ['an Apply owner', async () => await madeByEks(), EKS],
      ['an Update owner', async () => await madeByUpdate('helm'), { manager: 'helm', operation: 'Update' } as const],
    ])('leaves the values to %s and keeps no part of them', async (_whose, make, owner) => {
      await make();
      await force({ warmENI: 0 }, [original('warmENI', '1', owner)]);
      const forced = await readDaemonSet(api, namespace);
      await writer.release(await targetOf(api, namespace));
      const after = await readDaemonSet(api, namespace);
      expect(after.spec).toEqual(forced.spec);
      expect(after.metadata.generation).toBe(forced.metadata.generation);
      expect(after.metadata.annotations?.[ORIGINALS_ANNOTATION]).toBeUndefined();
      expect(after.metadata.managedFields.map(({ manager }) => manager)).not.toContain('cni-tuner');
    });

    it('leaves an entry that only we had', async () => {
      await madeByEks(withoutEni);
      await writer.apply(await targetOf(api, namespace), { warmENI: 2 }, [absent('warmENI')], false);
      await writer.release(await targetOf(api, namespace));
      const after = await readDaemonSet(api, namespace);
      expect(valueIn(after)).toBe('2');
      expect(after.metadata.managedFields.map(({ manager }) => manager)).not.toContain('cni-tuner');
    });
  });
});
