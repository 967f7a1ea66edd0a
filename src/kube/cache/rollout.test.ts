import { describe, expect, it } from 'vitest';
import type { KeptDaemonSet } from '../daemon-set-view.ts';
import { awsNodePodsOf } from './rollout.ts';
import type { FollowedPod } from './workloads.ts';

const aDaemonSet = (more: Partial<KeptDaemonSet>): KeptDaemonSet => ({
  namespace: 'kube-system',
  name: 'aws-node',
  uid: 'u',
  resourceVersion: '1',
  generation: 3,
  observedGeneration: 3,
  updateStrategy: 'RollingUpdate',
  desired: 2,
  updated: 1,
  ready: 2,
  available: 2,
  annotations: {},
  envByContainer: new Map(),
  templateGeneration: '3',
  ...more,
});

const aPod = (nodeName: string, templateGeneration: string, revisionHash: string): FollowedPod => ({
  nodeName,
  daemon: { owner: 'kube-system/aws-node', ready: true, templateGeneration, revisionHash },
});

const updated = (daemonSet: KeptDaemonSet, ...pods: readonly FollowedPod[]) =>
  awsNodePodsOf(daemonSet, pods).map((pod) => pod.updated);

describe('awsNodePodsOf', () => {
  it('calls pods of the newest template updated', () => {
    expect(updated(aDaemonSet({}), aPod('a', '3', 'new'), aPod('b', '2', 'old'))).toEqual([true, false]);
  });

  it('calls older pods with the hash of the newest template updated: it came back', () => {
    expect(updated(aDaemonSet({}), aPod('a', '3', 'first'), aPod('b', '1', 'first'), aPod('c', '2', 'second'))).toEqual(
      [true, true, false],
    );
  });

  it('believes the controller when a template came back before any pod had left it', () => {
    const pods = [aPod('a', '1', 'first'), aPod('b', '1', 'first')];
    expect(updated(aDaemonSet({ updated: 2 }), ...pods)).toEqual([true, true]);
  });

  it('does not believe counters from before the last change', () => {
    const pods = [aPod('a', '2', 'second'), aPod('b', '2', 'second')];
    expect(updated(aDaemonSet({ updated: 2, observedGeneration: 2 }), ...pods)).toEqual([false, false]);
  });
});
