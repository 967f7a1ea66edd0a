/** A person takes a change back on a real API server: by the command line, by the annotation, and across crashes. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ORIGINALS_ANNOTATION, ROLLBACK_ANNOTATION } from '../../src/api/cnituning.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { daemonSetViewOf, keptDaemonSetOf } from '../../src/kube/daemon-set-view.ts';
import type { RawDaemonSet } from '../../src/kube/raw-objects.ts';
import { PortError } from '../../src/reconcile/ports.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { AWS_NODE_PATH } from '../../testbed/cluster/aws-node.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { aCluster } from '../scenarios/a-story.ts';
import { cni } from '../support/command-line.ts';
import { statusOf } from '../support/cluster-reading.ts';
import { apiAs, describeOnPlane, eventually, freshNamespace } from '../support/control-plane.ts';
import type { FakeCluster } from '../support/fake-cluster.ts';
import type { LiveDaemonSet } from '../support/kube-adapter.ts';
import {
  aKubeClient,
  aSmallDaemonSet,
  aWriter,
  daemonSetPath,
  envOf,
  ownershipOf,
  readDaemonSet,
} from '../support/kube-adapter.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import {
  applyTuning,
  daemonSetWrites,
  liveValue,
  MANY_CHANGES,
  reasonOf,
  type SmallCluster,
  startSmallCluster,
  untilStatus,
} from '../support/small-cluster.ts';

const STORY_MS = 420_000;
const APPLY = {
  mode: 'Apply',
  history: { minimum: '1m' },
  changes: MANY_CHANGES,
  ownership: { takeOverFrom: ['eks'] },
};

let running: SmallCluster | undefined;
let operator: Operator | undefined;

afterEach(async () => {
  await operator?.stop('SIGKILL');
  await running?.stop();
  operator = undefined;
  running = undefined;
});

function begin({ plane, ec2 }: SmallCluster): Operator {
  return startOperator({ kubeconfig: plane.kubeconfigs.operator, ec2Url: ec2().url });
}

async function ownersOf({ plane }: SmallCluster): Promise<string> {
  const raw = await plane.api.get<RawDaemonSet>(AWS_NODE_PATH);
  const ref = { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' };
  const entry = daemonSetViewOf(keptDaemonSetOf(raw), ref).env.find(({ name }) => name === 'WARM_ENI_TARGET');
  return (entry?.valueOwners ?? []).map(({ manager }) => manager).join();
}

describeOnPlane('undo', () => {
  it(
    'gives value and owner back, holds the value over a restart, and lets another value through',
    async () => {
      const cluster = await startSmallCluster({ nodes: 2, podsPerNode: 2 });
      running = cluster;
      const { plane } = cluster;
      const as = `--kubeconfig=${plane.kubeconfigs.admin}`;
      operator = begin(cluster);
      expect(await cni(['undo', 'default', '--yes', as])).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringMatching(/^cni-tuner undo: There is no CniTuning here; /),
      });
      await applyTuning(plane, APPLY);
      await untilStatus(plane, ({ changes }) => changes?.[0]?.to === 'WARM_ENI_TARGET=0', 180_000);
      expect(await ownersOf(cluster)).toBe('cni-tuner');

      const unasked = await cni(['undo', 'default', as]);
      expect(unasked).toMatchObject({ exitCode: 2, stdout: '' });
      expect(unasked.stderr).toMatch(/goes back from 0 to 1, which eks had set .* add --yes to do it\.\n$/);
      const undone = await cni(['undo', 'default', '--yes', as, '-o', 'json']);
      expect(undone).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(undone.stdout)).toMatchObject({
        isUndone: true,
        undone: 'WARM_ENI_TARGET=0',
        variables: [{ variable: 'WARM_ENI_TARGET', value: '1', owner: 'eks' }],
      });
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('1');
      expect(await ownersOf(cluster)).toBe('eks');
      const held = await untilStatus(plane, ({ hold }) => hold?.reason === 'RolledBack');
      expect(reasonOf(held, 'Ready')).toBe('RolledBack');
      expect(held.changes?.map(({ result }) => result)).toEqual(['Complete', 'Undone']);

      await operator.stop('SIGKILL');
      const writes = await daemonSetWrites(plane);
      operator = begin(cluster);
      // It first has to see again as much demand as it had not stored yet.
      await eventually(
        async () => expect(await operator?.metric('cnituning_hold{name="default",reason="RolledBack"}')).toBe(1),
        { timeoutMs: 150_000 },
      );
      expect(await daemonSetWrites(plane)).toEqual(writes);

      await applyTuning(plane, { ...APPLY, settings: { warmENI: { min: 2, max: 3 } } });
      await eventually(async () => expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('2'), { timeoutMs: 60_000 });

      // Nobody runs between the request and the write.
      await untilStatus(plane, ({ changes }) => changes?.[0]?.to === 'WARM_ENI_TARGET=2');
      await operator.stop('SIGKILL');
      const annotate = ['annotate', 'cnit', 'default', '--overwrite', `${ROLLBACK_ANNOTATION}=by-hand`];
      expect((await plane.kubectl(annotate)).exitCode).toBe(0);
      const waiting = await cni(['undo', 'default', '--yes', '--timeout=1s', as]);
      expect(waiting).toMatchObject({ exitCode: 1, stdout: '' });
      expect(waiting.stderr).toMatch(/has not handled the request within 1s\. It stands, /);
      operator = begin(cluster);
      await untilStatus(
        plane,
        ({ rollback, lastHandledRollback }) =>
          rollback?.undone === 'WARM_ENI_TARGET=2' && rollback.token === lastHandledRollback,
      );
      expect([await liveValue(plane, 'WARM_ENI_TARGET'), await ownersOf(cluster)]).toEqual(['1', 'eks']);
    },
    STORY_MS,
  );
});

let api: ApiClient;
let client: KubeClient;
let namespace: string;

/** Ends, as a process does, instead of sending its write number `last + 1`. */
function dyingAfter(last: number): KubeClient {
  let sent = 0;
  return {
    ...client,
    request: async (method, path, options) => {
      if (method !== 'GET' && ++sent > last) throw new PortError('Forbidden', 'The process died here.');
      return await client.request(method, path, options);
    },
  };
}

/** A pass whose DaemonSet is the real one, written to by that client. */
async function pass(cluster: FakeCluster, by: KubeClient = client): Promise<void> {
  await readDaemonSet(api, namespace);
  const raw = await api.get<RawDaemonSet>(daemonSetPath(namespace));
  const { desired, updated, ready, available } = cluster.daemonSet.view;
  const daemonSet = { ...daemonSetViewOf(keptDaemonSetOf(raw), aRef()), desired, updated, ready, available };
  const snapshot = () => ({ ...cluster.snapshot(), daemonSet });
  await reconcile(
    'default',
    { ...cluster.ports(), cluster: { snapshot }, warmSettings: aWriter(by) },
    () => cluster.nowMs,
  );
}

const aRef = () => ({ namespace, name: 'aws-node', container: 'aws-node' });
const valueIn = (live: LiveDaemonSet) => envOf(live).find(({ name }) => name === 'WARM_ENI_TARGET')?.value;

describeOnPlane('an undo that a crash interrupts', () => {
  beforeAll(() => {
    api = apiAs();
    client = aKubeClient();
  });

  afterAll(async () => {
    api?.close();
    await client?.close();
  });

  it.each([1, 2, 3])('after write %i of the DaemonSet ends as if there had been none', async (last) => {
    namespace = await freshNamespace('undo');
    const env = [
      { name: 'ENABLE_IPv4', value: 'true' },
      { name: 'WARM_ENI_TARGET', value: '1' },
    ];
    await api.apply(daemonSetPath(namespace), 'eks', aSmallDaemonSet(namespace, env));
    const before = await readDaemonSet(api, namespace);
    const cluster = aCluster();
    cluster.applyTuning(
      'default',
      { mode: 'Apply', takeOverFrom: ['eks'], daemonSetRef: aRef() },
      { hasFinalizer: true },
    );
    await pass(cluster);
    await pass(cluster);
    expect(valueIn(await readDaemonSet(api, namespace))).toBe('0');
    cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: 'night-1' });
    await pass(cluster);
    cluster.failNextStatus = new PortError('Unavailable', 'The process died here.');
    await pass(cluster, dyingAfter(last));
    expect(statusOf(cluster)?.lastHandledRollback).toBeUndefined();
    await pass(cluster);
    await pass(cluster);
    const after = await readDaemonSet(api, namespace);
    expect(valueIn(after)).toBe('1');
    expect(after.metadata.annotations?.[ORIGINALS_ANNOTATION]).toBeUndefined();
    expect(ownershipOf(after)).toEqual(ownershipOf(before));
    expect(after.metadata.generation).toBe(3);
    expect(statusOf(cluster)?.lastHandledRollback).toBe('night-1');
    expect(statusOf(cluster)?.changes?.map(({ result }) => result)).toEqual(['Complete', 'Undone']);
  });
});
