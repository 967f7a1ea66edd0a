/** Where a command gets its cluster from: a snapshot file, or the cluster of a kubeconfig. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TuningObject } from '../reconcile/ports.ts';
import type { ClusterState } from './cluster-state.ts';
import { parseState } from './cluster-state.ts';
import type { Flag, Given, Surroundings } from './command.ts';
import { WrongInput } from './command.ts';

export const KUBECONFIG_FLAG: Flag = {
  name: 'kubeconfig',
  shape: 'FILE',
  fallback: '',
  about: 'Kubeconfig of the cluster to read. Without it: KUBECONFIG, then ~/.kube/config, then the pod it runs in.',
};

export const LIVE_FLAGS: readonly Flag[] = [
  KUBECONFIG_FLAG,
  { name: 'no-aws', shape: '', fallback: '', about: 'Do not read EC2 and CloudWatch; answer from Kubernetes alone.' },
  {
    name: 'aws-region',
    shape: 'REGION',
    fallback: '',
    about: "AWS region. Without it: AWS_REGION, then the nodes' labels.",
  },
  {
    name: 'operator',
    shape: 'NAMESPACE/NAME',
    fallback: 'cni-tuner/cni-tuner',
    about: "Where the operator's Lease is: its stored history, where you may read it, lies beside.",
  },
];

export const STATE_FLAGS: readonly Flag[] = [
  {
    name: 'snapshot',
    shape: 'FILE',
    fallback: '',
    about: 'Answer from this file of `cni-tuner snapshot` instead of a cluster.',
  },
  ...LIVE_FLAGS,
];

/** Throws WrongInput and CannotAnswer. The adapters are loaded for a live cluster only. */
export async function stateFrom(given: Given, surroundings: Surroundings): Promise<ClusterState> {
  const path = given.text('snapshot');
  return path === '' ? await liveStateFrom(given, surroundings) : await fileState(path);
}

/** Throws WrongInput. */
export async function fileState(path: string): Promise<ClusterState> {
  return parseState(await contentOf(path), path);
}

export async function liveStateFrom(given: Given, { env, progress }: Surroundings): Promise<ClusterState> {
  const options = {
    kubeconfig: kubeconfigOf(given, env),
    readsAws: !given.isOn('no-aws'),
    region: given.text('aws-region') || (env['AWS_REGION'] ?? ''),
    operator: placeOf(given.text('operator')),
  };
  const { readLiveState } = await import('./live-state.ts');
  return await readLiveState(options, progress('Reading the cluster'));
}

/** As in KUBECONFIG; empty: the service account of the pod. */
export function kubeconfigOf(given: Given, env: Surroundings['env']): string {
  return given.text(KUBECONFIG_FLAG.name) || env['KUBECONFIG'] || usualKubeconfig();
}

/** Throws WrongInput. */
function placeOf(text: string): { namespace: string; name: string } {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (namespace === '' || name === '' || more.length > 0) {
    throw new WrongInput(
      `--operator is ${JSON.stringify(text)}; it must be NAMESPACE/NAME, such as cni-tuner/cni-tuner.`,
    );
  }
  return { namespace, name };
}

function usualKubeconfig(): string {
  const path = join(homedir(), '.kube', 'config');
  return existsSync(path) ? path : '';
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new WrongInput(`The snapshot ${path} cannot be read (${code}).`);
  }
}

/** The CniTuning of that name; the only one when no name is given. Throws WrongInput. */
export function tuningOf({ tunings }: Pick<ClusterState, 'tunings'>, name: string): TuningObject {
  const known = tunings.map((tuning) => tuning.name);
  if (known.length === 0) {
    throw new WrongInput('There is no CniTuning here; `kubectl apply` one first: the README shows the shortest.');
  }
  const found = name === '' && tunings.length === 1 ? tunings[0] : tunings.find((tuning) => tuning.name === name);
  if (found !== undefined) return found;
  const which = name === '' ? 'There are several CniTunings' : `There is no CniTuning "${name}"`;
  throw new WrongInput(`${which}; name one of ${known.join(', ')}.`);
}
