/**
 * The operator as a process of its own, with the identity that deploy/manifests/rbac.yaml gives it: a token of its
 * service account, and nothing else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../testbed/control-plane/control-plane.ts';
import { type KubectlResult, runKubectl } from '../testbed/control-plane/kubectl.ts';
import { startReaper } from '../testbed/control-plane/reaper.ts';
import { REGION } from '../testbed/stand-in.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const ACCOUNT = { namespace: 'cni-tuner', name: 'cni-tuner' } as const;
const TOKEN_SECONDS = 86_400;
/** SIGTERM, then as long as the operator's own shutdown may take. */
const STOP_WITHIN_MS = 12_000;

/** Beside the defaults: nothing listens on a fixed port, and the demo does not wait a minute for a fresh look. */
export const OPERATOR_FLAGS: readonly string[] = [
  '--metrics-bind-address=127.0.0.1:0',
  '--health-probe-bind-address=127.0.0.1:0',
  '--aws-refresh-interval=10s',
  '--evaluation-interval=10s',
];

export type OperatorProcess = {
  readonly pid: number;
  readonly kubeconfig: string;
  readonly logFile: string;
  /** Its last lines, for when it ended by itself. */
  readonly lastLines: () => Promise<string>;
  /** Rejects with a sentence when it ends without being told to. */
  readonly ended: Promise<never>;
  readonly stop: () => Promise<void>;
};

export async function startOperator(plane: ControlPlane, ec2Url: string): Promise<OperatorProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-demo-'));
  const reaper = startReaper(folder);
  const kubeconfig = join(folder, 'kubeconfig-cni-tuner');
  const logFile = join(folder, 'operator.log');
  await writeFile(kubeconfig, await accountKubeconfig(plane), { mode: 0o600 });
  const log = await open(logFile, 'a');
  const child = spawn(process.execPath, [join(PROJECT, 'src/cli/main.ts'), 'run', ...OPERATOR_FLAGS], {
    // Ctrl-C at the terminal is for the demo; the operator is told in its turn.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: folder,
    env: operatorEnv(kubeconfig, ec2Url),
  });
  await once(child, 'spawn');
  await log.close();
  const pid = child.pid ?? 0;
  reaper.adopt(pid);
  const exited = once(child, 'exit');
  const lastLines = () => lastLinesOf(logFile);
  let told = false;
  const ended = exited.then(async ([code]): Promise<never> => {
    if (told) return await new Promise<never>(() => {});
    throw new Error(
      `The operator ended by itself with exit code ${String(code)}; its last lines:\n${await lastLines()}`,
    );
  });
  ended.catch(() => {});
  const stop = async (): Promise<void> => {
    told = true;
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(late);
    reaper.forget(pid);
    await rm(folder, { recursive: true, force: true });
    await reaper.dismiss();
  };
  return { pid, kubeconfig, logFile, lastLines, ended, stop };
}

/** kubectl with the operator's own identity. */
export async function runKubectlAs(
  kubectl: { readonly program: string; readonly folder: string },
  kubeconfig: string,
  argv: readonly string[],
): Promise<KubectlResult> {
  const cacheFolder = join(kubectl.folder, 'kubectl-operator');
  return await runKubectl({ program: kubectl.program, kubeconfig, cacheFolder }, argv);
}

/** Only what the operator needs: nothing of this shell leaks into it. */
function operatorEnv(kubeconfig: string, ec2Url: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    KUBECONFIG: kubeconfig,
    AWS_ENDPOINT_URL: ec2Url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'demo',
    AWS_SECRET_ACCESS_KEY: 'demo',
    AWS_EC2_METADATA_DISABLED: 'true',
    POD_NAMESPACE: ACCOUNT.namespace,
    POD_NAME: 'cni-tuner-demo',
  };
}

async function accountKubeconfig({ api, url, caFile }: ControlPlane): Promise<string> {
  const path = `/api/v1/namespaces/${ACCOUNT.namespace}/serviceaccounts/${ACCOUNT.name}/token`;
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const { status } = await api.create<{ readonly status: { readonly token: string } }>(path, request);
  // JSON is YAML.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'cni-tuner',
    clusters: [{ name: 'demo', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'cni-tuner', user: { token: status.token } }],
    contexts: [{ name: 'cni-tuner', context: { cluster: 'demo', user: 'cni-tuner' } }],
  });
}

async function lastLinesOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
