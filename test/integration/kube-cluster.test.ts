/** The cluster as the operator sees it, with nothing but the permissions of deploy/manifests/rbac.yaml. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Cluster } from '../../src/kube/cluster.ts';
import { openCluster } from '../../src/kube/cluster.ts';
import type { DemandChange } from '../../src/tuning/demand-change.ts';
import type { ClusterSnapshot } from '../../src/tuning/snapshot.ts';
import { AWS_NODE_PATH, applyAwsNode } from '../../testbed/cluster/aws-node.ts';
import { createNodes } from '../../testbed/cluster/nodes.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';
import { aLog, VARIABLES } from '../support/kube-adapter.ts';
import { grantOperator } from '../support/operator.ts';
import { installCrd } from '../support/shared-plane.ts';

const REF = { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' };
const TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';
const PODS = '/api/v1/namespaces/default/pods';
const NODES = ['node-a', 'node-b', 'node-c'] as const;

let plane: ControlPlane;
let cluster: Cluster;
let log: ReturnType<typeof aLog>;
let demand: DemandChange[];
let wakeUps: string[];
let requests: number;

const snapshot = (): ClusterSnapshot => cluster.reader.snapshot(REF, undefined, Date.now());

async function addNode(name: string): Promise<void> {
  const spec = { name, instanceId: `i-0${name}`, instanceType: 'm5.large', zone: 'us-east-1a', internalIp: '10.0.0.9' };
  await createNodes(plane.api, [spec]);
}

async function addPod(name: string, nodeName: string, spec: object = {}): Promise<void> {
  const containers = [{ name: 'main', image: 'example.com/main' }];
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName, containers, ...spec } };
  await plane.api.create(PODS, body);
}

async function removePod(name: string): Promise<void> {
  await plane.api.delete(`${PODS}/${name}?gracePeriodSeconds=0`);
}

async function open(kubeconfig = plane.kubeconfigs.operator): Promise<void> {
  cluster = await openCluster({
    kubeconfig,
    userAgent: 'cni-tuner/test',
    identity: 'test',
    variables: VARIABLES,
    log: log.log,
    onRequest: () => (requests += 1),
  });
  cluster.start({
    onDemand: (change) => demand.push(change),
    onChange: (names, cause) => wakeUps.push(...names.map((name) => `${name} ${cause}`)),
  });
  await cluster.whenSynced();
}

async function setTarget(value: string): Promise<void> {
  const containers = [{ name: 'aws-node', env: [{ name: 'WARM_ENI_TARGET', value }] }];
  const body = { spec: { template: { spec: { containers } } } };
  await plane.api.patch(`${AWS_NODE_PATH}?fieldManager=somebody`, { type: 'strategic-merge', body });
}

describeOnPlane('cluster', () => {
  beforeAll(async () => {
    plane = await startOwnPlane();
    await installCrd(plane);
    await grantOperator(plane);
    await applyAwsNode(plane.api, { maxUnavailable: 1 });
    for (const name of NODES) await addNode(name);
    await plane.api.create(TUNINGS, {
      apiVersion: 'cnituning.dev/v1alpha1',
      kind: 'CniTuning',
      metadata: { name: 'default' },
      spec: {},
    });
  });

  afterAll(async () => await plane.stop());

  beforeEach(async () => {
    log = aLog();
    demand = [];
    wakeUps = [];
    requests = 0;
    await open();
  });

  afterEach(async () => await cluster.close());

  it('takes a snapshot with every part in place, in a handful of requests', async () => {
    const { nodes, daemonSet, awsNodePods } = await eventually(() => {
      const taken = snapshot();
      expect(taken).toMatchObject({ synced: true, staleSinceMs: undefined });
      expect(taken.awsNodePods.filter(({ ready, updated }) => ready && updated)).toHaveLength(3);
      return taken;
    });
    expect(nodes.map(({ name }) => name).toSorted()).toEqual(NODES);
    expect(nodes[0]).toMatchObject({
      instanceType: 'm5.large',
      zone: 'us-east-1a',
      region: 'us-east-1',
      maxPods: 29,
      ready: true,
    });
    expect(daemonSet).toMatchObject({ containerFound: true, desired: 3, updateStrategy: 'RollingUpdate' });
    expect(daemonSet?.env.find(({ name }) => name === 'WARM_ENI_TARGET')).toEqual({
      name: 'WARM_ENI_TARGET',
      value: '1',
      hasValueFrom: false,
      valueOwners: [{ manager: 'eks', operation: 'Apply' }],
    });
    expect(awsNodePods.map(({ nodeName }) => nodeName).toSorted()).toEqual(NODES);
    expect(requests).toBeLessThanOrEqual(6);
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  it('counts pods that need an address, and tells when they come and go', async () => {
    await addPod('one', 'node-a');
    await addPod('two', 'node-a');
    await addPod('on-the-host', 'node-b', { hostNetwork: true });
    await eventually(() => expect(snapshot().podsByNode).toEqual(new Map([['node-a', 2]])));
    await removePod('one');
    await eventually(() => expect(snapshot().podsByNode).toEqual(new Map([['node-a', 1]])));
    await plane.api.patch(`${PODS}/two/status`, { type: 'merge', body: { status: { phase: 'Succeeded' } } });
    await eventually(() => expect(snapshot().podsByNode).toEqual(new Map()));
    const told = demand.flatMap((change) =>
      'pod' in change ? [`${change.kind} ${change.nodeName} ${change.pod}`] : [],
    );
    const [first, second] = demand.flatMap((change) => (change.kind === 'PodBound' ? [change.pod] : []));
    expect(told).toEqual([
      `PodBound node-a ${first}`,
      `PodBound node-a ${second}`,
      `PodGone node-a ${first}`,
      `PodGone node-a ${second}`,
    ]);
    expect(demand.some((change) => change.kind === 'PodBound' && change.alreadyRunning)).toBe(false);
    await removePod('two');
    await removePod('on-the-host');
  });

  it('tells of a node before its pods, and of pods that were there before as such', async () => {
    await addPod('early', 'node-late');
    await addPod('known', 'node-b');
    await eventually(() => expect(snapshot().podsByNode.get('node-b')).toBe(1));
    await cluster.close();
    demand = [];
    await open();
    await addNode('node-late');
    await eventually(() =>
      expect(demand.some((change) => change.kind === 'PodBound' && change.nodeName === 'node-late')).toBe(true),
    );
    const seenAt = demand.findIndex((change) => change.kind === 'NodeSeen' && change.node.name === 'node-late');
    const boundAt = demand.findIndex((change) => change.kind === 'PodBound' && change.nodeName === 'node-late');
    expect(seenAt).toBeGreaterThanOrEqual(0);
    expect(boundAt).toBeGreaterThan(seenAt);
    expect(demand).toContainEqual(
      expect.objectContaining({ kind: 'PodBound', nodeName: 'node-b', alreadyRunning: true }),
    );
    await plane.api.delete('/api/v1/nodes/node-late');
    await eventually(() => expect(demand.at(-1)).toMatchObject({ kind: 'NodeGone', nodeName: 'node-late' }));
    await removePod('early');
    await removePod('known');
  });

  it('follows a rollout pod by pod, also back to a template that some pods never left', async () => {
    await setTarget('3');
    await eventually(() => {
      const { awsNodePods, daemonSet } = snapshot();
      expect(daemonSet?.observedGeneration).toBe(daemonSet?.generation);
      expect(awsNodePods.some(({ updated }) => !updated)).toBe(true);
    });
    // Back while the first pods of the new template are there: the others count as updated, though older.
    await setTarget('1');
    await eventually(() => {
      const { awsNodePods, daemonSet } = snapshot();
      expect(daemonSet).toMatchObject({ updated: 3, available: 3, observedGeneration: daemonSet?.generation });
      expect(awsNodePods).toHaveLength(3);
      expect(awsNodePods.every(({ updated, ready }) => updated && ready)).toBe(true);
    });
    expect(wakeUps).toContain('default DaemonSet');
  });

  it('wakes whom a pod of aws-node concerns', async () => {
    const [pod] = await eventually(() => {
      expect(snapshot().awsNodePods).toHaveLength(3);
      return snapshot().awsNodePods;
    });
    const selector = `fieldSelector=spec.nodeName=${pod?.nodeName}`;
    const { items } = await plane.api.get<{ items: { metadata: { name: string } }[] }>(
      `/api/v1/namespaces/kube-system/pods?${selector}`,
    );
    wakeUps = [];
    for (const { metadata } of items) {
      await plane.api.delete(`/api/v1/namespaces/kube-system/pods/${metadata.name}?gracePeriodSeconds=0`);
    }
    await eventually(() => expect(wakeUps).toContain('default AwsNodePods'));
  });

  it('counts pods that were refused an address by node', async () => {
    await addPod('refused', 'node-c');
    const uid = (await plane.api.get<{ metadata: { uid: string } }>(`${PODS}/refused`)).metadata.uid;
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: 'refused.' },
      reason: 'FailedCreatePodSandBox',
      message: 'Failed to create pod sandbox: … add cmd: failed to assign an IP address to container',
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'refused', uid },
      type: 'Warning',
    };
    await plane.api.create('/api/v1/namespaces/default/events', event);
    await eventually(() =>
      expect(snapshot().addressFailures).toEqual([{ nodeName: 'node-c', pods: 1, sinceMs: expect.any(Number) }]),
    );
    expect(snapshot().failuresObserved).toBe(true);
    await eventually(() => expect(wakeUps).toContain('default AddressFailures'));
    await removePod('refused');
    await eventually(() => expect(snapshot().addressFailures).toEqual([]));
  });

  it('wakes a CniTuning for its own changes but not for its own status', async () => {
    const tuning = await eventually(() => {
      const object = cluster.tunings.get('default');
      if (object === undefined) throw new Error('not seen yet');
      return object;
    });
    await eventually(() => expect(wakeUps).toContain('default Watch'));
    wakeUps = [];
    await cluster.tunings.patchStatus(tuning, { observedGeneration: 1, settingSummary: String(Date.now()) });
    await plane.api.patch(`${TUNINGS}/default`, {
      type: 'merge',
      body: { metadata: { annotations: { 'cnituning.dev/reconcile': String(Date.now()) } } },
    });
    await eventually(() => expect(wakeUps).toContain('default Tuning'));
    expect(wakeUps.filter((wakeUp) => wakeUp === 'default Tuning')).toHaveLength(1);
  });

  it('follows a DaemonSet of another name as soon as a CniTuning names it', async () => {
    const other = { namespace: 'kube-system', name: 'other-cni', container: 'aws-node' };
    const labels = { app: 'other-cni' };
    const containers = [{ name: 'aws-node', image: 'example.com/cni', env: [{ name: 'WARM_ENI_TARGET', value: '2' }] }];
    const tolerations = [{ operator: 'Exists' }];
    await plane.api.create('/apis/apps/v1/namespaces/kube-system/daemonsets', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'other-cni' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { hostNetwork: true, containers, tolerations } },
      },
    });
    await plane.api.create(TUNINGS, {
      apiVersion: 'cnituning.dev/v1alpha1',
      kind: 'CniTuning',
      metadata: { name: 'other' },
      spec: { daemonSetRef: { name: 'other-cni' } },
    });
    // No Role allows it to be read: the snapshot stays incomplete and the reason is said.
    await eventually(() => {
      const trouble = cluster.health().find(({ name }) => name.includes('other-cni'))?.trouble;
      expect(trouble).toContain('cannot');
    });
    expect(cluster.reader.snapshot(other, undefined, Date.now())).toMatchObject({
      synced: false,
      refusedWatches: [expect.stringContaining('cannot')],
    });
    expect(snapshot().synced).toBe(true);
    await plane.api.patch('/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/cni-tuner-aws-node', {
      type: 'json',
      body: [{ op: 'add', path: '/rules/0/resourceNames/-', value: 'other-cni' }],
    });
    await eventually(() => {
      const taken = cluster.reader.snapshot(other, undefined, Date.now());
      expect(taken.synced).toBe(true);
      expect(taken.awsNodePods.filter(({ ready }) => ready)).toHaveLength(3);
    });
    // A cluster that is opened anew would read all pods once more as soon as it sees this name.
    await plane.api.delete(`${TUNINGS}/other`);
    await eventually(() => expect(cluster.tunings.list().map(({ name }) => name)).toEqual(['default']));
  });

  // Last: the API server is started anew, and its controllers take a while after that.
  it.each([
    { name: 'is not blind over a break after which every watch goes on', tooOld: false, blind: false },
    { name: 'is blind over a break whose history the API server has no more', tooOld: true, blind: true },
  ])('$name', async ({ tooOld, blind }) => {
    const { url, caFile, tokens } = plane;
    const proxy = await startApiProxy({ url, caFile, token: tokens.operator });
    await cluster.close();
    await open(proxy.kubeconfig);
    demand = [];
    proxy.disconnect();
    await addPod('meanwhile', 'node-a');
    const brokenForMs = (): number => Date.now() - (snapshot().staleSinceMs ?? Date.now());
    await eventually(() => expect(brokenForMs()).toBeGreaterThan(6_000));
    // The history that the watches would go on from is in no new server's cache.
    if (tooOld) await plane.kill('kube-apiserver');
    if (tooOld) await plane.start('kube-apiserver');
    proxy.reconnect();
    await eventually(() => expect(snapshot().podsByNode.get('node-a')).toBe(1));
    await eventually(() => expect(snapshot().staleSinceMs).toBeUndefined());
    expect(demand.some(({ kind }) => kind === 'Blind')).toBe(blind);
    expect(demand).toContainEqual(expect.objectContaining({ kind: 'PodBound', alreadyRunning: blind }));
    await removePod('meanwhile');
    await proxy.close();
  });
});
