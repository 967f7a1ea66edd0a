/** Somebody writes to the DaemonSet on a real API server between a pass's reading and its write. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DO_NOT_TUNE_ANNOTATION, ORIGINALS_ANNOTATION } from '../../src/api/cnituning.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { daemonSetViewOf, keptDaemonSetOf } from '../../src/kube/daemon-set-view.ts';
import type { RawDaemonSet } from '../../src/kube/raw-objects.ts';
import type { PassRecord } from '../../src/reconcile/pass-record.ts';
import type { Ports, WarmSettingsWriter } from '../../src/reconcile/ports.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { aCluster } from '../scenarios/a-story.ts';
import { apiAs, describeOnPlane, freshNamespace } from '../support/control-plane.ts';
import type { FakeCluster } from '../support/fake-cluster.ts';
import { aKubeClient, aSmallDaemonSet, aWriter, daemonSetPath, envOf, readDaemonSet } from '../support/kube-adapter.ts';

type Meanwhile = () => Promise<unknown>;

let api: ApiClient;
let client: KubeClient;
let writer: WarmSettingsWriter;
let namespace: string;
let cluster: FakeCluster;

/** A pass whose DaemonSet is the real one, as read just before; what happens meanwhile is done before it writes. */
async function pass(meanwhile: Meanwhile = async () => {}): Promise<PassRecord> {
  await readDaemonSet(api, namespace);
  const raw = await api.get<RawDaemonSet>(daemonSetPath(namespace));
  const { desired, updated, ready, available } = cluster.daemonSet.view;
  const read = daemonSetViewOf(keptDaemonSetOf(raw), aRef());
  const daemonSet = { ...read, desired, updated, ready, available };
  const ports: Ports = {
    ...cluster.ports(),
    cluster: { snapshot: () => ({ ...cluster.snapshot(), daemonSet }) },
    warmSettings: {
      ...writer,
      apply: async (...asked) => {
        await meanwhile();
        return await writer.apply(...asked);
      },
    },
  };
  const { record } = await reconcile('default', ports, () => cluster.nowMs);
  if (record === undefined) throw new Error('the CniTuning is gone');
  return record;
}

const aRef = () => ({ namespace, name: 'aws-node', container: 'aws-node' });

async function annotate(value: string | null): Promise<void> {
  const body = { metadata: { annotations: { [DO_NOT_TUNE_ANNOTATION]: value } } };
  await api.patch(daemonSetPath(namespace), { type: 'merge', body });
}

async function setEnv(name: string, value: string): Promise<void> {
  const containers = [{ name: 'aws-node', env: [{ name, value }] }];
  const body = { spec: { template: { spec: { containers } } } };
  await api.patch(`${daemonSetPath(namespace)}?fieldManager=kubectl-set`, { type: 'strategic-merge', body });
}

/** WARM_ENI_TARGET as it stands, and what is on record of before. */
async function written(): Promise<readonly [string | undefined, string | undefined]> {
  const live = await readDaemonSet(api, namespace);
  const entry = envOf(live).find(({ name }) => name === 'WARM_ENI_TARGET');
  return [entry?.value, live.metadata.annotations?.[ORIGINALS_ANNOTATION]];
}

describeOnPlane('a pass that is overtaken', () => {
  beforeAll(() => {
    api = apiAs();
    client = aKubeClient();
    writer = aWriter(client);
  });

  afterAll(async () => {
    api?.close();
    await client?.close();
  });

  beforeEach(async () => {
    namespace = await freshNamespace('overtaken');
    await api.apply(
      daemonSetPath(namespace),
      'eks',
      aSmallDaemonSet(namespace, [{ name: 'ENABLE_IPv4', value: 'true' }]),
    );
    cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', daemonSetRef: aRef() }, { hasFinalizer: true });
    // The first one asks for the evaluation that the next one acts on.
    await pass();
  });

  it('writes nothing, leaves its verdict, and the next one heeds what was written', async () => {
    const overtaken = await pass(async () => await annotate('true'));
    expect([overtaken.plan?.kind, overtaken.outcome]).toEqual(['Change', { kind: 'Overtaken' }]);
    expect(await written()).toEqual([undefined, undefined]);
    expect((await pass()).plan).toMatchObject({ kind: 'Hold', reason: 'DoNotTune' });
    await annotate(null);
    expect((await pass()).outcome).toMatchObject({ kind: 'Applied', forced: false });
    expect(await written()).toEqual(['0', expect.stringContaining('"absent"')]);
  });

  it('does not take for its own what somebody else has just set to the same value', async () => {
    const overtaken = await pass(async () => await setEnv('WARM_ENI_TARGET', '0'));
    expect(overtaken.outcome).toEqual({ kind: 'Overtaken' });
    expect((await pass()).plan).toMatchObject({ kind: 'Keep' });
    expect(await written()).toEqual(['0', undefined]);
  });
});
