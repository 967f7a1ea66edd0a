/** The command line against a real control plane with a running operator: what people and scripts see. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { cni, ROOT, textOf } from '../support/command-line.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { applyTuning, type SmallCluster, startSmallCluster, untilStatus } from '../support/small-cluster.ts';

const STORY_MS = 300_000;

let cluster: SmallCluster | undefined;
let operator: Operator | undefined;
let folder: string | undefined;

afterEach(async () => {
  await operator?.stop('SIGKILL');
  await cluster?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  operator = undefined;
  cluster = undefined;
});

describeOnPlane('the command line', () => {
  it(
    'reads what the operator reads, plans what it plans, and answers the same from a redacted file',
    async () => {
      const running = await startSmallCluster({ nodes: 2, podsPerNode: 2 });
      cluster = running;
      const { kubeconfigs } = running.plane;
      operator = startOperator({ kubeconfig: kubeconfigs.operator, ec2Url: running.ec2().url });
      await applyTuning(running.plane, { mode: 'Recommend', history: { minimum: '1m' } });
      const status = await untilStatus(
        running.plane,
        ({ recommendation, hold }) => recommendation !== undefined && hold !== undefined,
      );
      const aws = { AWS_ENDPOINT_URL: running.ec2().url, AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test' };
      const live = [`--kubeconfig=${kubeconfigs.operator}`, '--aws-region=us-east-1'];

      const plan = JSON.parse((await cni(['plan', ...live, '-o', 'json'], aws)).stdout);
      expect(plan).toMatchObject({ tuning: 'default', plan: { kind: 'Hold', reason: status.hold?.reason } });
      expect(plan.recommendation.id).toBe(status.recommendation?.id);
      expect(plan.rollout).toMatchObject({ desired: 2, updated: 2 });

      const explained = await cni(['explain', 'default', ...live], aws);
      expect(explained.stderr).toBe('');
      expect(explained.stdout).toContain('kubectl delete cnit default');

      const doctor = await cni(['doctor', ...live, '-o', 'json'], aws);
      expect(doctor).toMatchObject({ exitCode: 0, stderr: '' });
      const { findings } = JSON.parse(doctor.stdout);
      expect(findings).toContainEqual({ about: 'nodes', verdict: 'ok', says: '2 of 2 can be judged.' });
      expect(findings.filter(({ verdict }: { verdict: string }) => verdict !== 'ok')).toEqual([]);

      await eventually(async () => {
        const events = await cni([
          'events',
          'default',
          '--since=1h',
          `--kubeconfig=${kubeconfigs.admin}`,
          '-o',
          'json',
        ]);
        expect(events).toMatchObject({ exitCode: 0, stderr: '' });
        const advised = {
          reason: 'RecommendationFound',
          count: 1,
          message: expect.stringMatching(/^WARM_ENI_TARGET 1→0 /),
        };
        expect(JSON.parse(events.stdout).events).toContainEqual(expect.objectContaining(advised));
      });

      const snapshot = await cni(['snapshot', ...live], aws);
      expect(snapshot).toMatchObject({ exitCode: 0, stderr: '' });
      expect(snapshot.stdout).not.toContain(running.subnetId);
      expect(snapshot.stdout).not.toContain('compute.internal');
      folder = await mkdtemp(join(tmpdir(), 'cni-tuner-cli-'));
      const file = join(folder, 'cluster.json');
      await writeFile(file, snapshot.stdout);
      const offline = JSON.parse((await cni(['plan', `--snapshot=${file}`, '-o', 'json'])).stdout);
      expect(offline.plan).toEqual(plan.plan);
      expect(offline.guards).toEqual(plan.guards);
    },
    STORY_MS,
  );
});

describeOnPlane('the command line before the first CniTuning', () => {
  it('says that there is none, and who holds the addresses', async () => {
    cluster = await startSmallCluster({ nodes: 2, podsPerNode: 2 });
    const live = [`--kubeconfig=${cluster.plane.kubeconfigs.operator}`, '--no-aws', '-o', 'json'];
    const doctor = await cni(['doctor', ...live]);
    expect(doctor).toMatchObject({ exitCode: 0, stderr: '' });
    const { findings } = JSON.parse(doctor.stdout);
    expect(findings).toContainEqual(expect.objectContaining({ about: 'operator', verdict: 'look' }));
    expect(findings).toContainEqual(expect.objectContaining({ about: 'CniTunings', verdict: 'look' }));
    expect(findings).toContainEqual({ about: 'nodes', verdict: 'ok', says: '2 of 2 can be judged.' });
    const events = await cni(['events', `--kubeconfig=${cluster.plane.kubeconfigs.admin}`]);
    expect(events).toMatchObject({ exitCode: 0, stderr: '' });
    expect(events.stdout).toMatch(/^There is no event of the operator about any CniTuning; /);
    folder = await mkdtemp(join(tmpdir(), 'cni-tuner-cli-'));
    const demand = join(folder, 'demand.csv');
    const record = ['record', `--demand-log=${demand}`, '--for=2s', `--kubeconfig=${cluster.plane.kubeconfigs.admin}`];
    expect(await cni(record)).toEqual({
      exitCode: 0,
      stdout: `Recorded 2 nodes and 0 pod starts into ${demand}.\n`,
      stderr: '',
    });
    const atStart = (await readFile(demand, 'utf8')).split('\n').filter((line) => line.startsWith('0,'));
    expect(atStart.filter((line) => line.includes(',node-add,'))).toHaveLength(2);
    expect(atStart.filter((line) => line.includes(',pod-add,'))).toHaveLength(4);
    expect(await cni(record)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is there already') });
    const top = await cni(['top', 'nodes', ...live]);
    expect(JSON.parse(top.stdout).nodes).toHaveLength(2);
  });
});

describeOnPlane('the command line where nothing is installed', () => {
  it('says that the CRD is missing and what brings it', async () => {
    const plane = await startOwnPlane();
    const live = [`--kubeconfig=${plane.kubeconfigs.admin}`];
    const answers = await Promise.all([cni(['doctor', '--no-aws', ...live]), cni(['events', ...live])]);
    await plane.stop();
    expect(answers[0]).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cni-tuner doctor: The cluster does not know CniTunings: the CustomResourceDefinition cnitunings.cnituning.dev is ' +
        'not installed. The Helm chart and deploy/install.yaml bring it; alone it is `kubectl apply --server-side -f ' +
        'crds/cnituning.dev_cnitunings.yaml`.\n',
    });
    expect(answers[1]).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('the command line in trouble', () => {
  it('says in one sentence that a cluster does not answer, or that a file is not there', async () => {
    const gone = await cni(['plan', '--kubeconfig=/nonexistent/config']);
    expect(gone).toMatchObject({ exitCode: 2, stdout: '' });
    expect(gone.stderr).toMatch(/^cni-tuner plan: The kubeconfig \/nonexistent\/config cannot be read: .*\n$/);
    const missing = await cni(['explain', '--snapshot=/nonexistent.json']);
    expect(missing.stderr).toBe('cni-tuner explain: The snapshot /nonexistent.json cannot be read (ENOENT).\n');
  });
});

describeOnPlane('kubectl', () => {
  it('finds the command line as a plugin, under the name that kubectl asks for', async () => {
    const { kind, ...plane } = inject('controlPlane');
    if (kind !== 'running' || !('binaries' in plane)) throw new Error('no control plane');
    folder = await mkdtemp(join(tmpdir(), 'cni-tuner-cli-'));
    const { bin, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    await symlink(join(ROOT, bin['kubectl-cni_tuner']), join(folder, 'kubectl-cni_tuner'));
    const env = { HOME: folder, PATH: `${folder}:${dirname(process.execPath)}:${process.env['PATH']}` };
    const child = spawn(plane.binaries.kubectl, ['cni-tuner', '--version'], { env });
    const stdout = textOf(child.stdout);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(stdout()).toBe(`${version}\n`);
  });
});
