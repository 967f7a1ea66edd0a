/**
 * The chart as a platform engineer uses it, on a real control plane whose operator pods run for real: installed from an
 * older version, upgraded, asked, allowed to act, uninstalled; then the other Helm. On the testbed, or on a kind cluster.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { selfSigned } from '../../src/controller/server/certificate.ts';
import { PARTS } from '../../src/tuning/checkpoint.ts';
import { CHART, type ChartCluster, startChartCluster } from '../support/chart-cluster.ts';
import { rightsOf, sentenceOf, used } from '../support/chart-rights.ts';
import { describeInCluster, eventually } from '../support/control-plane.ts';
import { connectionFrom, startStranger } from '../support/policy-probe.ts';
import { liveValue, reasonOf } from '../support/small-cluster.ts';

const NAMESPACE = 'cni-tuner';
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:cni-tuner`;
const TUNING = '/apis/cnituning.dev/v1alpha1/cnitunings/default';
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cnitunings.cnituning.dev';
const STEP_MS = 240_000;

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app.kubernetes.io%2Fname%3Dcni-tuner`;

type OperatorPodObject = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeSelector: object; readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly podIP: string; readonly hostIP: string };
};

const partsOf = ({ metadata: { name }, spec, status }: OperatorPodObject) => ({
  name,
  image: spec.containers[0]?.image ?? '',
  nodeSelector: spec.nodeSelector,
  address: status.podIP,
  nodeAddress: status.hostIP,
});

const NO_WATCH_LIST = 'lists in pages where WatchList is refused: test/integration/kube-watch.test.ts';
/** Which parts are written again depends on how long the story takes. */
const HISTORY_PARTS = Array.from(
  { length: PARTS },
  (_, part) => `patch configmaps cni-tuner-history-${part} in ${NAMESPACE}`,
);
/** Rights that this story has no occasion for, and the test of the occasion. */
const OTHER_OCCASIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    HISTORY_PARTS.map((right) => [right, 'stores parts anew: test/integration/checkpoint-store.test.ts']),
  ),
  [`patch configmaps cni-tuner-growth in ${NAMESPACE}`]:
    'stores the growth again after ten minutes: src/controller/growth-checkpoint.test.ts',
  'list nodes': NO_WATCH_LIST,
  'list pods': NO_WATCH_LIST,
  'list events': NO_WATCH_LIST,
  'list cnitunings.cnituning.dev': NO_WATCH_LIST,
  'list daemonsets.apps aws-node in kube-system': NO_WATCH_LIST,
  'patch events.events.k8s.io': 'counts the same event again in one series: test/integration/kube-writes.test.ts',
};

let cluster: ChartCluster;
let valuesFile: string;

beforeAll(async () => {
  cluster = await startChartCluster({ nodes: 4, podsPerNode: 3 });
  valuesFile = join(cluster.folder, 'values.json');
  await writeFile(valuesFile, JSON.stringify(cluster.values));
  await cluster.plane.api.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
}, STEP_MS);
afterAll(async () => await cluster?.stop());

async function helm(argv: readonly string[], major: 3 | 4 = 4): Promise<string> {
  const { stdout, stderr, exitCode } = await cluster.helm(major, [...argv, '--namespace', NAMESPACE]);
  if (exitCode !== 0) throw new Error(`helm ${argv.join(' ')}: ${stderr}${stdout}\n${await podLogs()}`);
  return stdout;
}

async function podLogs(): Promise<string> {
  const pods = await cluster.operatorPods();
  const logs = pods.map(async ({ name, log }) => `${name}:\n${(await log()).slice(-2_000)}`);
  return (await Promise.all(logs)).join('\n');
}

const waited = (): readonly string[] => ['-f', valuesFile, '--wait', '--timeout', '90s'];
const untilStatus = async (isSo: (status: CniTuningStatus) => boolean): Promise<CniTuningStatus> =>
  await eventually(
    async () => {
      const { status } = await cluster.plane.api.get<{ status: CniTuningStatus }>(TUNING);
      if (!isSo(status)) throw new Error(`not yet: ${JSON.stringify(status)}\n${await podLogs()}`);
      return status;
    },
    { timeoutMs: STEP_MS - 20_000 },
  );

async function columnsOfCrd(): Promise<readonly string[]> {
  type Crd = { spec: { versions: { additionalPrinterColumns: { name: string }[] }[] } };
  const { spec } = await cluster.plane.api.get<Crd>(CRD);
  return spec.versions.flatMap(({ additionalPrinterColumns }) => additionalPrinterColumns.map(({ name }) => name));
}

/** The chart as an older release would have been: its number, and a resource without today's first column. */
async function olderChart(): Promise<string> {
  const folder = join(cluster.folder, 'older');
  await cp(CHART, folder, { recursive: true });
  const edit = async (name: string, change: (text: string) => string): Promise<void> => {
    const file = join(folder, name);
    await writeFile(file, change(await readFile(file, 'utf8')));
  };
  await edit('Chart.yaml', (text) => text.replace(/^version: .*$/m, 'version: 0.0.9'));
  await edit('files/crds/cnituning.dev_cnitunings.yaml', (text) =>
    text.replace(/ {8}- name: Mode\n(?: {10}.*\n)+/, ''),
  );
  return folder;
}

describeInCluster('the chart', () => {
  it('passes the lint of both Helms', async () => {
    for (const major of [3, 4] as const) {
      const { exitCode, stdout } = await cluster.helm(major, ['lint', '--strict', CHART]);
      expect(`${exitCode} ${stdout}`).toMatch(/^0 [^]*0 chart\(s\) failed/);
    }
  });

  it(
    'installs an older version into a restricted namespace, and upgrades it with its resource',
    async () => {
      await helm(['install', 'cni-tuner', await olderChart(), ...waited()]);
      expect(await columnsOfCrd()).not.toContain('Mode');
      await helm(['upgrade', 'cni-tuner', CHART, ...waited()]);
      expect(await columnsOfCrd()).toContain('Mode');
      await eventually(async () => expect(await cluster.operatorPods()).toHaveLength(2));
      expect(await helm(['test', 'cni-tuner', '--timeout', '60s'])).toMatch(/Phase:\s+Succeeded/);
    },
    STEP_MS,
  );

  it(
    'gives advice, acts when it is allowed to, and restores what was there',
    async () => {
      const { plane } = cluster;
      const apply = async (spec: object): Promise<void> => {
        const tuning = { apiVersion: 'cnituning.dev/v1alpha1', kind: 'CniTuning', metadata: { name: 'default' }, spec };
        const applied = await plane.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(tuning) });
        expect(applied).toMatchObject({ exitCode: 0 });
      };
      await apply({ history: { minimum: '1m' } });
      const advised = await untilStatus(({ recommendation }) => recommendation !== undefined);
      expect(reasonOf(advised, 'Ready')).toBeDefined();
      // Read from EC2, past the NetworkPolicy.
      expect(advised.subnets?.length).toBeGreaterThan(0);
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('1');

      await apply({ history: { minimum: '1m' }, mode: 'Apply', ownership: { takeOverFrom: ['eks'] } });
      await untilStatus(({ changes }) => changes?.[0]?.result === 'Complete');
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('0');

      expect(await plane.kubectl(['delete', 'cnit', 'default', '--timeout=90s'])).toMatchObject({ exitCode: 0 });
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('1');
    },
    STEP_MS,
  );

  it('is reached at its metrics only, and reaches nothing it has no business with', async ({ skip }) => {
    const { enforcesNetworkPolicies, plane } = cluster;
    if (!enforcesNetworkPolicies) return skip('the network of this cluster enforces no NetworkPolicy');
    const { items } = await plane.api.get<{ items: readonly OperatorPodObject[] }>(PODS);
    const [operator] = items;
    if (operator === undefined) throw new Error('There is no pod of the operator.');
    const { name, image, nodeSelector, address, nodeAddress } = partsOf(operator);
    const own = { namespace: NAMESPACE, pod: name };
    const stranger = await startStranger(plane, { image, nodeSelector });
    const kubelet = { host: nodeAddress, port: 10250 };
    try {
      const to = async (port: number) => await connectionFrom(plane, stranger.place, { host: address, port });
      expect({ metrics: await to(8080), health: await to(8081) }).toEqual({ metrics: 'reached', health: 'dropped' });
      expect(await connectionFrom(plane, stranger.place, kubelet)).toBe('reached');
      expect(await connectionFrom(plane, own, kubelet)).toBe('dropped');
    } finally {
      await stranger.remove();
    }
  });

  it(
    'guards its metrics when it is told to',
    async () => {
      await helm(['upgrade', 'cni-tuner', CHART, ...waited(), '--set', 'metrics.secure=true']);
      await eventually(async () => expect(await cluster.operatorPods()).toHaveLength(2));
      expect(await helm(['test', 'cni-tuner', '--timeout', '60s'])).toMatch(/Phase:\s+Succeeded/);
    },
    STEP_MS,
  );

  it(
    'serves its metrics under the certificate of a Secret, which its test verifies',
    async () => {
      const { cert, key } = selfSigned(`cni-tuner-metrics.${NAMESPACE}.svc`, Date.now());
      await cluster.plane.api.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'metrics-tls' },
        type: 'kubernetes.io/tls',
        stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert },
      });
      const secured = ['--set', 'metrics.secure=true,metrics.tlsSecret=metrics-tls'];
      await helm(['upgrade', 'cni-tuner', CHART, ...waited(), ...secured]);
      await eventually(async () => expect(await cluster.operatorPods()).toHaveLength(2));
      expect(await helm(['test', 'cni-tuner', '--timeout', '60s'])).toMatch(/Phase:\s+Succeeded/);
    },
    STEP_MS,
  );

  it('keeps the operator well within the memory it asks for', async ({ skip }) => {
    const pods = await cluster.operatorPods();
    const used = await Promise.all(pods.map(async ({ memoryBytes }) => await memoryBytes()));
    const known = used.flatMap((bytes) => (bytes === undefined ? [] : [bytes / 2 ** 20]));
    if (known.length < used.length) return skip('no kubelet of this cluster tells the memory of pods');
    expect(Math.min(...known)).toBeGreaterThan(50);
    expect(Math.max(...known)).toBeLessThan(256);
  });

  it('grants every right the operator used and none that it did not', async ({ skip }) => {
    const { api } = cluster.plane;
    const requests = (await cluster.requests())?.filter(({ user }) => user === ACCOUNT);
    if (requests === undefined) return skip('this cluster shows no audit log');
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter(({ status }) => status === 401 || status === 403).map(({ uri }) => uri)).toEqual([]);
    const rights = await rightsOf(api, NAMESPACE, 'cni-tuner');
    const unused = rights.filter((right) => !requests.some((request) => used(right, request))).map(sentenceOf);
    expect(unused.filter((right) => OTHER_OCCASIONS[right] === undefined)).toEqual([]);
    expect(rights.map(sentenceOf)).toEqual(expect.arrayContaining(Object.keys(OTHER_OCCASIONS)));
    expect(rights.filter(({ resource, verb }) => resource === 'daemonsets' && verb === 'patch')).toEqual([
      { verb: 'patch', apiGroup: 'apps', resource: 'daemonsets', name: 'aws-node', namespace: 'kube-system' },
    ]);
  });

  it(
    'uninstalls, keeps the resource, and installs again over it, by Helm 3 as well',
    async () => {
      await helm(['uninstall', 'cni-tuner', '--wait', '--timeout', '60s']);
      await eventually(async () => expect(await cluster.operatorPods()).toEqual([]));
      expect(await columnsOfCrd()).toContain('Mode');
      await helm(['install', 'cni-tuner', CHART, ...waited()], 3);
      await helm(['uninstall', 'cni-tuner', '--wait', '--timeout', '60s'], 3);
      expect(await columnsOfCrd()).toContain('Mode');
    },
    STEP_MS,
  );
});
