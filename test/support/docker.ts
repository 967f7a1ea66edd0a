/** The Docker engine of this machine, for what only it can show: the image as it is built, and containers of it. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isExecutable } from '../../testbed/control-plane/kubectl-layer.ts';

export type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };
export type Docker = (argv: readonly string[]) => Promise<Ended>;
export type FoundDocker = { readonly docker: Docker } | { readonly missing: string };

const REMEDY = 'install Docker Engine with buildx (https://docs.docker.com/engine/install)';
/** Of the client: from here on BuildKit is the plugin buildx, before it was the client's own. */
const FIRST_BY_PLUGIN = 23;

/** The first client on PATH that builds with BuildKit, where an engine of this machine and the images `bases` can be had. */
export async function findDocker(bases: readonly string[], env = process.env): Promise<FoundDocker> {
  const programs = (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'docker'));
  const clients: Docker[] = [];
  for (const program of new Set(programs)) if (await isExecutable(program)) clients.push(dockerBy(program));
  if (clients.length === 0) return { missing: `no docker on PATH: ${REMEDY}` };
  const engine = await clients[0]?.(['info', '--format', '{{.Name}}']);
  if (engine?.stdout.trim() !== hostname()) {
    return { missing: `no Docker engine of this machine answers: start it, or ${REMEDY}` };
  }
  for (const docker of clients) {
    if (!(await hasBuildKit(docker))) continue;
    const lacking = await lackingOf(bases, docker);
    return lacking === undefined
      ? { docker }
      : { missing: `the base image ${lacking} is neither here nor to be had: docker pull ${lacking}` };
  }
  return { missing: `docker has no BuildKit: ${REMEDY}` };
}

async function hasBuildKit(docker: Docker): Promise<boolean> {
  if ((await docker(['buildx', 'version'])).exitCode === 0) return true;
  const { stdout } = await docker(['version', '--format', '{{.Client.Version}}']);
  return Number.parseInt(stdout, 10) < FIRST_BY_PLUGIN;
}

/** Asked of the registry without pulling: a test leaves no image of somebody else's behind. */
async function lackingOf(bases: readonly string[], docker: Docker): Promise<string | undefined> {
  for (const base of bases) {
    if ((await docker(['image', 'inspect', base])).exitCode === 0) continue;
    if ((await docker(['manifest', 'inspect', base])).exitCode !== 0) return base;
  }
  return undefined;
}

/** Any exit code is a result. */
function dockerBy(program: string): Docker {
  return async (argv) => {
    const env = { ...process.env, DOCKER_BUILDKIT: '1', DOCKER_CLI_EXPERIMENTAL: 'enabled' };
    const child = spawn(program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, exitCode] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.on('close', resolve)),
    ]);
    return { exitCode, stdout, stderr };
  };
}

/** Throws with what docker said unless it went well; what it printed otherwise. */
export async function done(docker: Docker, argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await docker(argv);
  if (exitCode === 0) return stdout.trim();
  const last = stderr.trim().split('\n').slice(-LINES_SHOWN).join('\n');
  throw new Error(`docker ${argv.join(' ')} ended with exit code ${exitCode}:\n${last}`);
}

const LINES_SHOWN = 30;

/** Containers and images of one test file, and nothing but these removed at its end. */
export class DockerShelf {
  readonly #docker: Docker;
  readonly #containers: string[] = [];
  readonly #images: string[] = [];

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  newContainer(): string {
    const name = `cni-tuner-test-${randomUUID()}`;
    this.#containers.push(name);
    return name;
  }

  newImage(): string {
    const tag = `cni-tuner-test:${randomUUID()}`;
    this.#images.push(tag);
    return tag;
  }

  async clear(): Promise<void> {
    for (const name of this.#containers.splice(0)) await this.#docker(['rm', '--force', name]);
    // By its tag: what somebody else named stays.
    for (const tag of this.#images.splice(0)) await this.#docker(['image', 'rm', '--no-prune', tag]);
  }
}
