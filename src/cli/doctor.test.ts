import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { aNode } from '../../test/support/builders.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import type { AccountView } from '../tuning/snapshot.ts';
import type { ClusterState } from './cluster-state.ts';
import { STATE_FORMAT, stateText } from './cluster-state.ts';
import { findingsOf } from './doctor-answer.ts';
import { doctorCommand } from './doctor-command.ts';
import { runCommand } from './run-command.ts';

function stateOf(cluster: FakeCluster): ClusterState {
  const tunings = cluster.ports().tunings.list();
  const [ref] = tunings.map(({ spec }) => spec.daemonSetRef);
  const usual = { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' };
  const daemonSets = [{ ref: ref ?? usual, snapshot: cluster.snapshot() }];
  return { format: STATE_FORMAT, takenAtMs: cluster.nowMs, isRedacted: false, tunings, daemonSets, remembered: {} };
}

async function settled(more: Partial<Parameters<FakeCluster['applyTuning']>[1]> = {}) {
  const cluster = aCluster();
  cluster.applyTuning('default', { takeOverFrom: ['eks'], ...more });
  await cluster.settle();
  return cluster;
}

/** An operator and an account of which nothing could be read. */
async function settledWithout(gap: AccountView['gaps'][number]): Promise<FakeCluster> {
  const cluster = aCluster();
  const unread = { subnets: undefined, nodes: undefined, throttledCallsByAction: {} };
  cluster.account = { takenAtMs: cluster.nowMs, ...unread, gaps: [gap] };
  cluster.applyTuning('default');
  await cluster.settle();
  return cluster;
}

/** What is not ok, as `what: verdict, because`. */
const troubles = (cluster: FakeCluster): readonly string[] =>
  findingsOf(stateOf(cluster))
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ about, verdict, says }) => `${about}: ${verdict}, ${says}`);

describe('the findings', () => {
  it('are all ok where the operator advises on a sound cluster', async () => {
    const findings = findingsOf(stateOf(await settled()));
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(findings.map(({ about }) => about)).toEqual([
      'kube-system/aws-node',
      'kube-system/aws-node, environment',
      'nodes',
      'pods without an address',
      'EC2, read as you',
      'default',
    ]);
    expect(findings[1]?.says).toBe('WARM_ENI_TARGET=1 of eks; WARM_PREFIX_TARGET=1 of eks.');
  });

  it('say that there is no CniTuning, no DaemonSet, no container', () => {
    const cluster = aCluster();
    expect(troubles(cluster)).toEqual([expect.stringMatching(/^CniTunings: look, There is none/)]);
    cluster.daemonSetExists = false;
    expect(troubles(cluster)[1]).toBe('kube-system/aws-node: bad, There is no such DaemonSet; see spec.daemonSetRef.');
  });

  it('say who leads, and that nobody does', () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    const state = stateOf(cluster);
    const lease = 'cni-tuner/cni-tuner';
    const finding = (operator: NonNullable<ClusterState['operator']>, tunings = state.tunings) => {
      const { about, verdict, says } = findingsOf({ ...state, tunings, operator })[0] ?? {};
      return `${about}: ${verdict}, ${says}`;
    };
    const leads = (holder: string, secondsAgo: number) =>
      finding({ lease, kind: 'Leads', holder, renewedAtMs: state.takenAtMs - secondsAgo * 1_000 });
    expect(leads('cni-tuner-a', 120)).toBe('operator: ok, cni-tuner-a leads.');
    expect(leads('cni-tuner-a', 121)).toMatch(/^operator: bad, The Lease cni-tuner\/cni-tuner was last renewed at 20/);
    expect(leads('', 1)).toMatch(/^operator: bad, The Lease cni-tuner\/cni-tuner was last renewed at 20/);
    expect(finding({ lease, kind: 'NoLease' })).toMatch(
      /^operator: bad, There is no Lease cni-tuner\/cni-tuner, so none runs there/,
    );
    expect(finding({ lease, kind: 'NoLease' }, [])).toMatch(/^operator: look, There is no Lease/);
    expect(finding({ lease, kind: 'NotReadable' })).toMatch(/^operator: look, Whether one runs cannot be told/);
  });

  it('say that no operator has reported, and that it has not seen the newest spec', async () => {
    const cluster = await settled();
    cluster.applyTuning('default', { suspend: true });
    expect(troubles(cluster)).toEqual(['default: look, The operator has not seen its newest spec yet.']);
    cluster.applyTuning('second');
    expect(troubles(cluster)[1]).toMatch(
      /^second: bad, No operator has reported on it; `kubectl get pods -A -l app\.kubernetes\.io\/name=cni-tuner`/,
    );
  });

  it('say of one that is being deleted what it waits for', async () => {
    const cluster = await settled({ mode: 'Apply' });
    cluster.deleteTuning('default');
    expect(troubles(cluster)).toContainEqual(
      expect.stringMatching(
        /^default: bad, It is being deleted, and waits for the operator to give back what it wrote \(finalizer cnituning\.dev\/restore\)\. It has not reported that it does; `kubectl get pods .* Without one: docs\/how-to\/uninstall\.md\.$/,
      ),
    );
    cluster.synced = false;
    await cluster.pass();
    cluster.synced = true;
    expect(troubles(cluster)).toContainEqual(
      expect.stringMatching(
        /^default: look, It is being deleted, .* The operator reports: Not every watch has delivered /,
      ),
    );
    const [tuning] = cluster.ports().tunings.list();
    if (tuning === undefined) throw new Error('no CniTuning');
    const state = { ...stateOf(cluster), tunings: [{ ...tuning, hasFinalizer: false }] };
    expect(findingsOf(state).find(({ about }) => about === 'default')?.says).toBe(
      "It is being deleted, and waits for a finalizer that is not the operator's.",
    );
  });

  it('say that the operator has been silent for hours, but not of one that is suspended', async () => {
    const cluster = await settled();
    const silentFor = (hours: number): ClusterState => {
      return { ...stateOf(cluster), takenAtMs: cluster.nowMs + hours * 3_600_000 };
    };
    const ofTuning = (state: ClusterState) => findingsOf(state).find(({ about }) => about === 'default');
    expect(ofTuning(silentFor(2))?.verdict).toBe('ok');
    expect(ofTuning(silentFor(4))).toMatchObject({
      verdict: 'look',
      says: expect.stringMatching(/^Its advice is of \S+Z, and an operator renews it every hour; `kubectl/),
    });
    cluster.applyTuning('default', { suspend: true });
    await cluster.settle();
    expect(ofTuning(silentFor(4))?.verdict).toBe('ok');
  });

  it('take over what the operator says when a person must act', async () => {
    const cluster = await settled({ mode: 'Apply', takeOverFrom: [] });
    expect(troubles(cluster)).toEqual([expect.stringMatching(/^default: bad, .*eks.*takeOverFrom/)]);
  });

  it('count nodes that are left out, with the types that nobody knows', async () => {
    const cluster = await settled();
    cluster.nodes = [...cluster.nodes, aNode('node-9', { instanceType: 'zz9.plural' })];
    expect(troubles(cluster)).toContain(
      'nodes: look, 4 of 5 can be judged; left out: 1 UnknownInstanceType (zz9.plural).',
    );
  });

  it('name what cannot be read from EC2, as oneself and as the operator', async () => {
    const message = 'ec2:DescribeSubnets is not allowed.';
    const cluster = await settledWithout({ reason: 'Forbidden', action: 'ec2:DescribeSubnets', message });
    expect(troubles(cluster)).toEqual([
      `EC2, read as you: look, ${message}`,
      expect.stringMatching(/^default, SubnetsObserved: look, /),
    ]);
  });

  it('find no fault with an operator that was told to leave AWS alone', async () => {
    const cluster = await settledWithout({ reason: 'SwitchedOff', action: undefined, message: 'EC2 is not read.' });
    expect(troubles(cluster)).toEqual(['EC2, read as you: look, EC2 is not read.']);
  });
});

describe('doctor', () => {
  const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cni-tuner-doctor-'));
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  async function run(cluster: FakeCluster, ...argv: readonly string[]) {
    const path = join(folder, 'cluster.json');
    await writeFile(path, stateText(stateOf(cluster)));
    const screen = { isTerminal: false, columns: undefined };
    return await runCommand(doctorCommand, ['--snapshot', path, ...argv], surroundings, screen);
  }

  it('sums up, and ends with 0 where nothing is bad', async () => {
    const { exitCode, stdout } = await run(await settled());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^0 bad, 0 worth a look, 6 ok\.\n\nWHAT +VERDICT +BECAUSE\n/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('puts the command that helps on a line of its own', async () => {
    const { exitCode, stdout } = await run(await settled({ mode: 'Apply', takeOverFrom: [] }));
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `\nTo go on:\n\n  kubectl patch cnit default --type=merge -p '{"spec":{"ownership":{"takeOverFrom":["eks"]}}}'\n`,
    );
  });

  it('ends with 1 where something is bad, for scripts too', async () => {
    const cluster = await settled();
    cluster.daemonSetExists = false;
    const { exitCode, stdout } = await run(cluster, '-o', 'json');
    expect([exitCode, JSON.parse(stdout).isBad]).toEqual([1, true]);
  });
});
