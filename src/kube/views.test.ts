import { describe, expect, it } from 'vitest';
import type { RawNode, RawPod } from './raw-objects.ts';
import { boundPodOf, nodeViewOf } from './views.ts';

const NOW_MS = 1_800_000_000_000;

/** As EKS registers it, shortened. */
const aRawNode = (labels: Readonly<Record<string, string>> = {}, more: Partial<RawNode> = {}): RawNode => ({
  metadata: {
    name: 'ip-10-0-1-23.ec2.internal',
    uid: 'node-uid',
    creationTimestamp: '2026-11-20T08:00:00Z',
    labels: {
      'kubernetes.io/os': 'linux',
      'node.kubernetes.io/instance-type': 'm5.large',
      'topology.kubernetes.io/region': 'us-east-1',
      'topology.kubernetes.io/zone': 'us-east-1a',
      ...labels,
    },
  },
  spec: { providerID: 'aws:///us-east-1a/i-0abc123' },
  status: {
    capacity: { cpu: '2', pods: '29' },
    conditions: [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'Ready', status: 'True' },
    ],
  },
  ...more,
});

/** As the kubelet reports it while it waits for a sandbox. */
const aRawPod = (spec: RawPod['spec'] = {}, more: Partial<RawPod> = {}): RawPod => ({
  metadata: { name: 'web-1', namespace: 'default', uid: 'pod-uid', labels: { app: 'web' } },
  spec: { nodeName: 'ip-10-0-1-23.ec2.internal', schedulerName: 'default-scheduler', ...spec },
  status: {
    phase: 'Pending',
    conditions: [
      { type: 'PodReadyToStartContainers', status: 'False', lastTransitionTime: '2026-11-20T08:00:02Z' },
      { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-11-20T08:00:01Z' },
    ],
  },
  ...more,
});

const aDaemonPod = (metadata: RawPod['metadata'] = {}): RawPod => ({
  metadata: {
    name: 'aws-node-x',
    namespace: 'kube-system',
    uid: 'daemon-uid',
    labels: { 'controller-revision-hash': '5c9b', 'pod-template-generation': '4' },
    ownerReferences: [{ kind: 'DaemonSet', name: 'aws-node', uid: 'ds', controller: true }],
    ...metadata,
  },
  spec: { nodeName: 'n', hostNetwork: true },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

const nobody = (): boolean => false;

describe('nodeViewOf', () => {
  it('reads what a pool depends on', () => {
    expect(nodeViewOf(aRawNode())).toMatchObject({
      name: 'ip-10-0-1-23.ec2.internal',
      uid: 'node-uid',
      instanceId: 'i-0abc123',
      instanceType: 'm5.large',
      zone: 'us-east-1a',
      region: 'us-east-1',
      maxPods: 29,
      createdAtMs: Date.parse('2026-11-20T08:00:00Z'),
      ready: true,
      unschedulable: false,
      platformSkip: undefined,
    });
  });

  it.each([
    ['AutoMode', { 'eks.amazonaws.com/compute-type': 'auto' }],
    ['Fargate', { 'eks.amazonaws.com/compute-type': 'fargate' }],
    ['Hybrid', { 'eks.amazonaws.com/compute-type': 'hybrid' }],
    ['Windows', { 'kubernetes.io/os': 'windows' }],
  ])('knows a node of the platform %s', (skip, labels) => {
    expect(nodeViewOf(aRawNode(labels)).platformSkip).toBe(skip);
  });

  it('takes an object with nothing in it', () => {
    expect(nodeViewOf({})).toMatchObject({ name: '', instanceId: '', instanceType: '', maxPods: 0, ready: false });
  });
});

describe('boundPodOf', () => {
  it('reads a pod that waits for its address', () => {
    expect(boundPodOf(aRawPod(), nobody, NOW_MS)).toEqual({
      uid: 'pod-uid',
      nodeName: 'ip-10-0-1-23.ec2.internal',
      boundAtMs: Date.parse('2026-11-20T08:00:01Z'),
      needsAddress: true,
      awaitingSandboxSinceMs: Date.parse('2026-11-20T08:00:02Z'),
      daemon: undefined,
    });
  });

  it.each([
    ['on no node', aRawPod({ nodeName: '' })],
    ['on the host network', aRawPod({ hostNetwork: true })],
    ['finished', aRawPod({}, { status: { phase: 'Succeeded' } })],
    ['failed', aRawPod({}, { status: { phase: 'Failed' } })],
    ['on Fargate', aRawPod({ schedulerName: 'fargate-scheduler' })],
    ['of a Fargate profile', aRawPod({}, { metadata: { labels: { 'eks.amazonaws.com/fargate-profile': 'p' } } })],
    ['of a DaemonSet that nobody follows', aDaemonPod()],
  ])('drops a pod %s', (_why, raw) => {
    expect(boundPodOf(raw, nobody, NOW_MS)).toBeUndefined();
  });

  it('still counts the address of a pod that is being deleted', () => {
    const raw = aRawPod({}, { metadata: { uid: 'u', deletionTimestamp: '2026-11-20T08:00:00Z' } });
    expect(boundPodOf(raw, nobody, NOW_MS)?.needsAddress).toBe(true);
  });

  it('keeps a pod of a followed DaemonSet with what a rollout is judged by', () => {
    const view = boundPodOf(aDaemonPod(), (daemonSet) => daemonSet === 'kube-system/aws-node', NOW_MS);
    expect(view).toMatchObject({
      needsAddress: false,
      daemon: { owner: 'kube-system/aws-node', ready: true, templateGeneration: '4', revisionHash: '5c9b' },
    });
  });

  it('calls a pod of a DaemonSet that is being deleted not ready', () => {
    const view = boundPodOf(
      aDaemonPod({
        namespace: 'kube-system',
        deletionTimestamp: '2026-11-20T08:00:00Z',
        ownerReferences: [{ kind: 'DaemonSet', name: 'a', controller: true }],
      }),
      () => true,
      NOW_MS,
    );
    expect(view?.daemon?.ready).toBe(false);
  });

  it('takes the present for a bound time that the pod does not tell', () => {
    expect(boundPodOf(aRawPod({}, { status: {} }), nobody, NOW_MS)?.boundAtMs).toBe(NOW_MS);
  });
});
