/** What the world does to an operator at work: it says so in one status, writes nothing it should not, and recovers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ORIGINALS_ANNOTATION } from '../../src/api/cnituning.ts';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { applyAwsNode, AWS_NODE_PATH, type DaemonSetState } from '../../testbed/cluster/aws-node.ts';
import { type ApiProxy, startApiProxy } from '../support/api-proxy.ts';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { installCrd } from '../support/shared-plane.ts';
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

const NODES = 6;
const APPLY = {
  mode: 'Apply',
  history: { minimum: '1m' },
  changes: MANY_CHANGES,
  ownership: { takeOverFrom: ['eks'] },
};
const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cnitunings.cnituning.dev';
const TUNING_PATH = '/apis/cnituning.dev/v1alpha1/cnitunings/default';
const ROLE_PATH = '/apis/rbac.authorization.k8s.io/v1/clusterroles/cni-tuner';
const LEADER = 'leader_election_master_status{name="cni-tuner"}';

let cluster: SmallCluster;
let proxy: ApiProxy;
let operator: Operator;

const bugs = (): readonly unknown[] => operator.lines().filter(({ level }) => level === 'error');
const statusOf = async (path: string): Promise<number> => (await cluster.plane.api.request('GET', path)).status;
const readyMessage = ({ conditions }: CniTuningStatus): string =>
  conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

/** Every connection of the operator ends; what it opens next is answered as the API server would answer it now. */
function breakConnections(): void {
  proxy.disconnect();
  proxy.reconnect();
}

beforeAll(async () => {
  cluster = await startSmallCluster({ nodes: NODES, podsPerNode: 3, maxUnavailable: 1, containerStartMs: 1_500 });
  const { url, caFile, tokens } = cluster.plane;
  proxy = await startApiProxy({ url, caFile, token: tokens.operator });
  operator = startOperator({ kubeconfig: proxy.kubeconfig, ec2Url: cluster.ec2().url });
  await operator.untilLogged('This replica leads', 60_000);
}, 240_000);
afterAll(async () => {
  await operator?.stop('SIGKILL');
  await proxy?.close();
  await cluster?.stop();
});

describeOnPlane('bad days', () => {
  it('tunes the new DaemonSet when the old one was deleted in the middle of the rollout', {
    timeout: 500_000,
  }, async () => {
    const { api } = cluster.plane;
    await applyTuning(cluster.plane, APPLY);
    await eventually(async () => expect(await liveValue(cluster.plane, 'WARM_ENI_TARGET')).toBe('0'), {
      timeoutMs: 240_000,
    });
    const { uid } = (await api.get<DaemonSetState & { metadata: { uid: string } }>(AWS_NODE_PATH)).metadata;
    await api.delete(AWS_NODE_PATH);
    await eventually(async () => expect(await statusOf(AWS_NODE_PATH)).toBe(404));
    await untilStatus(cluster.plane, ({ hold }) => hold?.reason === 'DaemonSetNotFound');
    await applyAwsNode(api, { maxUnavailable: 2 });
    const status = await untilStatus(cluster.plane, ({ changes }) => changes?.length === 2, 240_000);
    const done = await untilStatus(cluster.plane, ({ changes }) => changes?.[0]?.result === 'Complete', 240_000);
    expect(status.changes?.[1]?.result).toBe('Superseded');
    expect(reasonOf(done, 'Ready')).toBe('Tuned');
    expect(done.settings?.[0]).toMatchObject({ live: '0', original: { state: 'Value', value: '1', owner: 'eks' } });
    expect((await api.get<{ metadata: { uid: string } }>(AWS_NODE_PATH)).metadata.uid).not.toBe(uid);
    expect(bugs()).toEqual([]);
  });

  it('keeps what it knew while the API server is too busy and talks nonsense, and goes on by itself', {
    timeout: 300_000,
  }, async () => {
    const sinceMs = Date.now();
    proxy.interfere((_, url) =>
      url.searchParams.get('watch') === 'true'
        ? { status: 200, body: '<html>\n{"type":"ADDED"}\n' }
        : { status: 429, headers: { 'retry-after': '99999999' }, body: 'Too many requests' },
    );
    breakConnections();
    await eventually(async () => expect(await operator.metric(LEADER)).toBe(0), { timeoutMs: 60_000 });
    const asked = proxy.requests.length;
    await eventually(async () =>
      expect((await operator.metrics()).match(/^cnituning_watch_up\{.*\} 0$/gm)).toHaveLength(5),
    );
    expect(proxy.requests.length - asked).toBeLessThan(300);
    proxy.interfere(undefined);
    await eventually(async () => expect(await operator.metric(LEADER)).toBe(1), { timeoutMs: 120_000 });
    await applyTuning(cluster.plane, { ...APPLY, suspend: true });
    await untilStatus(cluster.plane, ({ hold }) => hold?.reason === 'Suspended');
    await applyTuning(cluster.plane, { ...APPLY, suspend: false });
    await untilStatus(cluster.plane, (status) => status.hold?.reason !== 'Suspended');
    expect(await daemonSetWrites(cluster.plane, sinceMs)).toEqual([]);
    expect(bugs()).toEqual([]);
  });

  it('names the permission that was taken from it, and goes on when it is given back', {
    timeout: 300_000,
  }, async () => {
    const { api } = cluster.plane;
    const role = await api.get<{ rules: { resources: string[] }[] }>(ROLE_PATH);
    const at = role.rules.findIndex(({ resources }) => resources.includes('pods'));
    const setPods = async (resources: readonly string[]): Promise<unknown> =>
      await api.patch(ROLE_PATH, {
        type: 'json',
        body: [{ op: 'replace', path: `/rules/${at}/resources`, value: resources }],
      });
    await applyTuning(cluster.plane, APPLY);
    await untilStatus(cluster.plane, ({ observedGeneration }) => observedGeneration > 0);
    await setPods(['nodes']);
    breakConnections();
    const blind = await untilStatus(cluster.plane, (status) => reasonOf(status, 'Ready') === 'PermissionMissing');
    expect(readyMessage(blind)).toMatch(/watch resource "pods"/);
    expect(blind.conditions?.map(({ type }) => type)).toContain('Stalled');
    await setPods(['nodes', 'pods']);
    const seeing = await untilStatus(cluster.plane, (status) => reasonOf(status, 'Ready') !== 'PermissionMissing');
    expect(seeing.conditions?.map(({ type }) => type)).not.toContain('Stalled');
    expect(bugs()).toEqual([]);
  });

  it('says that EC2 does not answer, and gives everything back all the same when it is deleted', {
    timeout: 400_000,
  }, async () => {
    cluster.ec2().faults.add({ action: '*', answer: { kind: 'hang' }, caller: 'cni-tuner' });
    const blind = await untilStatus(
      cluster.plane,
      ({ conditions }) =>
        conditions?.find(({ type }) => type === 'SubnetsObserved')?.message.includes('did not answer in time') ?? false,
      240_000,
    );
    expect(reasonOf(blind, 'Ready')).toBe('Tuned');
    expect(blind.subnets).toHaveLength(1);
    await cluster.plane.api.delete(TUNING_PATH);
    await eventually(async () => expect(await statusOf(TUNING_PATH)).toBe(404));
    expect(await liveValue(cluster.plane, 'WARM_ENI_TARGET')).toBe('1');
    const { metadata } = await cluster.plane.api.get<{ metadata: { annotations?: object } }>(AWS_NODE_PATH);
    expect(metadata.annotations).not.toHaveProperty(ORIGINALS_ANNOTATION);
    cluster.ec2().faults.clear();
    expect(bugs()).toEqual([]);
  });

  it('waits for its resource while the CRD is gone, and serves it when it is back', { timeout: 300_000 }, async () => {
    await applyTuning(cluster.plane, { mode: 'Recommend' });
    await untilStatus(cluster.plane, ({ observedGeneration }) => observedGeneration > 0);
    await cluster.plane.api.delete(CRD_PATH);
    await eventually(async () => expect(await statusOf(CRD_PATH)).toBe(404));
    await eventually(async () => expect(await operator.metric('cnituning_watch_up{resource="cnitunings"}')).toBe(0));
    await eventually(async () => expect(await operator.metrics()).not.toContain('name="default"'));
    await installCrd(cluster.plane);
    await applyTuning(cluster.plane, { mode: 'Recommend' });
    await untilStatus(cluster.plane, ({ observedGeneration }) => observedGeneration > 0);
    expect(bugs()).toEqual([]);
  });
});
