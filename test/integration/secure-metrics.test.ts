/** `--metrics-secure` under the chart's own rights, with a real API server that knows tokens and who may do what. */
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAuditLog } from '../../testbed/control-plane/audit-log.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { findHelm, runHelm } from '../../testbed/control-plane/helm.ts';
import { findPrometheus } from '../../testbed/control-plane/prometheus.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { startPrometheus } from '../support/prometheus.ts';

const CHART = join(import.meta.dirname, '../../deploy/chart');
const NAMESPACE = 'cni-tuner';
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:cni-tuner`;

let plane: ControlPlane;
let operator: Operator;
let port: number;

/** As an administrator who wants them secured applies it: namespace, service account and rights. */
async function chartRights(): Promise<string> {
  const program = await findHelm(4);
  if (program === undefined) throw new Error('There is no Helm 4 for this machine.');
  const helm = { program, kubeconfig: plane.kubeconfigs.admin, folder: join(plane.folder, 'helm') };
  const parts = ['namespace', 'serviceaccount', 'rbac'].flatMap((name) => ['--show-only', `templates/${name}.yaml`]);
  const sets = ['--set', 'namespace.create=true,metrics.secure=true'];
  const { stdout, stderr } = await runHelm(helm, [
    'template',
    'cni-tuner',
    CHART,
    '--namespace',
    NAMESPACE,
    ...sets,
    ...parts,
  ]);
  expect(stderr).toBe('');
  return stdout;
}

async function kubectl(argv: readonly string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await plane.kubectl(argv, { input });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

const tokenOf = async (account: string): Promise<string> =>
  await kubectl(['-n', NAMESPACE, 'create', 'token', account]);

async function kubeconfigOf(account: string): Promise<string> {
  const file = join(plane.folder, `kubeconfig-${account}`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': account,
    clusters: [{ name: 'c', cluster: { server: plane.url, 'certificate-authority': plane.caFile } }],
    users: [{ name: account, user: { token: await tokenOf(account) } }],
    contexts: [{ name: account, context: { cluster: 'c', user: account } }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** The certificate is nobody's: whether to trust it is not asked here. */
async function ask(at: number, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port: at, path: '/metrics', headers, rejectUnauthorized: false, agent: false };
  return await new Promise<{ readonly status: number | undefined; readonly text: string }>((resolve, reject) => {
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    asked.once('error', reject).end();
  });
}

describeOnPlane('metrics for those who may read them', () => {
  beforeAll(async () => {
    plane = await startOwnPlane({ auditLog: true });
    await kubectl(['apply', '--server-side', '-f', '-'], await chartRights());
    for (const account of ['prometheus', 'stranger']) await kubectl(['-n', NAMESPACE, 'create', 'sa', account]);
    const subject = `--serviceaccount=${NAMESPACE}:prometheus`;
    await kubectl(['create', 'clusterrolebinding', 'scrape', '--clusterrole=cni-tuner-metrics-reader', subject]);
    operator = startOperator({ kubeconfig: await kubeconfigOf('cni-tuner'), flags: ['--metrics-secure'] });
    port = Number((await operator.untilLogged('Started'))['metricsPort']);
  });
  afterAll(async () => {
    await operator?.stop('SIGKILL');
    await plane?.stop();
  });

  it('are refused without a token, and with one that nobody gave out', async () => {
    expect(await ask(port)).toEqual({ status: 401, text: 'show a bearer token\n' });
    expect((await ask(port, 'made-up')).status).toBe(401);
  });

  it('are refused to an account without the right', async () => {
    const stranger = await tokenOf('stranger');
    expect(await ask(port, stranger)).toEqual({ status: 403, text: 'the owner of this token may not read this\n' });
  });

  it('are shown to an account with the right', async () => {
    const { status, text } = await ask(port, await tokenOf('prometheus'));
    expect(status).toBe(200);
    expect(text).toMatch(/^cnituning_build_info\{/m);
  });

  it('are not served without TLS', async () => {
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('are scraped by a real Prometheus that shows the token of its account', async ({ skip }) => {
    const found = await findPrometheus();
    if (found.kind === 'Missing') return skip(found.sentence);
    const tokenFile = join(plane.folder, 'token');
    await writeFile(tokenFile, await tokenOf('prometheus'), { mode: 0o600 });
    // What the Prometheus operator makes of the chart's ServiceMonitor.
    const scrape = {
      scheme: 'https',
      authorization: { credentials_file: tokenFile },
      tls_config: { insecure_skip_verify: true },
    };
    const prometheus = await startPrometheus({
      program: found.prometheus,
      rules: 'groups: []\n',
      targetPort: port,
      scrape,
    });
    try {
      await eventually(async () => expect(await prometheus.query('up == 1')).toHaveLength(1));
      expect(await prometheus.query('cnituning_build_info')).toHaveLength(1);
    } finally {
      await prometheus.stop();
    }
  });

  it('cost one question for a token, under no right but those of the chart', async () => {
    const reviews = (await readAuditLog(plane.auditLogFile ?? '')).filter(
      ({ user, resource }) => user === ACCOUNT && resource.endsWith('reviews'),
    );
    expect(reviews.map(({ status }) => status).filter((status) => status !== 201)).toEqual([]);
    expect(reviews.filter(({ resource }) => resource === 'subjectaccessreviews').length).toBeGreaterThan(1);
    expect(reviews.length).toBeLessThan(12);
  });

  it('are refused, with the reason in the log, where the operator may not ask', async () => {
    const powerless = startOperator({ kubeconfig: plane.kubeconfigs.operator, flags: ['--metrics-secure'] });
    const started = await powerless.untilLogged('Started');
    expect((await ask(Number(started['metricsPort']), await tokenOf('prometheus'))).status).toBe(503);
    const warning = await powerless.untilLogged('Whose token it is cannot be asked: the page is refused');
    expect(String(warning['because'])).toContain('cannot create resource "tokenreviews"');
    await powerless.stop('SIGKILL');
  });

  it('are not served at all where the certificate cannot be used', async () => {
    const flags = ['--metrics-secure', `--metrics-cert-path=${join(tmpdir(), 'nowhere')}`];
    const refused = startOperator({ kubeconfig: plane.kubeconfigs.operator, flags });
    expect((await refused.exited).code).toBe(2);
    expect(refused.errors()).toMatch(
      /^cni-tuner run: The certificate in \S+nowhere \(tls.crt, tls.key\) cannot be used: /,
    );
  });
});
