/** Two replicas: one writer, and a quick hand-over. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { isWrite } from '../../testbed/control-plane/audit-log.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';
import { grantOperator, type LogLine, type Operator, startOperator } from '../support/operator.ts';
import { installCrd } from '../support/shared-plane.ts';
import { applyTuning, operatorRequests, untilStatus } from '../support/small-cluster.ts';

/** The lease duration that startOperator asks for. */
const LEASE_MS = 8_000;
const SERIES = 'leader_election_master_status{name="cni-tuner"}';

let plane: ControlPlane;
const replicas: Operator[] = [];

beforeAll(async () => {
  plane = await startOwnPlane({ auditLog: true, components: ['kube-controller-manager'] });
  await installCrd(plane);
  await grantOperator(plane);
});
afterAll(async () => await plane?.stop());
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.stop('SIGKILL')));
});

async function aReplica(): Promise<Operator> {
  const replica = startOperator({ kubeconfig: plane.kubeconfigs.operator });
  replicas.push(replica);
  await replica.untilLogged('Caches are ready');
  return replica;
}

async function aLeaderAndAStandby() {
  const leader = await aReplica();
  await leader.untilLogged('This replica leads');
  const standby = await aReplica();
  return { leader, standby };
}

/** By the log's own time, so that a busy machine's slow starts do not count. */
const timeOf = (line: LogLine): number => Date.parse(String(line['time']));

const leads = async (replica: Operator): Promise<boolean> => (await replica.metric(SERIES)) === 1;

describeOnPlane('leader election', () => {
  it('lets one of two replicas lead; the other is ready and writes nothing', async () => {
    const { leader, standby } = await aLeaderAndAStandby();
    await applyTuning(plane, { mode: 'Recommend' });
    await untilStatus(plane, ({ observedGeneration }) => observedGeneration > 0);
    expect([await leads(leader), await leads(standby)]).toEqual([true, false]);
    expect((await standby.ready()).status).toBe(200);
    expect(
      await standby.metric('controller_runtime_reconcile_total{controller="cnituning",result="requeue_after"}'),
    ).toBeUndefined();
    expect(await standby.metric('rest_client_requests_total{code="200",method="PATCH",host=""}')).toBeUndefined();
  });

  it('hands over at once on SIGTERM, and ends with exit code 0', async () => {
    const { leader, standby } = await aLeaderAndAStandby();
    expect(await leader.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    const askedMs = timeOf(await leader.untilLogged('Stopping'));
    expect(timeOf(await leader.untilLogged('Stopped')) - askedMs).toBeLessThan(5_000);
    expect(timeOf(await standby.untilLogged('This replica leads')) - askedMs).toBeLessThan(LEASE_MS / 2);
  });

  it('hands over after the lease has run out when the leader is killed, and not before', async () => {
    const { leader, standby } = await aLeaderAndAStandby();
    const killedMs = Date.now();
    await leader.stop('SIGKILL');
    const tookMs = timeOf(await standby.untilLogged('This replica leads')) - killedMs;
    // The last renewal was at most a retry period (and a slow request) before the kill.
    expect(tookMs).toBeGreaterThan(LEASE_MS - 3_000);
    expect(tookMs).toBeLessThan(LEASE_MS + 8_000);
  });

  it('takes no write from a leader that was frozen past its lease', async () => {
    const { leader, standby } = await aLeaderAndAStandby();
    await applyTuning(plane, { mode: 'Recommend' });
    await untilStatus(plane, ({ observedGeneration }) => observedGeneration > 0);
    process.kill(leader.pid, 'SIGSTOP');
    await standby.untilLogged('This replica leads');
    const thawedMs = Date.now();
    process.kill(leader.pid, 'SIGCONT');
    await leader.untilLogged('This replica leads no more');
    await eventually(async () => expect([await leads(leader), await leads(standby)]).toEqual([false, true]));
    const writes = (await operatorRequests(plane, thawedMs)).filter(
      (request) => isWrite(request) && request.status < 300,
    );
    expect(writes.filter(({ resource }) => resource !== 'leases' && resource !== 'events')).toEqual([]);
  });

  it('leads again after it was alone and gave the lease back', async () => {
    const first = await aReplica();
    await first.untilLogged('This replica leads');
    await first.stop('SIGTERM');
    const second = await aReplica();
    const leadsMs = timeOf(await second.untilLogged('This replica leads'));
    expect(leadsMs - timeOf(await second.untilLogged('Caches are ready'))).toBeLessThan(LEASE_MS / 2);
  });
});
