/** A cluster that somebody else runs, of which the testbed is a guest: what it may do there, and when it must not. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../control-plane/api-client.ts';
import { type KubectlResult, runKubectl } from '../control-plane/kubectl.ts';
import { MissingPrerequisite } from '../control-plane/missing-prerequisite.ts';
import { RUNNER_LABEL } from '../pods/runner-node.ts';
import type { PlainCluster } from '../stand-in.ts';

export type JoinedCluster = PlainCluster & {
  readonly kubeconfig: string;
  /** As who the kubeconfig names; never rejects for an exit code. */
  kubectl(argv: readonly string[], options?: { readonly input?: string }): Promise<KubectlResult>;
  /** Takes the testbed's accounts away again. */
  leave(): Promise<void>;
};

type Joining = {
  /** Named by the user: a test must not touch somebody's cluster by default. */
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** For what is written meanwhile. */
  readonly folder: string;
};

const NAMESPACE = 'cni-tuner-testbed';
const TOKEN_LASTS = '4h';

/** Throws MissingPrerequisite with one sentence when the cluster is not one for this. */
export async function refuseUnfitCluster(joining: Joining): Promise<void> {
  const kubectl = kubectlOf(joining);
  await connectionOf(kubectl, joining);
  await refuseUnfit(kubectl, joining.kubeconfig);
}

/** Throws as `refuseUnfitCluster` does. */
export async function joinCluster(joining: Joining): Promise<JoinedCluster> {
  const { kubeconfig, folder } = joining;
  await mkdir(folder, { recursive: true });
  const kubectl = kubectlOf(joining);
  const { url, authority } = await connectionOf(kubectl, joining);
  await refuseUnfit(kubectl, kubeconfig);
  const connection = { url, caFile: join(folder, 'ca.crt') };
  await writeFile(connection.caFile, authority);
  await must(kubectl, ['apply', '--server-side', '-f', '-'], JSON.stringify(accounts()));
  const token = async (name: string): Promise<string> =>
    (await must(kubectl, ['create', 'token', name, '--namespace', NAMESPACE, `--duration=${TOKEN_LASTS}`])).trim();
  const api: ApiClient = createApiClient({ ...connection, token: await token('testbed') });
  return {
    ...connection,
    api,
    kubeconfig,
    kubectl,
    tokens: { cni: await token('vpc-cni') },
    leave: async () => {
      api.close();
      await must(kubectl, ['delete', 'clusterrolebinding', NAMESPACE, '--ignore-not-found']);
      await must(kubectl, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=60s']);
    },
  };
}

type Kubectl = JoinedCluster['kubectl'];

const kubectlOf =
  ({ kubectl: program, kubeconfig, folder }: Joining): Kubectl =>
  async (argv, { input } = {}) =>
    await runKubectl({ program, kubeconfig, cacheFolder: join(folder, 'kubectl') }, argv, input);

async function must(kubectl: Kubectl, argv: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(argv, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

type View = {
  readonly clusters?: readonly {
    readonly cluster: { readonly server?: string; readonly 'certificate-authority-data'?: string };
  }[];
};

async function connectionOf(kubectl: Kubectl, { kubeconfig }: Joining) {
  const { stdout } = await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']);
  const view: View = JSON.parse(stdout === '' ? '{}' : stdout);
  const { server, 'certificate-authority-data': authority } = view.clusters?.[0]?.cluster ?? {};
  if (server === undefined || authority === undefined) {
    throw new MissingPrerequisite(
      `The kubeconfig ${kubeconfig} names no cluster with a certificate authority in its current context; give one that does.`,
    );
  }
  return { url: server, authority: Buffer.from(authority, 'base64') };
}

async function refuseUnfit(kubectl: Kubectl, kubeconfig: string): Promise<void> {
  const daemonSet = await kubectl(['get', 'daemonset', 'aws-node', '--namespace', 'kube-system', '--output', 'name']);
  if (daemonSet.exitCode === 0) {
    throw new MissingPrerequisite(
      `The cluster of ${kubeconfig} has an aws-node DaemonSet already; this brings a stand-in of its own, so give it a cluster that is no EKS and that nobody needs.`,
    );
  }
  if (!daemonSet.stderr.includes('NotFound')) {
    throw new MissingPrerequisite(`The cluster of ${kubeconfig} does not answer: ${daemonSet.stderr.trim()}`);
  }
  const labels = `${RUNNER_LABEL}=true,eks.amazonaws.com/compute-type=fargate`;
  const nodes = await must(kubectl, ['get', 'nodes', '--selector', labels, '--output', 'name']);
  if (nodes.trim() === '') {
    throw new MissingPrerequisite(
      `No node of the cluster of ${kubeconfig} has the labels ${labels.replace(',', ' and ')}; give them to every node that runs pods.`,
    );
  }
}

/** Two of them, so that the audit log tells the stand-in CNI from the rest. */
function accounts(): object {
  const names = ['testbed', 'vpc-cni'];
  const subjects = names.map((name) => ({ kind: 'ServiceAccount', name, namespace: NAMESPACE }));
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    ...names.map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } })),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAMESPACE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects,
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
