/** Leader election between replicas on a real API server: one writer at any time. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import type { Leadership, LeadershipOptions } from '../../src/kube/lease.ts';
import { campaign } from '../../src/kube/lease.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import type { ApiProxy } from '../support/api-proxy.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { apiAs, describeOnPlane, eventually, freshNamespace, sharedPlane } from '../support/control-plane.ts';
import { aKubeClient, aLog } from '../support/kube-adapter.ts';

const LEASE_MS = 3_000;
const QUICK = { name: 'cni-tuner', leaseMs: LEASE_MS, renewDeadlineMs: 2_000, retryMs: 300 } as const;

type Replica = {
  readonly leadership: Leadership;
  readonly proxy: ApiProxy;
  readonly client: KubeClient;
  gained: number;
  lost: number;
};
type LiveLease = {
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseTransitions: number;
    readonly renewTime: string;
    readonly leaseDurationSeconds: number;
  };
};

let api: ApiClient;
let namespace: string;
let replicas: Replica[];

async function aReplica(identity: string, more: Partial<LeadershipOptions> = {}): Promise<Replica> {
  const { url, caFile, tokens } = sharedPlane();
  const proxy = await startApiProxy({ url, caFile, token: tokens.admin });
  const client = aKubeClient({ kubeconfig: proxy.kubeconfig });
  const counts = { gained: 0, lost: 0 };
  const leadership = campaign(client, aLog().log, {
    ...QUICK,
    namespace,
    identity,
    onGained: () => (counts.gained += 1),
    onLost: () => (counts.lost += 1),
    ...more,
  });
  client.fenceWrites((timeoutMs) => leadership.mayWrite(timeoutMs));
  const replica = Object.assign(counts, { leadership, proxy, client });
  replicas.push(replica);
  return replica;
}

const lease = async (): Promise<LiveLease> =>
  await api.get<LiveLease>(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/cni-tuner`);

/** One write as the operator would send it, that may take `timeoutMs`. */
async function write(replica: Replica, timeoutMs = 500): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'write-' } };
  await replica.client.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body, timeoutMs });
}

describeOnPlane('lease', () => {
  beforeEach(async () => {
    api = apiAs();
    namespace = await freshNamespace('lease');
    replicas = [];
  });

  afterEach(async () => {
    for (const { leadership, proxy, client } of replicas) {
      await leadership.stop();
      await client.close();
      await proxy.close();
    }
    api.close();
  });

  it('has one leader of two, and only that one writes', async () => {
    const [a, b] = [await aReplica('a'), await aReplica('b')];
    const leader = await eventually(() => {
      const leading = [a, b].filter(({ leadership }) => leadership.isLeader());
      expect(leading).toHaveLength(1);
      return leading[0] ?? a;
    });
    const other = leader === a ? b : a;
    await write(leader);
    await expect(write(other)).rejects.toThrow('lease');
    await eventually(() => expect(other.leadership.holder()).toBe(leader.leadership.identity));
    expect((await lease()).spec.holderIdentity).toBe(leader.leadership.identity);
    expect(leader.gained).toBe(1);
    expect(other.gained).toBe(0);
  });

  it('renews and stays', async () => {
    const a = await aReplica('a');
    await eventually(() => expect(a.leadership.isLeader()).toBe(true));
    const first = (await lease()).spec.renewTime;
    await eventually(async () => expect((await lease()).spec.renewTime > first).toBe(true));
    expect((await lease()).spec).toMatchObject({ leaseTransitions: 0, leaseDurationSeconds: 3 });
    expect(a.lost).toBe(0);
  });

  it('hands over at once when the leader stops', async () => {
    const a = await aReplica('a');
    await eventually(() => expect(a.leadership.isLeader()).toBe(true));
    const b = await aReplica('b', { leaseMs: 60_000 });
    await eventually(() => expect(b.leadership.holder()).toBe('a'));
    await a.leadership.stop();
    const stoppedMs = performance.now();
    await eventually(() => expect(b.leadership.isLeader()).toBe(true));
    expect(performance.now() - stoppedMs).toBeLessThan(LEASE_MS);
    expect(a.lost).toBe(1);
    await expect(write(a)).rejects.toThrow('lease');
    expect((await lease()).spec.leaseTransitions).toBeGreaterThan(0);
  });

  it('takes over from one that is cut off, never before that one has stopped writing', async () => {
    const a = await aReplica('a');
    await eventually(() => expect(a.leadership.isLeader()).toBe(true));
    const b = await aReplica('b');
    a.proxy.disconnect();
    const bothAtOnce = await eventually(() => {
      const both = a.leadership.isLeader() && b.leadership.isLeader();
      if (!both && !b.leadership.isLeader()) throw new Error('b does not lead yet');
      return both;
    });
    expect(bothAtOnce).toBe(false);
    expect(a.leadership.mayWrite(0)).toBe(false);
    expect(a.lost).toBe(1);
    a.proxy.reconnect();
    await eventually(() => expect(a.leadership.holder()).toBe('b'));
    expect(a.leadership.isLeader()).toBe(false);
  });

  it('refuses a write that may outlive the lease', async () => {
    const a = await aReplica('a');
    await eventually(() => expect(a.leadership.isLeader()).toBe(true));
    expect(a.leadership.mayWrite(LEASE_MS)).toBe(false);
    await expect(write(a, LEASE_MS)).rejects.toThrow('lease');
    await write(a, 100);
  });
});
