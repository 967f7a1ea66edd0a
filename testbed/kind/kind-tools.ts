/** Docker and kind: what `--on kind` needs besides the testbed's own programs. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProgressSink } from '../control-plane/build-progress.ts';
import { buildKey, cacheFolder } from '../control-plane/cache-folder.ts';
import { goEnvironment, goToolchain } from '../control-plane/go-toolchain.ts';
import { isExecutable, onPath } from '../control-plane/kubectl-layer.ts';
import { MissingPrerequisite } from '../control-plane/missing-prerequisite.ts';

const run = promisify(execFile);
const MODULE_FOLDER = dirname(fileURLToPath(import.meta.url));

export type KindTools = { readonly docker: string; readonly kind: string };

/** Throws MissingPrerequisite with one sentence where no cluster can be had. */
export async function findKindTools(
  onProgress: ProgressSink = () => {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<KindTools> {
  const docker = await findDocker(env);
  const kind = (await onPath('kind', env['PATH'] ?? '')) ?? (await buildKind(onProgress, env));
  return { docker, kind };
}

async function findDocker(env: NodeJS.ProcessEnv): Promise<string> {
  const docker = await onPath('docker', env['PATH'] ?? '');
  if (docker === undefined) {
    throw new MissingPrerequisite(
      'kind runs its nodes in Docker and no "docker" is on PATH; install Docker Engine (https://docs.docker.com/engine/install), or leave `--on kind` out to use the testbed.',
    );
  }
  await run(docker, ['version', '--format', '{{.Server.Version}}'], { env }).catch((error: Error) => {
    const said = 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : error.message;
    throw new MissingPrerequisite(
      `kind runs its nodes in Docker, and its engine does not answer (${said?.replace(/\.$/, '')}); start it, or leave \`--on kind\` out to use the testbed.`,
    );
  });
  return docker;
}

/** From the Go module pinned beside this file, once, into the user's cache. */
export async function buildKind(onProgress: ProgressSink, env: NodeJS.ProcessEnv): Promise<string> {
  const platform = `${process.platform}/${process.arch}`;
  const key = await buildKey({ goSumFile: join(MODULE_FOLDER, 'go.sum'), flags: [], platform });
  const folder = join(cacheFolder(env), `kind-${key}`);
  const kind = join(folder, 'kind');
  if (await isExecutable(kind)) return kind;
  await goToolchain(MODULE_FOLDER, env);
  onProgress({ kind: 'note', sentence: 'Building kind from its Go module, once: about a minute …' });
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `.kind.${randomUUID()}`);
  const argv = ['build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, 'sigs.k8s.io/kind'];
  await run('go', argv, { cwd: MODULE_FOLDER, env: goEnvironment(env) }).catch((error: Error) => {
    throw new MissingPrerequisite(
      `kind is not on PATH and Go could not build it: ${error.message.trim().split('\n').at(-1)}`,
    );
  });
  await rename(unfinished, kind);
  return kind;
}
