/** An operator that is killed, and one that hands over: whoever leads next advises from what was watched before. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { applyTuning, reasonOf, type SmallCluster, startSmallCluster, untilStatus } from '../support/small-cluster.ts';

/** As long as from winning the lead to the first checkpoint: who advises sooner than that remembers. */
const MINIMUM_MS = 60_000;
const CONFIG_MAPS = '/api/v1/namespaces/cni-tuner/configmaps';

let cluster: SmallCluster;
const operators: Operator[] = [];

beforeAll(async () => {
  cluster = await startSmallCluster({ nodes: 4, podsPerNode: 3 });
}, 240_000);
afterEach(async () => {
  await Promise.all(operators.splice(0).map((operator) => operator.stop('SIGKILL')));
});
afterAll(async () => await cluster?.stop());

async function anOperator(): Promise<Operator> {
  const operator = startOperator({ kubeconfig: cluster.plane.kubeconfigs.operator, ec2Url: cluster.ec2().url });
  operators.push(operator);
  await operator.untilLogged('Started', 60_000);
  return operator;
}

const stored = (operator: Operator) => operator.metric('cnituning_history_checkpoints_total{result="stored"}');
const isAdvised = (status: CniTuningStatus): boolean => reasonOf(status, 'Recommended') === 'RecommendationFound';

/** The reasons that the condition Recommended had while `untilSo` went on. */
async function reasonsUntil(isSo: (status: CniTuningStatus) => boolean): Promise<ReadonlySet<string | undefined>> {
  const reasons = new Set<string | undefined>();
  await untilStatus(
    cluster.plane,
    (status) => {
      reasons.add(reasonOf(status, 'Recommended'));
      return isSo(status);
    },
    120_000,
  );
  return reasons;
}

describeOnPlane('after a restart', () => {
  it('the operator advises at once from the history that a killed one had stored', { timeout: 500_000 }, async () => {
    const first = await anOperator();
    await applyTuning(cluster.plane, { mode: 'Recommend', history: { minimum: `${MINIMUM_MS / 1_000}s` } });
    await untilStatus(cluster.plane, isAdvised, 240_000);
    await eventually(async () => expect(await stored(first)).toBeGreaterThan(0), { timeoutMs: 240_000 });
    await untilStatus(cluster.plane, (status) => reasonOf(status, 'HistoryKept') === 'HistoryCheckpointed');
    await first.stop('SIGKILL');

    const second = await anOperator();
    await second.untilLogged('History restored', 60_000);
    // A new spec must be judged anew, by somebody who remembers.
    await applyTuning(cluster.plane, { mode: 'Recommend', history: { minimum: '60s', window: '100h' } });
    const reasons = await reasonsUntil((status) => isAdvised(status) && status.observedGeneration > 1);
    expect(reasons).not.toContain('CollectingHistory');
  });

  it('a replica that takes over advises at once from the history that the leader had stored', {
    timeout: 500_000,
  }, async () => {
    const leader = await anOperator();
    await leader.untilLogged('This replica leads', 60_000);
    await untilStatus(cluster.plane, isAdvised, 240_000);
    const standby = await anOperator();
    await standby.untilLogged('Caches are ready', 60_000);
    await leader.stop('SIGTERM');
    const { until } = await standby.untilLogged('History restored', 60_000);
    // What the leader stored last of all, when it was told to stop.
    expect(Date.now() - Date.parse(String(until))).toBeLessThan(60_000);
    await applyTuning(cluster.plane, { mode: 'Recommend', history: { minimum: '70s' } });
    const reasons = await reasonsUntil((status) => isAdvised(status) && status.observedGeneration > 2);
    expect(reasons).not.toContain('CollectingHistory');
  });

  it('the history that somebody tore is refused with a reason, and collected anew', { timeout: 300_000 }, async () => {
    const path = `${CONFIG_MAPS}/cni-tuner-history-0`;
    await cluster.plane.api.patch(path, { type: 'merge', body: { binaryData: { part: 'Q05USA==' } } });
    const operator = await anOperator();
    expect(await operator.untilLogged('A stored history was refused', 60_000)).toMatchObject({
      reason: 'Torn',
      index: 0,
    });
    await untilStatus(cluster.plane, (status) => reasonOf(status, 'HistoryKept') === 'EarlierHistoryRefused', 180_000);
    await operator.stop('SIGKILL');
    const next = await anOperator();
    await next.untilLogged('History restored', 90_000);
  });

  it('what the operator may not write is said in the status, and mended without a restart', {
    timeout: 400_000,
  }, async () => {
    const role = '/apis/rbac.authorization.k8s.io/v1/namespaces/cni-tuner/roles/cni-tuner-history';
    const granted = await cluster.plane.api.get<{ readonly rules: unknown }>(role);
    await cluster.plane.api.patch(role, { type: 'merge', body: { rules: [] } });
    await anOperator();
    const isForbidden = (status: CniTuningStatus): boolean => reasonOf(status, 'HistoryKept') === 'CheckpointForbidden';
    const { conditions } = await untilStatus(cluster.plane, isForbidden);
    expect(conditions?.find(({ type }) => type === 'HistoryKept')?.message).toContain('configmaps');
    expect(conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    await cluster.plane.api.patch(role, { type: 'merge', body: { rules: granted.rules } });
    await untilStatus(cluster.plane, (status) => reasonOf(status, 'HistoryKept') === 'HistoryCheckpointed', 150_000);
  });
});
