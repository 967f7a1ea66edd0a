/** When nothing changes, nothing is written but the Lease and the history, and the API server is not polled. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TAIL_BYTES } from '../../src/tuning/checkpoint.ts';
import { type AuditedRequest, isWrite } from '../../testbed/control-plane/audit-log.ts';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import {
  applyTuning,
  operatorRequests,
  reasonOf,
  type SmallCluster,
  startSmallCluster,
  untilStatus,
} from '../support/small-cluster.ts';

/** Longer than the minute after which a pass comes without any event. */
const WINDOW_MS = 75_000;

let cluster: SmallCluster;
let operator: Operator;

beforeAll(async () => {
  cluster = await startSmallCluster({ nodes: 6, podsPerNode: 3 });
  operator = startOperator({ kubeconfig: cluster.plane.kubeconfigs.operator, ec2Url: cluster.ec2().url });
  await operator.untilLogged('This replica leads');
}, 180_000);
afterAll(async () => {
  await operator?.stop('SIGKILL');
  await cluster?.stop();
});

const passes = async (): Promise<number> => {
  const lines = (await operator.metrics())
    .split('\n')
    .filter((line) => line.startsWith('controller_runtime_reconcile_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};

describeOnPlane('the steady state', () => {
  it('makes passes, and writes nothing but the Lease and a little history', { timeout: 700_000 }, async () => {
    await applyTuning(cluster.plane, { mode: 'Recommend', history: { minimum: '1m' } });
    await untilStatus(cluster.plane, (status) => reasonOf(status, 'Recommended') === 'RecommendationFound', 180_000);
    const quietSinceMs = await untilPassesWriteNothing();
    const requests = await operatorRequests(cluster.plane, quietSinceMs);
    const others = requests.filter((request) => request.verb !== 'watch' && !isRoutine(request));
    expect(others).toEqual([]);
    const checkpoints = requests.filter(({ resource }) => resource === 'configmaps');
    const minutes = (Date.now() - quietSinceMs) / 60_000;
    expect(checkpoints.length).toBeGreaterThanOrEqual(1);
    expect(checkpoints.length).toBeLessThanOrEqual(minutes + 1);
    for (const { name } of checkpoints) expect(await historyBytes(name)).toBeLessThanOrEqual(TAIL_BYTES);
  });

  it('asks EC2 no more often than it was told to', async () => {
    const callsBefore = cluster.ec2().calls.count('cni-tuner');
    const startedMs = Date.now();
    await eventually(() => expect(Date.now() - startedMs).toBeGreaterThan(20_000), { timeoutMs: 60_000 });
    const seconds = (Date.now() - startedMs) / 1_000;
    // A reading every 2 s (the flag of the test) of at most four calls, with a tenth of jitter.
    expect(cluster.ec2().calls.count('cni-tuner') - callsBefore).toBeLessThanOrEqual((seconds / 1.8 + 1) * 4);
  });
});

const isRoutine = (request: AuditedRequest): boolean =>
  request.resource === 'leases' || (isWrite(request) && request.resource === 'configmaps');

async function historyBytes(name: string): Promise<number> {
  type ConfigMap = { readonly binaryData: { readonly part: string } };
  const { binaryData } = await cluster.plane.api.get<ConfigMap>(`/api/v1/namespaces/cni-tuner/configmaps/${name}`);
  return Buffer.from(binaryData.part, 'base64').length;
}

/**
 * Waits for a window with a pass and without a write but the routine ones; returns its start. A young cluster's advice still
 * changes, ever more rarely: the status is written anew when its evidence has doubled.
 */
async function untilPassesWriteNothing(): Promise<number> {
  let since = { lastMs: 0, passes: 0 };
  return await eventually(
    async () => {
      const writes = (await operatorRequests(cluster.plane)).filter(
        (request) => isWrite(request) && !isRoutine(request),
      );
      const lastMs = Math.max(...writes.map(({ receivedAtMs }) => receivedAtMs));
      const passesNow = await passes();
      if (lastMs !== since.lastMs) since = { lastMs, passes: passesNow };
      if (Date.now() - lastMs < WINDOW_MS || passesNow === since.passes) {
        throw new Error(`no window of ${WINDOW_MS} ms without a write yet: ${JSON.stringify(writes.at(-1))}`);
      }
      return lastMs + 1;
    },
    { timeoutMs: 480_000 },
  );
}
