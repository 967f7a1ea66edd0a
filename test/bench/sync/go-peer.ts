/** Builds the Go peer once into the user's cache, and runs it. */
import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildKey, cacheFolder } from '../../../testbed/control-plane/cache-folder.ts';
import { goEnvironment, goToolchain } from '../../../testbed/control-plane/go-toolchain.ts';
import type { SyncFigures } from './figures.ts';

const run = promisify(execFile);
const MODULE = join(dirname(import.meta.dirname), 'peer');
const FLAGS = ['-trimpath', '-ldflags', '-s -w'];

export type PeerEncoding = 'json' | 'protobuf';

/** Path of the built peer. About two minutes the first time. Throws MissingPrerequisite without Go. */
export async function buildPeer(env: NodeJS.ProcessEnv): Promise<string> {
  const go = await goToolchain(MODULE, env);
  const key = await buildKey({ goSumFile: join(MODULE, 'go.sum'), flags: FLAGS, platform: go.platform });
  const program = join(cacheFolder(env), `sync-peer-${key}`, 'sync-peer');
  await mkdir(dirname(program), { recursive: true });
  // Go's own cache decides what is stale: the sources are not part of the key.
  const isNew = (await stat(program).catch(() => undefined)) === undefined;
  if (isNew) console.log('Building the Go peer (client-go; once, about two minutes) …');
  await run('go', ['build', ...FLAGS, '-o', program, '.'], { cwd: MODULE, env: goEnvironment(env) });
  return program;
}

/** One sync in a process of its own. */
export async function runPeer(program: string, kubeconfig: string, encoding: PeerEncoding): Promise<SyncFigures> {
  const argv = ['-kubeconfig', kubeconfig, '-content-type', encoding];
  const env = { ...process.env, KUBE_FEATURE_WatchListClient: 'true' };
  const { stdout } = await run(program, argv, { env });
  return JSON.parse(stdout) as SyncFigures;
}
