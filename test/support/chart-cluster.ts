/** A stand-in EKS for the chart: Helm installs into it, and the operator's pods run for real. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/bundle/bundle.ts';
import { CHART_CONTROLLERS } from '../../testbed/control-plane/control-plane.ts';
import type { Binaries } from '../../testbed/control-plane/binaries.ts';
import { freePort } from '../../testbed/control-plane/free-port.ts';
import { findHelm, type HelmMajor, runHelm } from '../../testbed/control-plane/helm.ts';
import type { KubectlResult } from '../../testbed/control-plane/kubectl.ts';
import type { Image } from '../../testbed/pods/images.ts';
import { type PodRunner, startPodRunner } from '../../testbed/pods/pod-runner.ts';
import { RUNNER_PLACEMENT } from '../../testbed/pods/runner-node.ts';
import { startTestbed, type Testbed } from '../../testbed/testbed.ts';
import { lastOf, parseDockerfile } from './dockerfile.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const CHART = join(ROOT, 'deploy/chart');

export type ChartCluster = {
  readonly testbed: Testbed;
  readonly runner: PodRunner;
  /** A folder of the test's own. */
  readonly folder: string;
  /** What every installation here needs: where its pods run, free ports, the stand-in AWS. */
  readonly values: object;
  /** Helm's answer; any exit code is one. Rejects where there is no such Helm. */
  helm(major: HelmMajor, argv: readonly string[]): Promise<KubectlResult>;
  stop(): Promise<void>;
};

export async function startChartCluster(
  binaries: Binaries,
  { nodes, podsPerNode }: { readonly nodes: number; readonly podsPerNode: number },
): Promise<ChartCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-chart-'));
  const started: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const stopOne of started.splice(0).toReversed()) await stopOne();
  };
  try {
    const app = join(folder, 'app');
    const [testbed] = await Promise.all([
      startTestbed({
        binaries,
        nodes,
        instanceTypes: ['m5.large'],
        awsNode: { maxUnavailable: '50%' },
        pace: 'quick',
        auditLog: true,
        controllers: CHART_CONTROLLERS,
      }),
      bundle(app),
    ]);
    started.push(() => testbed.stop());
    const { api, url, caFile, kubeconfigs } = testbed.plane;
    for (const { name } of testbed.nodes()) {
      for (let at = 0; at < podsPerNode; at += 1) await api.create('/api/v1/namespaces/default/pods', workOn(name, at));
    }
    const image = await ownImage(app);
    const runner = await startPodRunner({
      cluster: { api, url, caFile },
      image: (reference) => (reference.startsWith('ghcr.io/cnituning/cni-tuner:') ? image : undefined),
    });
    started.push(() => runner.stop());
    return {
      testbed,
      runner,
      folder,
      values: await valuesFor(testbed),
      helm: async (major, argv) => {
        const program = await findHelm(major);
        if (program === undefined) throw new Error(`There is no Helm ${major} for this machine.`);
        return await runHelm({ program, kubeconfig: kubeconfigs.admin, folder: join(folder, `helm-${major}`) }, argv);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The image as the Dockerfile makes it, with the bundle in the place of its files. */
async function ownImage(app: string): Promise<Image> {
  const last = parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8')).stages.at(-1);
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  const env = last.instructions.filter(({ word }) => word === 'ENV').map(({ rest }) => rest.split('='));
  return {
    at: '/app',
    folder: app,
    entrypoint: JSON.parse(lastOf(last, 'ENTRYPOINT')),
    command: JSON.parse(lastOf(last, 'CMD')),
    env: Object.fromEntries(env),
  };
}

async function valuesFor(testbed: Testbed): Promise<object> {
  return {
    ...RUNNER_PLACEMENT,
    metrics: { port: await freePort() },
    health: { port: await freePort() },
    aws: { region: 'us-east-1', refreshInterval: '2s' },
    evaluationInterval: '2s',
    extraEnv: [
      { name: 'AWS_ENDPOINT_URL', value: testbed.ec2().url },
      { name: 'AWS_ACCESS_KEY_ID', value: 'AKIATEST' },
      { name: 'AWS_SECRET_ACCESS_KEY', value: 'test' },
    ],
  };
}

function workOn(nodeName: string, at: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `work-${nodeName.split('.')[0]}-${at}` },
    spec: { nodeName, containers: [{ name: 'work', image: 'registry.k8s.io/pause:3.10' }] },
  };
}
