/** A throw-away kind cluster with the operator's image in it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MissingPrerequisite } from '../control-plane/missing-prerequisite.ts';
import type { KindTools } from './kind-tools.ts';

export type KindOptions = KindTools & {
  /** kind's configuration; relative paths in it count from `workFolder`. */
  readonly configFile: string;
  /** The checkout: Docker builds the image from it. */
  readonly workFolder: string;
  /** The operator's image, as the chart names it. */
  readonly image: string;
  /** kind's own choice unless said otherwise, such as `kindest/node:v1.34.3`. */
  readonly nodeImage?: string;
  readonly say: (sentence: string) => void;
  readonly env?: NodeJS.ProcessEnv;
};

export type KindCluster = {
  readonly kubeconfig: string;
  /** Of this machine, as the cluster's pods reach it. */
  readonly hostAddress: string;
  /** Prints the API server's audit log. */
  readonly auditLogCommand: readonly string[];
  delete(): Promise<void>;
};

const NAME = 'cni-tuner-e2e';
const AUDIT_LOG = '/var/log/kubernetes/audit.log';
/** kind's own, which all its clusters share. */
const NETWORK = 'kind';

/** About two minutes, most of it for images. Only the engine on this machine: pods must reach a port of ours. */
export async function createKindCluster(options: KindOptions): Promise<KindCluster> {
  const { docker, kind, image, say, workFolder, env = process.env } = options;
  const output: Output = async (program, argv) => await outputOf(program, argv, env);
  const existing = await output(kind, ['get', 'clusters']);
  if (existing.split('\n').includes(NAME)) {
    throw new MissingPrerequisite(
      `A kind cluster ${NAME} is there already, from a run that goes on or was killed; end that run, or delete it with \`kind delete cluster --name ${NAME}\`.`,
    );
  }
  // The Dockerfile needs BuildKit, which Docker before 23 uses only when asked.
  const visible = async (program: string, argv: readonly string[]): Promise<void> =>
    await inSight(program, argv, { cwd: workFolder, env: { ...env, DOCKER_BUILDKIT: '1' } });
  say(`Building the image ${image} …`);
  await visible(docker, ['build', '--tag', image, '.']);
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-kind-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const remove = async (): Promise<void> => {
    await visible(kind, ['delete', 'cluster', '--name', NAME, '--kubeconfig', kubeconfig]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const nodeImage = options.nodeImage === undefined ? [] : ['--image', options.nodeImage];
    const create = ['create', 'cluster', '--name', NAME, '--config', options.configFile, '--kubeconfig', kubeconfig];
    await visible(kind, [...create, ...nodeImage, '--wait', '120s']);
    await visible(kind, ['load', 'docker-image', image, '--name', NAME]);
    const hostAddress = await gateway(docker, output);
    const auditLogCommand = [docker, 'exec', `${NAME}-control-plane`, 'cat', AUDIT_LOG];
    return { kubeconfig, hostAddress, auditLogCommand, delete: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Output = (program: string, argv: readonly string[]) => Promise<string>;

async function gateway(docker: string, output: Output): Promise<string> {
  const format = '{{range .IPAM.Config}}{{.Gateway}}\n{{end}}';
  const addresses = (await output(docker, ['network', 'inspect', NETWORK, '--format', format])).split('\n');
  const address = addresses.find((each) => /^\d+\.\d+\.\d+\.\d+$/.test(each));
  if (address === undefined) throw new Error(`Docker's network ${NETWORK} has no gateway with an IPv4 address.`);
  return address;
}

async function outputOf(program: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return said;
}

/** Shows what the program says; throws when it fails. */
type Surroundings = { readonly cwd: string; readonly env: NodeJS.ProcessEnv };

async function inSight(program: string, argv: readonly string[], { cwd, env }: Surroundings): Promise<void> {
  const child = spawn(program, argv, { stdio: ['ignore', 2, 2], cwd, env });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${argv.join(' ')} ended with exit code ${String(code)}.`);
}
