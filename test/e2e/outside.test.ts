/**
 * What a kind cluster is to the tests of the chart, but for Docker: a cluster that somebody else runs, with a kubelet of
 * its own, of which only a kubeconfig is known.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAwsNode } from '../../testbed/cluster/aws-node.ts';
import { CHART_CONTROLLERS, type ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { startOutsideTestbed } from '../../testbed/outside/outside-testbed.ts';
import { type OperatorPods, startOperatorPods } from '../../testbed/pods/operator-pods.ts';
import { RUNNER_NODE } from '../../testbed/pods/runner-node.ts';
import { describeOnPlane, eventually, sharedPlane, startOwnPlane } from '../support/control-plane.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Not what cannot be seen from outside: audit log and memory. A page of the second file, because two files take turns. */
const STORY = 'installs an older version|gives advice|uninstalls|of docs/how-to/auto-mode.md';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

let plane: ControlPlane;
let pods: OperatorPods;

/** `npm run test:e2e -- …` as somebody types it: not as part of this run. */
async function testE2e(...argv: readonly string[]): Promise<{ code: number; said: string }> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'CNI_TUNER_TALLY'),
  );
  const child = spawn(process.execPath, [join(ROOT, 'scripts/test.ts'), '--tier', 'e2e', ...argv], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: Number(code), said: stdout + stderr };
}

async function named(kind: string): Promise<readonly string[]> {
  const { stdout } = await plane.kubectl(['get', kind, '--all-namespaces', '--output', 'name']);
  return stdout.split('\n').filter((line) => line !== '');
}

describeOnPlane('the tests of the chart in a cluster that somebody names', () => {
  beforeAll(async () => {
    // No kwok: the guest brings its own.
    plane = await startOwnPlane({
      components: ['kube-controller-manager', 'kube-scheduler'],
      controllers: CHART_CONTROLLERS,
    });
    pods = await startOperatorPods(plane);
  });
  afterAll(async () => {
    await pods.stop();
    await plane.stop();
  });

  it('run as on the testbed, and take away what they brought', async () => {
    const valuesFile = join(plane.folder, 'values.json');
    await writeFile(valuesFile, JSON.stringify(pods.values));
    const namespaces = await named('namespaces');
    const bindings = await named('clusterrolebindings');
    const { code, said } = await testE2e(
      ...['--kubeconfig', plane.kubeconfigs.admin, '--values', valuesFile],
      ...['test/e2e/chart.test.ts', 'test/e2e/docs.test.ts', '--testNamePattern', STORY],
    );
    expect(code, said).toBe(0);
    expect(said).toMatch(/^4 passed, 0 failed, \d+ skipped$/m);
    expect(await named('nodes')).toEqual([`node/${RUNNER_NODE}`]);
    expect(await named('daemonsets')).toEqual([]);
    expect(await named('pods')).toEqual([]);
    expect(await named('namespaces')).toEqual(namespaces);
    expect(await named('clusterrolebindings')).toEqual(bindings);
    expect((await named('customresourcedefinitions')).filter((name) => name.includes('cnituning'))).toEqual([]);
  });

  it('keep their nodes alive for controllers that take silence for death', async () => {
    const { api, kubeconfigs } = plane;
    const { binaries } = sharedPlane();
    const testbed = await startOutsideTestbed({ nodes: 2, pace: 'quick', kubeconfig: kubeconfigs.admin, binaries });
    try {
      const renewals = async (): Promise<readonly string[]> =>
        await Promise.all(
          testbed.nodes().map(async ({ name }) => {
            const { spec } = await api.get<{ spec: { renewTime: string } }>(`${LEASES}/${name}`);
            return spec.renewTime;
          }),
        );
      const first = await eventually(renewals);
      await eventually(
        async () => {
          const now = await renewals();
          expect(now.filter((time, at) => time === first[at])).toEqual([]);
        },
        { timeoutMs: 40_000 },
      );
    } finally {
      await testbed.stop();
    }
  });

  it('do not run in a cluster that has an aws-node of its own', async () => {
    await applyAwsNode(plane.api);
    expect(await testE2e('--kubeconfig', plane.kubeconfigs.admin)).toEqual({
      code: 2,
      said: expect.stringMatching(/^The cluster of \S+ has an aws-node DaemonSet already; this brings .*\.\n$/),
    });
  });
});
