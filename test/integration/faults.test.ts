/** Real faults, injected while the operator works: it recovers by itself and never writes twice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { AWS_NODE_PATH, type DaemonSetState } from '../../testbed/cluster/aws-node.ts';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import {
  applyTuning,
  daemonSetWrites,
  liveValue,
  type SmallCluster,
  startSmallCluster,
  tuningStatus,
  untilStatus,
} from '../support/small-cluster.ts';

const NODES = 8;
const APPLY = { mode: 'Apply', history: { minimum: '1m' }, ownership: { takeOverFrom: ['eks'] } };

let cluster: SmallCluster;
let operator: Operator;

const start = (): Operator =>
  startOperator({ kubeconfig: cluster.plane.kubeconfigs.operator, ec2Url: cluster.ec2().url });
const generation = async (): Promise<number> =>
  (await cluster.plane.api.get<DaemonSetState>(AWS_NODE_PATH)).metadata.generation;
const bugs = (): readonly unknown[] => operator.lines().filter(({ level }) => level === 'error');

const subnetsSentence = ({ conditions }: CniTuningStatus): string =>
  conditions?.find(({ type }) => type === 'SubnetsObserved')?.message ?? '';

beforeAll(async () => {
  // One node at a time and a second for each ipamd: a rollout that can be interrupted.
  cluster = await startSmallCluster({ nodes: NODES, podsPerNode: 3, maxUnavailable: 1, containerStartMs: 1_500 });
  operator = start();
  await operator.untilLogged('This replica leads');
}, 180_000);
afterAll(async () => {
  await operator?.stop('SIGKILL');
  await cluster?.stop();
});

describeOnPlane('faults', () => {
  it('follows its rollout to the end after it was killed in the middle of it, without a second write', {
    timeout: 400_000,
  }, async () => {
    const generationBefore = await generation();
    await applyTuning(cluster.plane, APPLY);
    await eventually(async () => expect(await liveValue(cluster.plane, 'WARM_ENI_TARGET')).toBe('0'), {
      timeoutMs: 180_000,
    });
    await eventually(async () => {
      const { status } = await cluster.plane.api.get<DaemonSetState>(AWS_NODE_PATH);
      expect(status.updatedNumberScheduled).toBeGreaterThanOrEqual(1);
      expect(status.updatedNumberScheduled).toBeLessThan(NODES);
    });
    await operator.stop('SIGKILL');
    operator = start();
    await operator.untilLogged('This replica leads', 60_000);
    const status = await untilStatus(cluster.plane, ({ changes }) => changes?.[0]?.result === 'Complete', 180_000);
    expect(status.changes).toHaveLength(1);
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(await generation()).toBe(generationBefore + 1);
    const writes = await daemonSetWrites(cluster.plane);
    expect(writes.map(({ status: code }) => code)).toEqual([409, 200]);
    expect(bugs()).toEqual([]);
  });

  it('goes on by itself after the API server was killed and came back', { timeout: 300_000 }, async () => {
    const sinceMs = Date.now();
    await cluster.plane.kill('kube-apiserver');
    await operator.untilLogged('Watch broken; it will be opened again');
    await cluster.plane.start('kube-apiserver');
    await eventually(
      async () => expect((await operator.metrics()).match(/^cnituning_watch_up\{.*\} 0$/gm)).toBeNull(),
      { timeoutMs: 90_000 },
    );
    await applyTuning(cluster.plane, { ...APPLY, suspend: true });
    await untilStatus(cluster.plane, ({ hold }) => hold?.reason === 'Suspended', 90_000);
    await applyTuning(cluster.plane, { ...APPLY, suspend: false });
    await untilStatus(cluster.plane, (status) => status.hold?.reason !== 'Suspended', 90_000);
    expect((await operator.ready()).status).toBe(200);
    expect(await daemonSetWrites(cluster.plane, sinceMs)).toEqual([]);
    expect(bugs()).toEqual([]);
  });

  it('says that EC2 cannot be read, keeps what it knew, and reads it again when it is back', {
    timeout: 300_000,
  }, async () => {
    const sinceMs = Date.now();
    await untilStatus(cluster.plane, (status) => /^Subnets read from EC2: 1\.$/.test(subnetsSentence(status)));
    await cluster.stopEc2();
    const blind = await untilStatus(cluster.plane, (status) => subnetsSentence(status).includes('cannot be reached'));
    expect(blind.subnets).toHaveLength(1);
    expect(blind.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    await cluster.startEc2();
    await untilStatus(cluster.plane, (status) => !subnetsSentence(status).includes('cannot be reached'));
    expect(await daemonSetWrites(cluster.plane, sinceMs)).toEqual([]);
    expect(bugs()).toEqual([]);
  });

  it('ends within seconds on SIGTERM, also while the API server is away', { timeout: 120_000 }, async () => {
    await cluster.plane.kill('kube-apiserver');
    const askedMs = Date.now();
    const exit = await operator.stop('SIGTERM');
    expect(exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - askedMs).toBeLessThan(9_000);
    await cluster.plane.start('kube-apiserver');
    expect((await tuningStatus(cluster.plane)).observedGeneration).toBeGreaterThan(0);
  });
});
