/** kind itself, of which only the engine below is missing: it takes our configuration and asks Docker for what we mean. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createKindCluster } from '../../testbed/kind/kind-cluster.ts';
import { buildKind } from '../../testbed/kind/kind-tools.ts';
import { MissingPrerequisite } from '../../testbed/control-plane/missing-prerequisite.ts';
import { recordingDocker } from '../support/recording-docker.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'cni-tuner-e2e';
const IMAGE = 'registry.example/cni-tuner:1.2.3';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'kind-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function kindOrReason(): Promise<string | MissingPrerequisite> {
  return await buildKind(() => {}, process.env).catch((error) => {
    if (error instanceof MissingPrerequisite) return error;
    throw error;
  });
}

async function create(kind: string, version: string) {
  const docker = await recordingDocker(folder, { cluster: NAME, version });
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, HOME: folder };
  const options = { docker: docker.program, kind, image: IMAGE, workFolder: ROOT, env, say: () => {} };
  const cluster = await createKindCluster({ ...options, configFile: join(ROOT, 'test/e2e/kind.yaml') });
  return { docker, cluster };
}

type Arguments = Readonly<Record<string, string>> | readonly { readonly name: string; readonly value: string }[];
type Kubeadm = {
  readonly kind: string;
  readonly apiServer?: {
    readonly extraArgs: Arguments;
    readonly extraVolumes: readonly { readonly mountPath: string }[];
  };
  readonly nodeRegistration?: { readonly kubeletExtraArgs: Arguments };
};

const asMap = (given: Arguments): Readonly<Record<string, string>> =>
  isList(given) ? Object.fromEntries(given.map(({ name, value }) => [name, value])) : given;
const isList = (given: Arguments): given is Exclude<Arguments, Readonly<Record<string, string>>> =>
  Array.isArray(given);

describe('a kind cluster for the end-to-end tests', () => {
  it.for(['v1.36.4', 'v1.35.8'])('is what the tests need, with Kubernetes %s', async (version, { skip }) => {
    const kind = await kindOrReason();
    if (typeof kind !== 'string') return skip(kind.message);
    const { docker, cluster } = await create(kind, version);
    expect(cluster.hostAddress).toBe('172.18.0.1');
    expect(await readFile(cluster.kubeconfig, 'utf8')).toContain('https://127.0.0.1:6443');

    const configs = parseAllDocuments(await docker.kubeadmConfig('control-plane')).map((each): Kubeadm => each.toJS());
    const { apiServer } = configs.find((each) => each.kind === 'ClusterConfiguration') ?? {};
    expect(asMap(apiServer?.extraArgs ?? {})).toMatchObject({
      'audit-log-path': cluster.auditLogCommand.at(-1),
      'audit-policy-file': '/etc/kubernetes/audit-policy.yaml',
      // kind's own is still there.
      'runtime-config': '',
    });
    expect(apiServer?.extraVolumes.map(({ mountPath }) => mountPath)).toEqual([
      '/etc/kubernetes/audit-policy.yaml',
      '/var/log/kubernetes',
    ]);
    for (const node of ['control-plane', 'worker']) {
      const documents = parseAllDocuments(await docker.kubeadmConfig(node)).map((each): Kubeadm => each.toJS());
      const labels = documents.flatMap(({ nodeRegistration }) =>
        nodeRegistration === undefined
          ? []
          : (asMap(nodeRegistration.kubeletExtraArgs)['node-labels'] ?? '').split(','),
      );
      expect(labels).toEqual(
        expect.arrayContaining(['eks.amazonaws.com/compute-type=fargate', 'testbed.cnituning.dev/runs-pods=true']),
      );
    }

    await cluster.delete();
    const calls = await docker.calls();
    const policy = `--volume=${join(ROOT, 'test/e2e/kind-audit-policy.yaml')}:/etc/kubernetes/audit-policy.yaml:ro`;
    expect(calls.filter((call) => call.startsWith('run ') && call.includes(policy))).toHaveLength(1);
    expect(calls.findIndex((call) => call.startsWith('build --tag'))).toBeLessThan(
      calls.findIndex((call) => call.startsWith('run ')),
    );
    const loads = calls.filter((call) => call.includes('images import'));
    expect(
      loads.map((call) => /cni-tuner-e2e-[a-z-]+/.exec(call)?.[0]).toSorted((a = '', b = '') => a.localeCompare(b)),
    ).toEqual([`${NAME}-control-plane`, `${NAME}-worker`]);
    expect(calls.at(-1)).toMatch(/^rm -f -v /);
  });

  it('is refused where one is there already', async ({ skip }) => {
    const kind = await kindOrReason();
    if (typeof kind !== 'string') return skip(kind.message);
    const { cluster } = await create(kind, 'v1.36.4');
    await expect(create(kind, 'v1.36.4')).rejects.toThrow(/^A kind cluster cni-tuner-e2e is there already/);
    await cluster.delete();
  });
});
