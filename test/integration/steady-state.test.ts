/**
 * When nothing changes, nothing is written but the Lease, the checkpoint of the history, and a status that has more
 * evidence to tell; and the API server is not polled. Counted at the API server, once the loop has closed.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CniTuning, CniTuningStatus } from '../../src/api/cnituning.ts';
import { saysTheSame } from '../../src/reconcile/equal.ts';
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
  TUNINGS,
  tuningStatus,
  untilStatus,
} from '../support/small-cluster.ts';

/** Three of the minutes after which a pass comes without any event; new evaluations bring some more. */
const WINDOW_MS = 200_000;
const LEAST_PASSES = 3;
const HOUR_MS = 3_600_000;
const CNI_MOVED = 'the CNI holds other addresses';
/** What of a status tells what the account holds. */
const HELD = ['addresses', 'subnets'];

/** How full the subnets are, a sample every ten minutes. */
const GROWTH = 'cni-tuner-growth';

let cluster: SmallCluster;
let operator: Operator;

beforeAll(async () => {
  cluster = await startSmallCluster({ nodes: 6, podsPerNode: 3 });
  operator = startOperator({ kubeconfig: cluster.plane.kubeconfigs.operator, ec2Url: cluster.ec2().url });
  await operator.untilLogged('This replica leads', 90_000);
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
  it('makes passes, and each write has its reason', { timeout: 700_000 }, async () => {
    const changesBefore = await untilTheLoopHasClosed();
    const before = await passes();
    const { statuses, requests } = await aWindow();
    expect((await passes()) - before).toBeGreaterThanOrEqual(LEAST_PASSES);

    const writes = requests.filter((request) => isWrite(request) && request.resource !== 'leases');
    const ofStatus = writes.filter(({ resource }) => resource === 'cnitunings');
    const ofCheckpoints = writes.filter(({ resource }) => resource === 'configmaps');
    expect(writes.filter((write) => !ofStatus.includes(write) && !ofCheckpoints.includes(write))).toEqual([]);
    expect(ofCheckpoints.length).toBeGreaterThanOrEqual(1);
    for (const { name } of ofCheckpoints) expect(await historyBytes(name)).toBeLessThanOrEqual(TAIL_BYTES);
    expect(await historyBytes(GROWTH)).toBeGreaterThan(0);
    for (const count of countsByName(ofCheckpoints)) expect(count).toBeLessThanOrEqual(WINDOW_MS / 60_000 + 1);

    const reasons = statuses.slice(1).map((status, at) => reasonToWrite(statuses[at], status));
    expect(reasons.filter((reason) => reason.startsWith('none'))).toEqual([]);
    // With few warm addresses the CNI itself may attach and free: each such write follows a call of its own.
    const ofTheCni = reasons.filter((reason) => reason === CNI_MOVED).length;
    expect(ofTheCni).toBeLessThanOrEqual(changesInTheAccount() - changesBefore);
    // A write that changes nothing makes no new version of the object.
    expect(ofStatus).toHaveLength(reasons.length);

    expect(requests.filter(({ verb, resource }) => !isWatchOrLease(verb, resource)).filter(isRead)).toEqual([]);
  });

  it('asks EC2 no more often than it was told to', async () => {
    const callsBefore = cluster.ec2().calls.count('cni-tuner');
    const startedMs = Date.now();
    await eventually(() => expect(Date.now() - startedMs).toBeGreaterThan(20_000), { timeoutMs: 60_000 });
    const seconds = (Date.now() - startedMs) / 1_000;
    // A reading every 2 s (the flag of the test) of at most four calls, with a tenth of jitter.
    expect(cluster.ec2().calls.count('cni-tuner') - callsBefore).toBeLessThanOrEqual((seconds / 1.8 + 1) * 4);
  });

  it('has its advice for a new CniTuning within five seconds, as the history suffices', async () => {
    const { plane } = cluster;
    expect((await plane.kubectl(['delete', 'cnit', 'default', '--timeout=60s'])).exitCode).toBe(0);
    const appliedMs = Date.now();
    await applyTuning(plane, { mode: 'Recommend', history: { minimum: '1m' } });
    await untilStatus(plane, (status) => status.recommendation !== undefined);
    expect(Date.now() - appliedMs).toBeLessThan(5_000);
  });
});

const isRead = (request: AuditedRequest): boolean => !isWrite(request);
const isWatchOrLease = (verb: string, resource: string): boolean => verb === 'watch' || resource === 'leases';

async function historyBytes(name: string): Promise<number> {
  type ConfigMap = { readonly binaryData: { readonly part: string } };
  const { binaryData } = await cluster.plane.api.get<ConfigMap>(`/api/v1/namespaces/cni-tuner/configmaps/${name}`);
  return Buffer.from(binaryData.part, 'base64').length;
}

/** Calls that changed something in the account, so far. The operator makes none. */
function changesInTheAccount(): number {
  const totals = Object.entries(cluster.ec2().calls.totals());
  return totals.reduce((sum, [action, { calls }]) => sum + (action.startsWith('Describe') ? 0 : calls), 0);
}

/** A change was written and has rolled out, and the status is at rest. Resolves to the changes in the account by then. */
async function untilTheLoopHasClosed(): Promise<number> {
  const { plane } = cluster;
  await applyTuning(plane, { mode: 'Apply', ownership: { takeOverFrom: ['eks'] }, history: { minimum: '1m' } });
  let at = {
    sinceMs: 0,
    changes: 0,
    status: await untilStatus(plane, (status) => reasonOf(status, 'Applied') === 'Tuned', 240_000),
  };
  await eventually(
    async () => {
      const status = await tuningStatus(plane);
      const atRest = saysTheSame(restOf(status), restOf(at.status));
      if (!atRest || at.sinceMs === 0) at = { sinceMs: Date.now(), changes: changesInTheAccount(), status };
      expect(reasonOf(status, 'Applied')).toBe('Tuned');
      expect(Date.now() - at.sinceMs).toBeGreaterThan(15_000);
    },
    { timeoutMs: 120_000 },
  );
  return at.changes;
}

/** All versions of the status from now on, the first as it is now, and the operator's requests in that time. */
async function aWindow(): Promise<{
  readonly statuses: readonly CniTuningStatus[];
  readonly requests: readonly AuditedRequest[];
}> {
  const { plane } = cluster;
  const statuses: CniTuningStatus[] = [];
  let heardAtMs = 0;
  const ending = new AbortController();
  const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watching = plane.api.watch<CniTuning>(
    `${TUNINGS}?watch=true&${query}`,
    ({ type, object }) => {
      if (type === 'BOOKMARK') return;
      statuses.push(object.status);
      heardAtMs = Date.now();
    },
    ending.signal,
  );
  await eventually(() => expect(statuses).toHaveLength(1));
  const startedMs = Date.now();
  await eventually(
    () => {
      expect(Date.now() - startedMs).toBeGreaterThan(WINDOW_MS);
      // No write is half seen.
      expect(Date.now() - heardAtMs).toBeGreaterThan(2_000);
    },
    { timeoutMs: WINDOW_MS * 2 },
  );
  const requests = await operatorRequests(plane, startedMs);
  ending.abort();
  await watching;
  return { statuses, requests };
}

const countsByName = (writes: readonly AuditedRequest[]): readonly number[] => {
  const names = writes.map(({ name }) => name);
  return [...new Set(names)].map((name) => names.filter((each) => each === name).length);
};

/** What of a status does not come from the evaluation. */
function restOf({ recommendation: _, candidates: __, conditions: ___, ...rest }: CniTuningStatus): object {
  return rest;
}

/** What may be news in a cluster in which nothing happens: a recommendation, or a forecast, that rests on more. */
function reasonToWrite(from: CniTuningStatus | undefined, to: CniTuningStatus): string {
  const [before, after] = [from?.recommendation, to.recommendation];
  if (from === undefined || before === undefined || after === undefined) return 'none: there is no recommendation';
  const outlooks = ({ subnets = [] }: CniTuningStatus): readonly unknown[] => subnets.map(({ outlook }) => outlook);
  if (!saysTheSame(outlooks(from), outlooks(to))) return 'another outlook of a subnet';
  const changed = Object.keys(to).filter((field) => !saysTheSame(Reflect.get(from, field), Reflect.get(to, field)));
  const others = changed.filter((field) => !['recommendation', 'candidates', 'shapes', 'conditions'].includes(field));
  if (others.length > 0 && others.every((field) => HELD.includes(field))) return CNI_MOVED;
  if (others.length > 0) return `none: ${others.join(', ')} changed`;
  if (Number(after.evidence.nodeHours) >= 2 * Number(before.evidence.nodeHours)) return 'twice the evidence';
  if (Date.parse(after.evaluationTime) - Date.parse(before.evaluationTime) >= HOUR_MS) return 'an hour old';
  return `none: ${changed.join(', ')} changed with the same evidence`;
}
