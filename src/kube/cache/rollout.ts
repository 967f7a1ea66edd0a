/** Which pods of a DaemonSet come from its newest template. Pure. */
import type { AwsNodePodView } from '../../tuning/snapshot.ts';
import type { KeptDaemonSet } from '../daemon-set-view.ts';
import type { FollowedPod } from './workloads.ts';

/**
 * As the DaemonSet controller judges it: the template generation of the pod is the newest, or its revision hash is
 * that of the newest revision. When a template comes back (1 → 0 → 1) the controller keeps pods of the old generation
 * with the right hash, so the generation alone would wait for them for ever. The newest hash is read off pods of the
 * newest generation, which spares a watch of ControllerRevisions; when there are none yet, the controller's own count
 * tells whether every pod is up to date.
 */
export function awsNodePodsOf(daemonSet: KeptDaemonSet, pods: readonly FollowedPod[]): readonly AwsNodePodView[] {
  const isNewest = ({ daemon }: FollowedPod): boolean => daemon.templateGeneration === daemonSet.templateGeneration;
  const hashes = new Set(pods.filter((pod) => isNewest(pod)).map(({ daemon }) => daemon.revisionHash));
  const { observedGeneration, generation, updated, desired } = daemonSet;
  const allUpdated = observedGeneration >= generation && updated >= desired;
  return pods.map((pod) => ({
    nodeName: pod.nodeName,
    ready: pod.daemon.ready,
    updated: allUpdated || isNewest(pod) || (pod.daemon.revisionHash !== '' && hashes.has(pod.daemon.revisionHash)),
  }));
}
