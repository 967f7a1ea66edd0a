import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MissingPrerequisite } from './missing-prerequisite.ts';

const run = promisify(execFile);

/** The oldest Go that reads `go.mod`. */
const OLDEST_GO = '1.26';

/** The environment of every Go command: the user's, without what would change the programs or the module graph. */
export function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // The same -trimpath and CGO_ENABLED each time, or the whole build cache is of no use.
  return { ...env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off', GOOS: undefined, GOARCH: undefined };
}

export type GoToolchain = {
  /** `1.26.8`. */
  readonly version: string;
  /** `linux/amd64`, the platform the programs are built for. */
  readonly platform: string;
  /** Go's build cache, in use by the user already or not. */
  readonly buildCache: { readonly folder: string; readonly hasContent: boolean };
};

/**
 * The Go that would build in `moduleFolder`. An older Go fetches the one that `go.mod` asks for by itself, unless
 * GOTOOLCHAIN forbids it. Throws MissingPrerequisite when there is no Go, or none that is new enough.
 */
export async function goToolchain(moduleFolder: string, env: NodeJS.ProcessEnv): Promise<GoToolchain> {
  const answer = await goEnv(moduleFolder, env);
  const { GOVERSION = '', GOHOSTOS = '', GOHOSTARCH = '', GOCACHE = '' } = answer;
  const version = GOVERSION.replace(/^go/, '');
  if (isOlder(version, OLDEST_GO)) throw tooOld(version);
  return {
    version,
    platform: `${GOHOSTOS}/${GOHOSTARCH}`,
    buildCache: { folder: GOCACHE, hasContent: await hasPackages(GOCACHE) },
  };
}

async function goEnv(moduleFolder: string, env: NodeJS.ProcessEnv): Promise<Readonly<Record<string, string>>> {
  try {
    const argv = ['env', '-json', 'GOVERSION', 'GOHOSTOS', 'GOHOSTARCH', 'GOCACHE'];
    const { stdout } = await run('go', argv, { cwd: moduleFolder, env: goEnvironment(env) });
    return JSON.parse(stdout);
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): Error {
  const { code, stderr = '' } = error instanceof Error ? (error as Error & { code?: unknown; stderr?: string }) : {};
  if (code === 'ENOENT') {
    return new MissingPrerequisite(
      `Go ${OLDEST_GO} or newer is needed once, to build etcd and the Kubernetes control plane, and no "go" is on PATH; ` +
        'install it (https://go.dev/dl) or point KUBEBUILDER_ASSETS at a folder with the programs.',
    );
  }
  const running = /running go ([0-9.]+)/.exec(stderr)?.[1] ?? /go version go([0-9.]+)/.exec(stderr)?.[1];
  if (/requires go >=|invalid go version|unknown directive|toolchain not available/.test(stderr)) {
    return tooOld(running ?? 'older');
  }
  return new MissingPrerequisite(
    `Go cannot be used to build the control plane: ${stderr.trim().split('\n').at(-1) ?? String(error)}`,
  );
}

function tooOld(version: string): MissingPrerequisite {
  return new MissingPrerequisite(
    `Go ${OLDEST_GO} or newer is needed to build the control plane and this one is ${version}; install a newer one ` +
      '(https://go.dev/dl), or set GOTOOLCHAIN=auto to let Go fetch it.',
  );
}

/** Compares major and minor only: `1.9` is older than `1.26`. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
  return major !== thanMajor ? major < thanMajor : minor < thanMinor;
}

/** Go makes 256 folders as soon as it uses a cache; an absent or nearly empty one is nobody's. */
async function hasPackages(folder: string): Promise<boolean> {
  return await readdir(folder).then(
    (entries) => entries.length > 200,
    () => false,
  );
}
