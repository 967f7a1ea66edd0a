import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kwokConfig } from '../cluster/kwok-config.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import type { Binaries } from './binaries.ts';
import type { ProgressSink } from './build-progress.ts';
import { ComponentFailure, type RunningComponent, startComponent } from './component-process.ts';
import {
  apiServerUrl,
  auditPolicyFileOf,
  caFileOf,
  certificatesOf,
  type Component,
  componentSpec,
  etcdUrl,
  kwokConfigFileOf,
  type PlaneLayout,
} from './components.ts';
import { freePort } from './free-port.ts';
import { newTokens, type Tokens, type UserName, writeCredentials, writeKubeconfigs } from './identity.ts';
import { type KubectlResult, runKubectl } from './kubectl.ts';
import { type Reaper, startReaper } from './reaper.ts';

export type ControlPlaneOptions = {
  readonly binaries: Binaries;
  /** An empty or absent folder for everything the plane writes; a temporary one by default. `stop` deletes it. */
  readonly folder?: string;
  /** What runs beside etcd and the API server; everything by default. */
  readonly components?: readonly Exclude<Component, 'etcd' | 'kube-apiserver'>[];
  /** Controllers of the controller manager; `DEFAULT_CONTROLLERS` by default. */
  readonly controllers?: readonly string[];
  /** kwok's configuration as YAML; `kwokConfig()` by default. */
  readonly kwokConfig?: string;
  /** Write an audit log (metadata only), so that requests can be counted by user. Off by default. */
  readonly auditLog?: boolean;
  /** Called once etcd answers and before the API server starts, to put objects straight into it. */
  readonly seed?: (etcdUrl: string) => Promise<void>;
  readonly onProgress?: ProgressSink;
};

/** A running control plane on 127.0.0.1. */
export type ControlPlane = {
  readonly folder: string;
  readonly url: string;
  readonly etcdUrl: string;
  readonly caFile: string;
  readonly tokens: Tokens;
  /** Path of a kubeconfig for each user; `admin` may do everything, `operator` what RBAC grants the user `cni-tuner`. */
  readonly kubeconfigs: Readonly<Record<UserName, string>>;
  readonly auditLogFile: string | undefined;
  /** As admin. */
  readonly api: ApiClient;
  /** Process ids of what runs now. */
  pids(): Readonly<Partial<Record<Component, number>>>;
  /** Runs kubectl as admin, or with another of `kubeconfigs`; never rejects for an exit code. */
  kubectl(
    argv: readonly string[],
    options?: { readonly input?: string; readonly as?: UserName },
  ): Promise<KubectlResult>;
  /** SIGKILL, as a crash would be. */
  kill(component: Component): Promise<void>;
  /** Starts a killed program again on the same port and files; resolves when it serves. */
  start(component: Component): Promise<void>;
  /** Stops everything and deletes the folder. May be called twice. */
  stop(): Promise<void>;
};

/** The garbage collector deletes made-up pods whose owner does not exist: leave it out for such loads. */
export const DEFAULT_CONTROLLERS: readonly string[] = [
  'daemonset-controller',
  'deployment-controller',
  'replicaset-controller',
  'job-controller',
  'serviceaccount-controller',
  'namespace-controller',
  'garbage-collector-controller',
];

/** What an installed chart needs besides: budgets, Services, aggregated roles, the CA in every namespace, node health. */
export const CHART_CONTROLLERS: readonly string[] = [
  ...DEFAULT_CONTROLLERS,
  'disruption-controller',
  'endpointslice-controller',
  'clusterrole-aggregation-controller',
  'root-ca-certificate-publisher-controller',
  'node-lifecycle-controller',
];

const BESIDES: readonly Component[] = ['kube-controller-manager', 'kube-scheduler', 'kwok'];
const PORT_ATTEMPTS = 4;

const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

/**
 * Starts a control plane of its own: several can run at once. Ready means that objects can be created, the `default`
 * service account included. When this process ends without `stop`, whatever the reason, nothing of it stays behind.
 * Takes about five seconds on an idle machine.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Somebody took a port between our look and the program's bind.
      if (!(error instanceof ComponentFailure && error.portTaken) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'cni-tuner-plane-')));
  const reaper = startReaper(folder);
  const running = new Map<Component, RunningComponent>();
  try {
    const layout = await writeFiles(folder, options);
    const start = async (component: Component): Promise<void> => {
      if (running.has(component)) return;
      running.set(component, await startComponent(componentSpec(component, layout), reaper));
    };
    await start('etcd');
    await options.seed?.(etcdUrl(layout));
    await start('kube-apiserver');
    await Promise.all((options.components ?? BESIDES).map(start));
    const plane = controlPlaneOf({ layout, running, reaper, start });
    if (running.has('kube-controller-manager')) await untilDefaultServiceAccount(plane.api);
    return plane;
  } catch (error) {
    await stopAll({ folder, running, reaper });
    throw error;
  }
}

async function writeFiles(folder: string, options: ControlPlaneOptions): Promise<PlaneLayout> {
  await mkdir(folder, { recursive: true });
  const tokens = newTokens();
  const ports = {
    etcd: await freePort(),
    'etcd-peer': await freePort(),
    'kube-apiserver': await freePort(),
    'kube-controller-manager': await freePort(),
    'kube-scheduler': await freePort(),
    kwok: await freePort(),
  };
  const connection = { url: `https://127.0.0.1:${ports['kube-apiserver']}`, caFile: caFileOf(folder) };
  await writeCredentials(certificatesOf(folder), tokens);
  await writeFile(auditPolicyFileOf(folder), JSON.stringify(AUDIT_POLICY));
  await writeFile(kwokConfigFileOf(folder), options.kwokConfig ?? kwokConfig());
  return {
    folder,
    binaries: options.binaries,
    ports,
    tokens,
    kubeconfigs: await writeKubeconfigs(folder, connection, tokens),
    controllers: options.controllers ?? DEFAULT_CONTROLLERS,
    auditLogFile: options.auditLog === true ? join(folder, 'audit.log') : undefined,
  };
}

type Parts = {
  readonly layout: PlaneLayout;
  readonly running: Map<Component, RunningComponent>;
  readonly reaper: Reaper;
  readonly start: (component: Component) => Promise<void>;
};

function controlPlaneOf({ layout, running, reaper, start }: Parts): ControlPlane {
  const { folder, tokens, kubeconfigs, auditLogFile, binaries } = layout;
  const url = apiServerUrl(layout);
  const api = createApiClient({ url, caFile: caFileOf(folder), token: tokens.admin });
  let stopped: Promise<void> | undefined;
  return {
    folder,
    url,
    etcdUrl: etcdUrl(layout),
    caFile: caFileOf(folder),
    tokens,
    kubeconfigs,
    auditLogFile,
    api,
    pids: () => Object.fromEntries([...running].map(([component, { pid }]) => [component, pid])),
    kubectl: (argv, { input, as = 'admin' } = {}) =>
      runKubectl(
        { program: binaries.kubectl, kubeconfig: kubeconfigs[as], cacheFolder: join(folder, 'kubectl') },
        argv,
        input,
      ),
    kill: async (component) => {
      await running.get(component)?.kill();
      running.delete(component);
    },
    start,
    stop: () => {
      api.close();
      stopped ??= stopAll({ folder, running, reaper });
      return stopped;
    },
  };
}

/** Clients first: an API server whose etcd is gone and clients whose server is gone only make noise. */
const STOP_ORDER: readonly (readonly Component[])[] = [
  ['kwok', 'kube-scheduler', 'kube-controller-manager'],
  ['kube-apiserver'],
  ['etcd'],
];

async function stopAll({
  folder,
  running,
  reaper,
}: Pick<Parts, 'running' | 'reaper'> & { readonly folder: string }): Promise<void> {
  for (const together of STOP_ORDER) {
    await Promise.all(together.flatMap((component) => running.get(component)?.kill() ?? []));
    for (const component of together) running.delete(component);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  await reaper.dismiss();
}

/** The controller manager makes it a moment after the API server is ready; pods are refused until then. */
async function untilDefaultServiceAccount(api: ApiClient): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const { status } = await api.request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    if (status === 200) return;
    if (Date.now() > deadlineMs) throw new Error('the controller manager made no default service account in 60 s');
    await delay(50);
  }
}
