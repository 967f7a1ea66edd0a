import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import type { KubectlResult } from './kubectl.ts';
import { fromLayer, layerFits, onPath } from './kubectl-layer.ts';

const run = promisify(execFile);

export type HelmMajor = 3 | 4;

/** Path of Helm: from the npm package that carries it, else from PATH if that one is of the same major version. */
export async function findHelm(major: HelmMajor, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const platform = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  if (layerFits(platform)) return await fromLayer(cacheFolder(env), 'helm', major === 4 ? 'v36' : 'v32');
  const helm = await onPath('helm', env['PATH'] ?? '');
  if (helm === undefined) return undefined;
  const { stdout } = await run(helm, ['version', '--short']).catch(() => ({ stdout: '' }));
  return stdout.startsWith(`v${major}.`) ? helm : undefined;
}

type Helm = { readonly program: string; readonly kubeconfig: string; readonly folder: string };

/** Runs helm with nothing of the user's own settings; any exit code is a result. */
export async function runHelm(helm: Helm, argv: readonly string[]): Promise<KubectlResult> {
  const { program, kubeconfig, folder } = helm;
  const env = {
    HOME: folder,
    PATH: process.env['PATH'],
    HELM_CACHE_HOME: `${folder}/cache`,
    HELM_CONFIG_HOME: `${folder}/config`,
    HELM_DATA_HOME: `${folder}/data`,
    KUBECONFIG: kubeconfig,
  };
  const child = spawn(program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, exitCode };
}
