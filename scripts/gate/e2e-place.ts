/**
 * Where the end-to-end tests run: on the testbed's own control plane, on a kind cluster made for them, or in a cluster
 * that somebody names. The last two are one path; kind adds the cluster itself.
 */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { progressText } from '../../testbed/control-plane/build-progress.ts';
import { ensureKwok } from '../../testbed/control-plane/ensure-binaries.ts';
import { createKindCluster } from '../../testbed/kind/kind-cluster.ts';
import { findKindTools } from '../../testbed/kind/kind-tools.ts';
import { refuseUnfitCluster } from '../../testbed/outside/joined-cluster.ts';
import { ROOT } from './step.ts';

export type PlaceWish =
  | { readonly kind: 'testbed' }
  | { readonly kind: 'kind'; readonly nodeImage: string | undefined }
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly valuesFile: string | undefined };

/** What the tests of an outside cluster get to know, as JSON in CNI_TUNER_E2E_PLACE. */
export type OutsidePlace = {
  readonly kubeconfig: string;
  readonly kwok: string;
  readonly kubectl: string;
  /** Of this machine, as the cluster's pods reach it. */
  readonly hostAddress: string;
  /** Prints the API server's audit log. */
  readonly auditLogCommand?: readonly string[];
  /** kind's network does since 0.24. */
  readonly enforcesNetworkPolicies?: boolean;
  /** More values for the chart. */
  readonly valuesFile?: string;
};

export type Place = { readonly env: NodeJS.ProcessEnv; readonly leave: () => Promise<void> };

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

/** Throws MissingPrerequisite with one sentence where that place cannot be had. */
export async function placeFor(wish: PlaceWish): Promise<Place> {
  if (wish.kind === 'testbed') return { env: {}, leave: async () => {} };
  if (wish.kind === 'kubeconfig') {
    const valuesFile = wish.valuesFile === undefined ? {} : { valuesFile: resolve(wish.valuesFile) };
    const kubeconfig = resolve(wish.file);
    const programs = await clients();
    await refuseUnfitCluster({ kubeconfig, kubectl: programs.kubectl, folder: join(tmpdir(), 'cni-tuner-check') });
    const place = { ...programs, kubeconfig, hostAddress: '127.0.0.1', ...valuesFile };
    return { env: envOf(place), leave: async () => {} };
  }
  const tools = await findKindTools((progress) => say(progressText(progress)));
  const programs = await clients();
  const cluster = await createKindCluster({
    ...tools,
    configFile: join(ROOT, 'test/e2e/kind.yaml'),
    workFolder: ROOT,
    image: await imageOfChart(),
    ...(wish.nodeImage === undefined ? {} : { nodeImage: wish.nodeImage }),
    say,
  });
  const { delete: leave, ...reached } = cluster;
  return { env: envOf({ ...programs, ...reached, enforcesNetworkPolicies: true }), leave };
}

const envOf = (place: OutsidePlace): NodeJS.ProcessEnv => ({ CNI_TUNER_E2E_PLACE: JSON.stringify(place) });

async function clients(): Promise<Pick<OutsidePlace, 'kwok' | 'kubectl'>> {
  const { kwok, kubectl } = await ensureKwok((progress) => say(progressText(progress)));
  return { kwok, kubectl };
}

/** As the chart names it where nobody says otherwise. */
async function imageOfChart(): Promise<string> {
  const read = async (file: string) => parse(await readFile(join(ROOT, 'deploy/chart', file), 'utf8'));
  const { image } = await read('values.yaml');
  const { appVersion } = await read('Chart.yaml');
  return `${image.repository}:${appVersion}`;
}
