import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GoProgram } from './binaries.ts';
import type { ProgressSink } from './build-progress.ts';
import { goEnvironment } from './go-toolchain.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';

const run = promisify(execFile);

/** The folder of `go.mod`. */
export const MODULE_FOLDER = dirname(fileURLToPath(import.meta.url));
export const KUBERNETES_VERSION = '1.36.3';
const KWOK_VERSION = '0.8.0';

const PACKAGES: Readonly<Record<GoProgram, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
};

/** Without these the server calls itself v0.0.0-master and code that asks for its version misbehaves. */
function linkerFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const kubernetes = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    `-X ${path}.gitVersion=v${KUBERNETES_VERSION}`,
    `-X ${path}.gitMajor=${major}`,
    `-X ${path}.gitMinor=${minor}`,
    `-X ${path}.gitTreeState=clean`,
    `-X ${path}.buildDate=2026-11-23T00:00:00Z`,
  ]);
  return ['-s -w', ...kubernetes, `-X sigs.k8s.io/kwok/pkg/consts.Version=v${KWOK_VERSION}`].join(' ');
}

/** The flags that decide the programs; part of the cache's key. */
export const BUILD_FLAGS: readonly string[] = ['-trimpath', '-ldflags', linkerFlags()];

export type GoBuild = {
  readonly programs: readonly GoProgram[];
  /** Each finished program is moved here in one step. */
  readonly folder: string;
  /** Go's build cache to use. */
  readonly buildCache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: ProgressSink;
};

/**
 * Builds the programs one after another; each reuses the packages of those before it. Five to ten minutes on two cores
 * from nothing, seconds with a warm build cache. Throws MissingPrerequisite when the modules cannot be fetched or the
 * disk is full.
 */
export async function buildPrograms(build: GoBuild): Promise<void> {
  const env = { ...goEnvironment(build.env), GOCACHE: build.buildCache };
  await mkdir(build.folder, { recursive: true });
  const startedAtMs = Date.now();
  const compiled = new Set<string>();
  for (const [index, program] of build.programs.entries()) {
    const packages = await dependencies(program, env);
    const todo = packages.filter((name) => !compiled.has(name)).length;
    let done = 0;
    const report = () =>
      build.onProgress({
        kind: 'compiling',
        program,
        position: index + 1,
        programs: build.programs.length,
        packagesDone: done,
        packagesTotal: todo,
        elapsedMs: Date.now() - startedAtMs,
      });
    report();
    await compile(program, { folder: build.folder, env }, (name) => {
      compiled.add(name);
      done = Math.min(done + 1, todo);
      report();
    });
    for (const name of packages) compiled.add(name);
  }
}

/** Every package the program consists of. The first call fetches the modules (about 160 MB). */
async function dependencies(program: GoProgram, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  try {
    const options = { cwd: MODULE_FOLDER, env, maxBuffer: 16 * 1024 * 1024 };
    const { stdout } = await run('go', ['list', '-deps', PACKAGES[program]], options);
    return stdout.trim().split('\n');
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw buildFailure(program, stderr.split('\n'));
  }
}

type Compile = { readonly folder: string; readonly env: NodeJS.ProcessEnv };

async function compile(program: GoProgram, { folder, env }: Compile, onPackage: (name: string) => void): Promise<void> {
  const unfinished = join(folder, `.${program}.${randomUUID()}`);
  let stop = (): void => {};
  try {
    const argv = ['build', '-v', ...BUILD_FLAGS, '-o', unfinished, PACKAGES[program]];
    const child = spawn('go', argv, { cwd: MODULE_FOLDER, env, stdio: ['ignore', 'ignore', 'pipe'] });
    // Go ends its compilers and deletes what it was writing.
    stop = () => void child.kill('SIGTERM');
    process.once('exit', stop);
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    const lastLines: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      // With -v, Go names each package it compiles on a line of its own; whatever has a space is a message.
      if (!/\s/.test(line)) onPackage(line);
      else if (!line.startsWith('go: downloading')) lastLines.push(line);
      if (lastLines.length > 40) lastLines.shift();
    }
    if ((await ended) !== 0) throw buildFailure(program, lastLines);
    await rename(unfinished, join(folder, program));
  } finally {
    process.removeListener('exit', stop);
    await rm(unfinished, { force: true });
  }
}

/** One sentence with the remedy, from what Go wrote to its standard error. */
export function buildFailure(program: string, lines: readonly string[]): MissingPrerequisite {
  const text = lines.join('\n');
  if (/no space left on device|disk quota exceeded/i.test(text)) {
    return new MissingPrerequisite(
      `The disk is full: building ${program} needs about 4 GB for Go's modules and build cache while it runs; free some ` +
        'space (CNI_TUNER_CACHE moves the cache to another disk) and run the command again.',
    );
  }
  const last = lines.findLast((line) => line.trim() !== '')?.trim() ?? 'Go gave no reason';
  if (
    /dial tcp|no such host|proxyconnect|connection refused|i\/o timeout|module lookup disabled|40\d |50\d /i.test(text)
  ) {
    return new MissingPrerequisite(
      `The Go modules of ${program} could not be fetched (${last}); make the module proxy named by GOPROXY reachable ` +
        'and run the command again.',
    );
  }
  return new MissingPrerequisite(`Go could not build ${program}: ${last}`);
}
