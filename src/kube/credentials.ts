/**
 * How to reach the API server and as whom. @kubernetes/client-node reads the kubeconfig and runs its authenticators
 * (token files, exec plugins, OIDC); what it yields is turned into headers and TLS options for our own pool.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { PortError } from '../reconcile/ports.ts';

export type Credentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized'> & {
    readonly servername?: string | undefined;
  };
  readonly proxyUrl: string | undefined;
};

export type CredentialSource = {
  /** `https://host:port`, with no slash at the end. */
  readonly server: string;
  /** Reads token and certificates again where they may have changed. */
  read(): Promise<Credentials>;
  /** Forgets what was cached, after the server refused it. */
  reload(): void;
};

const IN_CLUSTER_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

function loadConfig(paths: string): KubeConfig {
  const config = new KubeConfig();
  if (paths === '') {
    if (!existsSync(IN_CLUSTER_TOKEN)) {
      throw new PortError(
        'Invalid',
        'No kubeconfig was given and this is no pod of a cluster; pass --kubeconfig or set KUBECONFIG.',
      );
    }
    config.loadFromCluster();
    return config;
  }
  const [first = '', ...more] = paths.split(delimiter).filter((path) => path !== '');
  for (const [index, path] of [first, ...more].entries()) loadFile(config, path, index === 0);
  return config;
}

function loadFile(config: KubeConfig, path: string, isFirst: boolean): void {
  try {
    if (isFirst) return config.loadFromFile(path);
    const other = new KubeConfig();
    other.loadFromFile(path);
    config.mergeConfig(other);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new PortError('Invalid', `The kubeconfig ${path} cannot be read: ${said}`, { cause });
  }
}

/** `paths`: kubeconfig files joined as in KUBECONFIG; empty: the service account of the pod. */
export function credentialsFrom(paths: string): CredentialSource {
  let config = loadConfig(paths);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new PortError(
      'Invalid',
      `The kubeconfig ${paths} has no current context with a cluster; run \`kubectl config use-context\`.`,
    );
  }
  refuseFilesOutOfReach(config, paths);
  return {
    server: cluster.server.replace(/\/+$/, ''),
    reload: () => {
      config = loadConfig(paths);
    },
    read: async () => {
      const options: RequestOptions & { servername?: string } = {};
      await config.applyToHTTPSOptions(options);
      const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
      return {
        headers: headersOf(options),
        tls: { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername },
        proxyUrl: config.getCurrentCluster()?.proxyUrl,
      };
    },
  };
}

/** A kubeconfig is often brought into a container without the files it names; to wait for the API server would not help. */
function refuseFilesOutOfReach(config: KubeConfig, paths: string): void {
  const { caFile } = config.getCurrentCluster() ?? {};
  const { certFile, keyFile } = config.getCurrentUser() ?? {};
  for (const file of [caFile, certFile, keyFile]) {
    if (file === undefined || isReadable(file)) continue;
    throw new PortError(
      'Invalid',
      `The kubeconfig ${paths} names ${file}, which cannot be read; \`kubectl config view --raw --flatten\` prints one that holds its files.`,
    );
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function headersOf(options: RequestOptions): Readonly<Record<string, string>> {
  const entries = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const basic = typeof options.auth === 'string' ? Buffer.from(options.auth).toString('base64') : undefined;
  return { ...Object.fromEntries(entries), ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }) };
}
