/** Status, finalizer and events of a CniTuning on a real API server. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FINALIZER } from '../../src/api/cnituning.ts';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { Events } from '../../src/kube/events.ts';
import type { Cluster } from '../../src/kube/cluster.ts';
import { openCluster } from '../../src/kube/cluster.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { keptTuningOf, Tunings } from '../../src/kube/tuning-object.ts';
import type { TuningEvent, TuningObject } from '../../src/reconcile/ports.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, describeOnPlane, eventually, freshName, kubectl, sharedPlane } from '../support/control-plane.ts';
import { aKubeClient, aLog, VARIABLES } from '../support/kube-adapter.ts';

type Live = {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly uid: string;
    readonly finalizers?: readonly string[];
  };
  readonly status?: CniTuningStatus;
};

const TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';

let api: ApiClient;
let client: KubeClient;
let cluster: Cluster;
let name: string;
let log: ReturnType<typeof aLog>;

const read = async (): Promise<Live> => await api.get<Live>(`${TUNINGS}/${name}`);

async function create(spec: object = {}): Promise<void> {
  await api.create(TUNINGS, { apiVersion: 'cnituning.dev/v1alpha1', kind: 'CniTuning', metadata: { name }, spec });
}

async function known(): Promise<TuningObject> {
  return await eventually(() => {
    const object = cluster.tunings.get(name);
    if (object === undefined) throw new Error('not seen yet');
    return object;
  });
}

const aStatus = (message: string): CniTuningStatus => ({
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Tuned',
      message,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    },
  ],
  settingSummary: message,
});

const anEvent = (note: string, more: Partial<TuningEvent> = {}): TuningEvent => ({
  regarding: { kind: 'CniTuning', name, uid: cluster.tunings.get(name)?.uid ?? '' },
  type: 'Normal',
  reason: 'Tuned',
  action: 'Tuning',
  note,
  ...more,
});

type LiveEvent = {
  readonly note: string;
  readonly series?: { readonly count: number };
  readonly regarding: { readonly name: string };
};

async function liveEvents(): Promise<readonly LiveEvent[]> {
  const { items } = await api.get<{ items: readonly LiveEvent[] }>(
    '/apis/events.k8s.io/v1/namespaces/default/events?limit=500',
  );
  return items.filter(({ regarding }) => regarding.name === name);
}

describeOnPlane('writes about a CniTuning', () => {
  beforeEach(async () => {
    api = apiAs();
    client = aKubeClient();
    name = freshName('tuning');
    log = aLog();
    cluster = await openCluster({
      kubeconfig: sharedPlane().kubeconfigs.admin,
      userAgent: 'cni-tuner/test',
      identity: 'test',
      variables: VARIABLES,
      log: log.log,
    });
    cluster.start({ onChange: () => {}, onDemand: () => {} });
    await cluster.whenSynced();
    await create();
  });

  afterEach(async () => {
    await cluster.close();
    await api
      .patch(`${TUNINGS}/${name}`, { type: 'merge', body: { metadata: { finalizers: null } } })
      .catch(() => undefined);
    await api.delete(`${TUNINGS}/${name}`).catch(() => undefined);
    api.close();
    await client.close();
  });

  it('writes the status once and then only when it differs', async () => {
    await cluster.tunings.patchStatus(await known(), aStatus('first'));
    const first = await read();
    expect(first.status).toEqual(aStatus('first'));
    await cluster.tunings.patchStatus(await known(), aStatus('first'));
    expect((await read()).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('removes what the new status does not have', async () => {
    await cluster.tunings.patchStatus(await known(), aStatus('first'));
    await cluster.tunings.patchStatus(await known(), { observedGeneration: 1 });
    expect((await read()).status).toEqual({ observedGeneration: 1 });
  });

  it('sees its own write at once', async () => {
    await cluster.tunings.patchStatus(await known(), aStatus('first'));
    expect(cluster.tunings.get(name)?.status).toEqual(aStatus('first'));
  });

  it('refuses to write over a change it has not seen', async () => {
    const raw = await read();
    const kept = keptTuningOf(raw);
    if (typeof kept === 'string') throw new Error(kept);
    const unwatched = new Tunings({ client, onChange: () => {} });
    unwatched.target.set(raw.metadata.uid, kept);
    await api.patch(`${TUNINGS}/${name}`, { type: 'merge', body: { spec: { suspend: true } } });
    await expect(unwatched.patchStatus(kept.object, aStatus('late'))).rejects.toMatchObject({ kind: 'Conflict' });
    await expect(unwatched.addFinalizer(kept.object)).rejects.toMatchObject({ kind: 'Conflict' });
    expect((await read()).status).toEqual({ observedGeneration: -1 });
  });

  it('does not write to another object of the same name', async () => {
    const old = await known();
    await api.delete(`${TUNINGS}/${name}`);
    await eventually(() => expect(cluster.tunings.get(name)).toBeUndefined());
    await create();
    await known();
    await expect(cluster.tunings.patchStatus(old, aStatus('wrong'))).rejects.toMatchObject({ kind: 'Conflict' });
    expect((await read()).status).toEqual({ observedGeneration: -1 });
  });

  it('names what the schema refuses', async () => {
    const wrong = { observedGeneration: -5 } as CniTuningStatus;
    const refused = cluster.tunings.patchStatus(await known(), wrong);
    await expect(refused).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('observedGeneration'),
    });
  });

  it('adds and removes only its own finalizer', async () => {
    await api.patch(`${TUNINGS}/${name}`, { type: 'merge', body: { metadata: { finalizers: ['example.com/other'] } } });
    await eventually(() => expect(cluster.tunings.get(name)?.resourceVersion).not.toBe(''));
    await eventually(async () => {
      await cluster.tunings.addFinalizer(await known());
      expect((await read()).metadata.finalizers).toEqual(['example.com/other', FINALIZER]);
    });
    expect(cluster.tunings.get(name)?.hasFinalizer).toBe(true);
    await cluster.tunings.patchStatus(await known(), aStatus('after the finalizer'));
    await cluster.tunings.removeFinalizer(await known());
    expect((await read()).metadata.finalizers).toEqual(['example.com/other']);
    await cluster.tunings.removeFinalizer(await known());
  });

  it('shows events where kubectl looks for them', async () => {
    await known();
    cluster.events.emit(anEvent('WARM_ENI_TARGET 1→0'));
    await eventually(async () => {
      expect((await kubectl(['describe', 'cnituning', name])).stdout).toMatch(
        /Normal\s+Tuned\s.*cni-tuner\s+WARM_ENI_TARGET 1→0/,
      );
    });
    const { stdout } = await kubectl([
      'get',
      'events',
      '-n',
      'default',
      '--field-selector',
      `involvedObject.name=${name}`,
    ]);
    expect(stdout).toMatch(new RegExp(`Normal\\s+Tuned\\s+cnituning/${name}\\s+WARM_ENI_TARGET 1→0`));
  });

  it('counts the same event again in one series', async () => {
    await known();
    const events = new Events({ client, log: log.log, identity: 'test' });
    for (let times = 0; times < 5; times += 1) events.emit(anEvent('the same'));
    await events.flush();
    events.emit(anEvent('another'));
    await events.flush();
    const counts = new Map((await liveEvents()).map(({ note, series }) => [note, series?.count]));
    expect(counts).toEqual(
      new Map([
        ['another', undefined],
        ['the same', 5],
      ]),
    );
  });

  it('cuts a note that is too long and limits a flood', async () => {
    await known();
    const events = new Events({ client, log: log.log, identity: 'test' });
    events.emit(anEvent('€'.repeat(2_000)));
    for (let flood = 0; flood < 100; flood += 1) events.emit(anEvent(`flood ${flood}`));
    await events.flush();
    const live = await liveEvents();
    expect(live).toHaveLength(20);
    expect(live.find(({ note }) => note.startsWith('€'))?.note).toMatch(/^€+…$/);
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
