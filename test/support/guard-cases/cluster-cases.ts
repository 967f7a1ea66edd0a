/** What in the cluster's state holds a change, and the words for it. */
import type { GuardCase } from '../a-guard-input.ts';
import { aGuardInput, undecided, unreadAccount } from '../a-guard-input.ts';
import { aDaemonSet, anAccount, aNode, aSpec, MINUTE_MS, MONDAY_MS, someChanges } from '../builders.ts';

export const CLUSTER_CASES: readonly GuardCase[] = [
  {
    when: 'a watch has not delivered its first state',
    reason: 'SnapshotIncomplete',
    message: 'Not every watch has delivered its first state yet.',
    input: aGuardInput({}, { synced: false }),
  },
  {
    when: 'EC2 has not been read yet',
    reason: 'SnapshotIncomplete',
    message: 'A change waits until EC2 was read once since the start of the operator.',
    input: aGuardInput({}, { account: undefined }),
  },
  {
    when: 'EC2 was away since the start',
    reason: 'SnapshotIncomplete',
    message: 'A change waits until EC2 was read once since the start of the operator. EC2 cannot be reached.',
    input: aGuardInput({}, { account: unreadAccount('Unavailable', 'EC2 cannot be reached.') }),
  },
  {
    when: 'a watch has been broken for a minute',
    reason: 'SnapshotStale',
    message: 'A watch has been broken since 2026-03-01T23:59:00Z; nothing is decided on what was known then.',
    input: aGuardInput({}, { staleSinceMs: MONDAY_MS - MINUTE_MS }),
  },
  {
    when: 'EC2 was read half an hour ago',
    reason: 'SnapshotStale',
    message: 'EC2 was last read at 2026-03-01T23:30:00Z; nothing is decided on what was known then.',
    input: aGuardInput({}, { account: anAccount({ takenAtMs: MONDAY_MS - 30 * MINUTE_MS }) }),
  },
  {
    when: 'the user suspended it',
    reason: 'Suspended',
    message: 'spec.suspend is true: observing, but neither deciding nor writing.',
    input: aGuardInput({ spec: aSpec({ mode: 'Apply', suspend: true }) }),
  },
  {
    when: 'the DaemonSet must not be tuned',
    reason: 'DoNotTune',
    message:
      'DaemonSet kube-system/aws-node carries the annotation cnituning.dev/do-not-tune: "true"; to allow changes again: ' +
      'kubectl annotate daemonset aws-node -n kube-system cnituning.dev/do-not-tune-',
    input: aGuardInput({}, { daemonSet: aDaemonSet({ annotations: { 'cnituning.dev/do-not-tune': 'true' } }) }),
  },
  {
    when: 'an older object names the same container',
    reason: 'Conflict',
    message:
      'The older CniTuning first tunes the same container aws-node of DaemonSet kube-system/aws-node; delete one of the two.',
    input: aGuardInput({ conflictWith: 'first' }),
  },
  {
    when: 'a window has a time zone that does not exist',
    reason: 'InvalidSchedule',
    message:
      'spec.changes.windows[0].timeZone is "Mars/Olympus_Mons", which is no time zone that the operator knows; give the ' +
      'IANA name of one, such as Europe/Berlin, or leave it out for UTC.',
    input: aGuardInput({
      spec: aSpec({
        changes: someChanges({
          windows: [{ schedule: '0 2 * * *', durationMs: MINUTE_MS, timeZone: 'Mars/Olympus_Mons' }],
        }),
      }),
    }),
  },
  ...(['DaemonSetNotFound', 'ContainerNotFound', 'NoSupportedNodes', 'SettingsIneffective', 'Evaluating'] as const).map(
    (reason) => ({
      when: `the recommendation is open for ${reason}`,
      reason,
      message: 'As the recommendation says.',
      input: aGuardInput(undecided(reason, 'As the recommendation says.')),
    }),
  ),
  {
    when: 'the DaemonSet also runs outside the selector',
    reason: 'SelectorNarrowerThanDaemonSet',
    message:
      'DaemonSet kube-system/aws-node also runs on 1 nodes outside spec.nodeSelector, whose pools a change would alter ' +
      'unjudged; widen the selector, or use mode Recommend.',
    input: aGuardInput(
      { spec: aSpec({ mode: 'Apply', nodeSelector: { pool: 'batch' } }) },
      { nodes: [aNode('a', { labels: { pool: 'batch' } }), aNode('b')] },
    ),
  },
  {
    when: 'pods of the DaemonSet are replaced only when deleted',
    reason: 'RolloutStrategyUnsupported',
    message:
      'DaemonSet kube-system/aws-node has the update strategy OnDelete: a change would reach no node until its pod is ' +
      'deleted; set spec.updateStrategy.type of the DaemonSet to RollingUpdate.',
    input: aGuardInput({}, { daemonSet: aDaemonSet({ updateStrategy: 'OnDelete', desired: 2 }) }),
  },
  {
    when: 'a rollout is under way',
    reason: 'RolloutInProgress',
    message: 'DaemonSet kube-system/aws-node is rolling out: 1 of 2 nodes are done; waiting for b.',
    input: aGuardInput(
      {},
      {
        awsNodePods: [
          { nodeName: 'a', ready: true, updated: true },
          { nodeName: 'b', ready: true, updated: false },
        ],
      },
    ),
  },
  {
    when: 'a pod of the DaemonSet is not ready',
    reason: 'DaemonSetUnhealthy',
    message:
      '1 of 2 pods of DaemonSet kube-system/aws-node on Ready nodes are not ready (b); a change waits until they are.',
    input: aGuardInput(
      {},
      {
        awsNodePods: [
          { nodeName: 'a', ready: true, updated: true },
          { nodeName: 'b', ready: false, updated: true },
        ],
      },
    ),
  },
  {
    when: 'EC2 throttles',
    reason: 'Ec2Throttled',
    message:
      'EC2 is throttling this account now (120 AttachNetworkInterface); restarting the CNI on every node would add to it.',
    input: aGuardInput({}, { account: anAccount({ throttledCallsByAction: { AttachNetworkInterface: 120 } }) }),
  },
];
