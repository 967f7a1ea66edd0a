/**
 * The commands of the README and the how-tos, typed as they stand, page by page, against a cluster in which the operator's
 * pods run. The tutorial has a test of its own.
 */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findHelm } from '../../testbed/control-plane/helm.ts';
import { type ChartCluster, startChartCluster } from '../support/chart-cluster.ts';
import { describeInCluster } from '../support/control-plane.ts';
import { stepsOf } from '../support/documented-commands.ts';
import { findMoto, MOTO_REMEDY } from '../support/moto.ts';
import { type PretendedAws, startPretendedAws } from '../support/pretended-aws.ts';
import { failuresOf, typeAll } from '../support/reader.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TUNING =
  '{apiVersion: cnituning.dev/v1alpha1, kind: CniTuning, metadata: {name: default}, spec: {mode: Recommend}}';
/** What a reader of the page has behind them. */
const INSTALLED = [
  'helm upgrade --install cni-tuner deploy/chart --namespace cni-tuner --create-namespace --wait --timeout 90s',
  `echo '${TUNING}' | kubectl apply -f -`,
  `kubectl wait cnit default --for=jsonpath='{.status.observedGeneration}' --timeout=60s`,
];
/** What somebody has behind them who needs the last section of uninstall.md. */
const STUCK = [
  'kubectl apply --server-side -f crds/cnituning.dev_cnitunings.yaml',
  served('cnitunings'),
  `echo '${TUNING.replace('name: default', 'name: default, finalizers: [cnituning.dev/restore]')}' | kubectl apply -f -`,
  'kubectl delete cnit default --wait=false',
];
/** Not `kubectl wait`: it gives up while a new resource has no conditions at all yet. */
function served(plural: string): string {
  return `timeout 60 sh -c 'until kubectl get ${plural} --all-namespaces >/dev/null 2>&1; do sleep 0.2; done'`;
}

const HAS_AWS = spawnSync('aws', ['--version']).status === 0;

let cluster: ChartCluster;
let folder = '';
let aws: PretendedAws | undefined;

/** A checkout for people to write into, and the programs they have. */
async function readersFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'docs-'));
  for (const name of await readdir(ROOT)) await symlink(join(ROOT, name), join(made, name));
  const values = join(made, 'values.json');
  await writeFile(values, JSON.stringify(cluster.values));
  const helm = await findHelm(4);
  if (helm === undefined) throw new Error('There is no Helm 4 for this machine.');
  await writeFile(
    join(made, 'helm'),
    `#!/bin/sh\ncase "$1" in install|upgrade) exec '${helm}' "$@" --values '${values}' ;; *) exec '${helm}' "$@" ;; esac\n`,
  );
  await chmod(join(made, 'helm'), 0o755);
  await symlink(cluster.kubectlProgram, join(made, 'kubectl'));
  return made;
}

function shell() {
  const awsVariables = {
    AWS_ENDPOINT_URL: aws?.url ?? '',
    AWS_ACCESS_KEY_ID: 'reader',
    AWS_SECRET_ACCESS_KEY: 'reader',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
  };
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, KUBECONFIG: cluster.kubeconfig };
  return { cwd: folder, env: { ...env, ...awsVariables } };
}

/** Types what a page takes for granted. */
async function prepare(commands: readonly string[]): Promise<void> {
  const failures = failuresOf(await typeAll(commands, shell()));
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

async function failuresOfPage(page: string, keep: (section: string) => boolean = () => true) {
  const steps = stepsOf(await readFile(join(ROOT, page), 'utf8')).filter(({ section }) => keep(section));
  const commands = steps.flatMap((step) => step.commands);
  if (commands.length === 0) return [`${page} has no command`];
  return failuresOf(await typeAll(commands, shell()));
}

describeInCluster('the documented commands', () => {
  beforeAll(async () => {
    cluster = await startChartCluster({ nodes: 3, podsPerNode: 2 });
    folder = await readersFolder();
    const moto = findMoto();
    if (moto !== undefined && HAS_AWS) aws = await startPretendedAws(moto);
  });
  afterAll(async () => {
    await aws?.stop();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => await prepare(INSTALLED));

  it('of the README install, ask and show', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    await writeFile(join(folder, 'my-tuning.yaml'), yaml);
    expect(await failuresOfPage('README.md', (section) => section === 'Run it on a cluster')).toEqual([]);
  });

  it.each(
    ['README.md', 'private-cluster.md', 'upgrade.md', 'auto-mode.md', 'change-windows.md'].map(
      (page) => `docs/how-to/${page}`,
    ),
  )('of %s run as they stand', async (page) => expect(await failuresOfPage(page)).toEqual([]));

  it('of docs/how-to/monitoring.md run where the Prometheus operator is', async () => {
    const crds = ['servicemonitors', 'prometheusrules'].map((plural) => foreignCrd(plural)).join('\n---\n');
    await writeFile(join(folder, 'monitoring.yaml'), crds);
    await prepare(['kubectl apply -f monitoring.yaml', served('servicemonitors'), served('prometheusrules')]);
    expect(await failuresOfPage('docs/how-to/monitoring.md')).toEqual([]);
    const made = await typeAll(['kubectl -n cni-tuner get servicemonitors,prometheusrules -o name'], shell());
    expect(made[0]?.said).toMatch(/servicemonitor\S+\/cni-tuner\n.*prometheusrule\S+\/cni-tuner/);
  });

  it('of docs/how-to/gitops.md run where the ConfigMap of Argo CD is', async () => {
    await prepare(['kubectl create namespace argocd', 'kubectl -n argocd create configmap argocd-cm']);
    expect(await failuresOfPage('docs/how-to/gitops.md')).toEqual([]);
    const told = await typeAll(['kubectl -n argocd get configmap argocd-cm -o yaml'], shell());
    expect(told[0]?.said).toMatch(/resource\.customizations\.health\.cnituning\.dev_CniTuning: \|/);
  });

  it('of docs/how-to/aws-access.md run, AWS being moto', async ({ skip }) => {
    if (aws === undefined) return skip(HAS_AWS ? MOTO_REMEDY : 'the AWS command line is missing: pip install awscli');
    await typeAll([CREATE_CLUSTER], shell());
    expect(await failuresOfPage('docs/how-to/aws-access.md')).toEqual([]);
    expect(aws.answered).toEqual(['POST /clusters/my-cluster/pod-identity-associations']);
    const account = await typeAll(['kubectl -n cni-tuner get sa cni-tuner -o yaml'], shell());
    expect(account[0]?.said).toMatch(/eks.amazonaws.com\/role-arn: arn:aws:iam::\d{12}:role\/cni-tuner-irsa/);
  });

  it('of docs/how-to/take-over.md run, AWS being moto', async ({ skip }) => {
    if (aws === undefined) return skip(HAS_AWS ? MOTO_REMEDY : 'the AWS command line is missing: pip install awscli');
    expect(await failuresOfPage('docs/how-to/take-over.md')).toEqual([]);
    expect(aws.answered).toContain('POST /clusters/my-cluster/addons/vpc-cni/update');
  });

  it('of docs/how-to/uninstall.md leave nothing, also where the operator went first', async () => {
    const late = 'The operator is gone already and an object does not go';
    expect(await failuresOfPage('docs/how-to/uninstall.md', (section) => section !== late)).toEqual([]);
    await prepare(STUCK);
    expect(await failuresOfPage('docs/how-to/uninstall.md', (section) => section === late)).toEqual([]);
    const left = await typeAll(['kubectl get cnit -o name', 'kubectl -n cni-tuner get pods -o name'], shell());
    expect(left.map(({ said }) => said)).toEqual(['', '']);
  });
});

const CREATE_CLUSTER =
  'aws eks create-cluster --name my-cluster --role-arn arn:aws:iam::123456789012:role/x --resources-vpc-config {}';

/** As much of the Prometheus operator's resource as the API server needs to take one. */
function foreignCrd(plural: string): string {
  const kind = { servicemonitors: 'ServiceMonitor', prometheusrules: 'PrometheusRule' }[plural] ?? '';
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
}
