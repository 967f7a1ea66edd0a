import { request } from 'node:https';
import { join } from 'node:path';
import type { Binaries, GoProgram } from './binaries.ts';
import type { ComponentSpec } from './component-process.ts';
import type { Tokens, UserName } from './identity.ts';

/** The programs of a plane that run; kubectl is a client. */
export type Component = GoProgram;

/** Where everything of one plane is; what the programs' flags are made of. */
export type PlaneLayout = {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly ports: Readonly<Record<Component | 'etcd-peer', number>>;
  readonly kubeconfigs: Readonly<Record<UserName, string>>;
  readonly tokens: Tokens;
  readonly controllers: readonly string[];
  readonly auditLogFile: string | undefined;
};

const READY_WITHIN_MS = 120_000; // Eight seconds on an idle machine; minutes with 5,000 nodes to load on a busy one.

export const etcdUrl = (layout: PlaneLayout): string => `http://127.0.0.1:${layout.ports.etcd}`;
export const apiServerUrl = (layout: PlaneLayout): string => `https://127.0.0.1:${layout.ports['kube-apiserver']}`;
export const certificatesOf = (folder: string): string => join(folder, 'certificates');
/** The API server signs its own serving certificate; that certificate is also its clients' CA. */
export const caFileOf = (folder: string): string => join(certificatesOf(folder), 'apiserver.crt');
export const auditPolicyFileOf = (folder: string): string => join(folder, 'audit-policy.yaml');
export const kwokConfigFileOf = (folder: string): string => join(folder, 'kwok.yaml');
export const logFileOf = (folder: string, component: Component): string => join(folder, `${component}.log`);

/** How to start one program; why each flag: docs/decisions/0020-control-plane-from-go-modules.md. */
export function componentSpec(component: Component, layout: PlaneLayout): ComponentSpec {
  return {
    name: component,
    program: layout.binaries[component],
    argv: FLAGS[component](layout),
    logFile: logFileOf(layout.folder, component),
    isReady: READY[component](layout),
    readyWithinMs: READY_WITHIN_MS,
  };
}

const FLAGS: Readonly<Record<Component, (layout: PlaneLayout) => readonly string[]>> = {
  etcd: (layout) => {
    const peer = `http://127.0.0.1:${layout.ports['etcd-peer']}`;
    return [
      '--name=e',
      `--data-dir=${join(layout.folder, 'etcd')}`,
      `--listen-client-urls=${etcdUrl(layout)}`,
      `--advertise-client-urls=${etcdUrl(layout)}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=e=${peer}`,
      '--unsafe-no-fsync',
      '--quota-backend-bytes=8589934592',
      '--log-level=warn',
    ];
  },
  'kube-apiserver': (layout) => [
    `--etcd-servers=${etcdUrl(layout)}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${layout.ports['kube-apiserver']}`,
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${certificatesOf(layout.folder)}`,
    `--token-auth-file=${join(certificatesOf(layout.folder), 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(certificatesOf(layout.folder), 'sa.key')}`,
    `--service-account-signing-key-file=${join(certificatesOf(layout.folder), 'sa.key')}`,
    '--allow-privileged=true',
    '--profiling=false',
    '--event-ttl=5m',
    // Nodes are made Ready from the start: nobody here would take the not-ready taint off again.
    '--disable-admission-plugins=TaintNodesByCondition',
    ...auditFlags(layout),
  ],
  'kube-controller-manager': (layout) => [
    ...clientFlags(layout, 'kube-controller-manager'),
    `--controllers=${layout.controllers.join(',')}`,
    `--service-account-private-key-file=${join(certificatesOf(layout.folder), 'sa.key')}`,
    `--root-ca-file=${caFileOf(layout.folder)}`,
    // Nodes here send no heartbeat.
    '--node-monitor-grace-period=87600h',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ],
  'kube-scheduler': (layout) => [
    ...clientFlags(layout, 'kube-scheduler'),
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
  ],
  kwok: (layout) => [
    ...kwokFlags({
      kubeconfig: layout.kubeconfigs.kwok,
      configFile: kwokConfigFileOf(layout.folder),
      port: layout.ports.kwok,
    }),
    '--manage-all-nodes=true',
    // No Lease writes: 500 a second at 5,000 nodes, and nobody here looks at them.
    '--node-lease-duration-seconds=0',
  ],
};

type Kwok = { readonly kubeconfig: string; readonly configFile: string; readonly port: number };

/** Which nodes it plays, and whether it renews their leases, is for the caller to add. */
export function kwokFlags({ kubeconfig, configFile, port }: Kwok): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--config=${configFile}`,
    '--node-ip=10.0.0.1',
    '--cidr=10.64.0.0/10',
    `--server-address=127.0.0.1:${port}`,
  ];
}

function auditFlags({ folder, auditLogFile }: PlaneLayout): readonly string[] {
  if (auditLogFile === undefined) return [];
  return [
    `--audit-log-path=${auditLogFile}`,
    `--audit-policy-file=${auditPolicyFileOf(folder)}`,
    '--audit-log-maxsize=1000',
  ];
}

/** The flags that the controller manager and the scheduler share. */
function clientFlags(layout: PlaneLayout, component: 'kube-controller-manager' | 'kube-scheduler'): readonly string[] {
  const kubeconfig = layout.kubeconfigs[component];
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--authentication-skip-lookup=true',
    '--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${layout.ports[component]}`,
    `--cert-dir=${certificatesOf(layout.folder)}`,
  ];
}

const READY: Readonly<Record<Component, (layout: PlaneLayout) => () => Promise<boolean>>> = {
  etcd: (layout) => async () => (await fetch(`${etcdUrl(layout)}/health`)).ok,
  'kube-apiserver': (layout) => () => answersOk(`${apiServerUrl(layout)}/readyz`, layout.tokens.admin),
  'kube-controller-manager':
    ({ ports }) =>
    () =>
      answersOk(`https://127.0.0.1:${ports['kube-controller-manager']}/healthz`),
  'kube-scheduler':
    ({ ports }) =>
    () =>
      answersOk(`https://127.0.0.1:${ports['kube-scheduler']}/healthz`),
  kwok:
    ({ ports }) =>
    async () =>
      (await fetch(`http://127.0.0.1:${ports.kwok}/healthz`)).ok,
};

/** Health only: the certificates are self-signed and some are not written yet, so they are not checked. */
async function answersOk(url: string, token?: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const outgoing = request(url, { rejectUnauthorized: false, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.setTimeout(5_000, () => outgoing.destroy(new Error('no answer')));
    outgoing.once('error', reject).end();
  });
}
