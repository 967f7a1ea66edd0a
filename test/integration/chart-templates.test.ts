/** What the chart renders, under each of its example values, is accepted by a real API server. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { findHelm, type HelmMajor, runHelm } from '../../testbed/control-plane/helm.ts';
import {
  applyManifest,
  describeOnPlane,
  eventually,
  freshNamespace,
  kubectl,
  sharedPlane,
} from '../support/control-plane.ts';

const CHART = join(import.meta.dirname, '../../deploy/chart');
const EXAMPLES = globSync('ci/*-values.yaml', { cwd: CHART });
const MONITORING = ['ServiceMonitor', 'PodMonitor', 'PrometheusRule'];

let namespace: string;

/** Kinds of the Prometheus operator, any shape allowed: the chart's own part is checked against their documentation. */
function monitoringKind(kind: string): object {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

async function template(argv: readonly string[], major: HelmMajor = 4) {
  const program = await findHelm(major);
  if (program === undefined) throw new Error(`There is no Helm ${major} for this machine.`);
  const helm = { program, kubeconfig: sharedPlane().kubeconfigs.admin, folder: join(tmpdir(), 'cni-tuner-helm') };
  return await runHelm(helm, ['template', 'cni-tuner', CHART, '--namespace', namespace, ...argv]);
}

describeOnPlane('the chart', () => {
  beforeAll(async () => {
    namespace = await freshNamespace('chart');
    for (const kind of MONITORING) await applyManifest(monitoringKind(kind));
    await eventually(async () => {
      const served = await kubectl(['get', 'servicemonitors,podmonitors,prometheusrules', '-A']);
      if (served.exitCode !== 0) throw new Error(served.stderr);
    });
  });

  it.each(EXAMPLES.flatMap((example) => [3, 4].map((major) => [example, major] as const)))(
    'renders with %s by Helm %i what the API server accepts',
    async (example, major) => {
      const rendered = await template(['-f', join(CHART, example)], major as HelmMajor);
      expect(rendered.stderr).toBe('');
      const argv = ['--dry-run=server', '--force-conflicts', '--field-manager=helm'];
      const applied = await applyManifest(rendered.stdout, argv);
      expect(applied.stdout.trim().split('\n')).toHaveLength(
        parseAllDocuments(rendered.stdout).filter((document) => document.toJS() !== null).length,
      );
      expect(applied.stderr).not.toMatch(/PodSecurity|unknown field|duplicate/);
    },
  );

  it('renders the single file that installs everything, and the server accepts it', async () => {
    const text = await readFile(join(CHART, '../install.yaml'), 'utf8');
    const here = text.replaceAll(/namespace: cni-tuner$/gm, `namespace: ${namespace}`);
    const applied = await applyManifest(here, ['--dry-run=server', '--force-conflicts', '--field-manager=install']);
    expect(applied.stdout).toMatch(/deployment\.apps\/cni-tuner serverside-applied/);
  });

  it.each([
    [['--set', 'replica=3'], /replica/],
    [['--set', 'image.digest=latest'], /digest/],
    [['--set', 'logLevel=loud'], /logLevel/],
    [['--set', 'aws.roleArn=cni-tuner'], /roleArn/],
    [['--set-json', 'daemonSets=[]'], /daemonSets/],
    [['--set', 'metrics.secure=true,metrics.podMonitor.enabled=true'], /metrics\.tokenSecret\.name/],
  ])('refuses %j before anything is sent, and names the value', async (argv, name) => {
    const { exitCode, stderr } = await template(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(name);
  });

  it('lets the operator ask about tokens, and has Prometheus show one, only where metrics are secured', async () => {
    const monitored = ['--set', 'metrics.serviceMonitor.enabled=true'];
    expect((await template(monitored)).stdout).not.toMatch(/tokenreviews|metrics-reader|bearerToken|--metrics-secure/);
    const own = (await template([...monitored, '--set', 'metrics.secure=true'])).stdout;
    expect(own).toMatch(/resources: \[tokenreviews\]/);
    expect(own).toMatch(/scheme: https\n +bearerTokenFile: \S+\n +tlsConfig:\n +insecureSkipVerify: true\n/);
    expect(own).not.toContain('--metrics-cert-path');
    const vouched = (await template(['-f', join(CHART, 'ci/secure-metrics-values.yaml')])).stdout;
    expect(vouched).toContain(`serverName: cni-tuner-metrics.${namespace}.svc`);
    expect(vouched).not.toMatch(/insecureSkipVerify|bearerTokenFile/);
    expect(vouched).toContain('--metrics-cert-path=/etc/cni-tuner/metrics');
  });

  it('pins the image by digest, keeps the resource, and asks for one DaemonSet at a time', async () => {
    const { stdout } = await template(['-f', join(CHART, 'ci/everything-values.yaml')]);
    expect(stdout).toContain(`/cni-tuner:${manifest.version}@sha256:${'0'.repeat(64)}"`);
    expect(stdout).toContain('helm.sh/resource-policy: keep');
    expect(stdout).toContain('eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/cni-tuner');
    expect([...stdout.matchAll(/resourceNames: \[(aws-node[a-z-]*)\]/g)].map(([, name]) => name)).toEqual([
      'aws-node',
      'aws-node-gpu',
    ]);
    expect(stdout).toMatch(/kind: PrometheusRule[^]*alert: /);
    expect(stdout).toMatch(/grafana_dashboard: "1"/);
  });
});
