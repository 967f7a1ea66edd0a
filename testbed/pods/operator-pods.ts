/** The operator installed by its chart, running for real on the testbed: no engine, no registry, no kubelet needed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/bundle/bundle.ts';
import { lastOf, parseDockerfile } from '../../scripts/bundle/dockerfile.ts';
import { freePort } from '../control-plane/free-port.ts';
import { REGION } from '../stand-in.ts';
import type { Image } from './images.ts';
import { type PodRunner, startPodRunner } from './pod-runner.ts';
import { RUNNER_PLACEMENT } from './runner-node.ts';
import type { Cluster } from './volumes.ts';

export type OperatorPods = {
  readonly runner: PodRunner;
  /** For the chart: where its pods run, and ports that are free on this machine. */
  readonly values: object;
  stop(): Promise<void>;
};

const DOCKERFILE = new URL('../../Dockerfile', import.meta.url);
/** `REGISTRY/cni-tuner:0.1.0`, whatever the registry. */
const OPERATOR_IMAGE = /(^|\/)cni-tuner[:@]/;

export async function startOperatorPods({ api, url, caFile }: Cluster): Promise<OperatorPods> {
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-app-'));
  try {
    await bundle(folder);
    const image = await imageOf(folder);
    const runner = await startPodRunner({
      cluster: { api, url, caFile },
      image: (reference) => (OPERATOR_IMAGE.test(reference) ? image : undefined),
    });
    return {
      runner,
      values: {
        ...RUNNER_PLACEMENT,
        metrics: { port: await freePort() },
        health: { port: await freePort() },
      },
      stop: async () => {
        await runner.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** For the chart: how a container finds the testbed's AWS, and is let in. */
export const awsValues = (url: string) => ({
  aws: { region: REGION },
  extraEnv: [
    { name: 'AWS_ENDPOINT_URL', value: url },
    { name: 'AWS_ACCESS_KEY_ID', value: 'testbed' },
    { name: 'AWS_SECRET_ACCESS_KEY', value: 'testbed' },
  ],
});

/** The image as the Dockerfile makes it, with the bundle in the place of its files. */
async function imageOf(folder: string): Promise<Image> {
  const last = parseDockerfile(await readFile(DOCKERFILE, 'utf8')).stages.at(-1);
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  const env = last.instructions.filter(({ word }) => word === 'ENV').map(({ rest }) => rest.split('='));
  return {
    at: '/app',
    folder,
    entrypoint: JSON.parse(lastOf(last, 'ENTRYPOINT')),
    command: JSON.parse(lastOf(last, 'CMD')),
    env: Object.fromEntries(env),
  };
}
