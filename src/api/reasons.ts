/**
 * Every reason the product gives, each with the sentence the runbook starts from. The same words stand in status,
 * events, metrics and docs/runbook.md.
 */

/** Why the operator does not act, in the order in which the guards ask. */
export const HOLD_REASONS = [
  'SnapshotIncomplete',
  'SnapshotStale',
  'Suspended',
  'DoNotTune',
  'Conflict',
  'InvalidSchedule',
  'DaemonSetNotFound',
  'ContainerNotFound',
  'NoSupportedNodes',
  'SelectorNarrowerThanDaemonSet',
  'RolloutStrategyUnsupported',
  'RolloutInProgress',
  'DaemonSetUnhealthy',
  'Ec2Throttled',
  'SettingsIneffective',
  'ValueFromUnsupported',
  'FieldsOwnedElsewhere',
  'RolledBack',
  'CollectingHistory',
  'Evaluating',
  'RecommendMode',
  'EmergenciesOpposed',
  'OutsideWindow',
  'ChangedTooRecently',
  'TooManyToday',
  'DirectionNotAllowed',
  'GainTooSmall',
  'ResultInvalid',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Why the history is not checkpointed. */
export const CHECKPOINT_REASONS = [
  'CheckpointForeign',
  'CheckpointForbidden',
  'CheckpointRefused',
  'CheckpointFailed',
] as const;
export type CheckpointReason = (typeof CHECKPOINT_REASONS)[number];

/** Reasons of conditions that are no hold. */
export const OTHER_REASONS = [
  'Pending',
  'RollingOut',
  'Restoring',
  'Tuned',
  'RecommendationFound',
  'ObjectiveUnmet',
  'PermissionMissing',
  'WriteRefused',
  'WriteFailed',
  'SubnetsRead',
  'NoCredentials',
  'Forbidden',
  'NoRegion',
  'SwitchedOff',
  'Unavailable',
  'Throttled',
  'FailuresWatched',
  'NoFailureSignal',
  'HistoryCheckpointed',
  'EarlierHistoryRefused',
  ...CHECKPOINT_REASONS,
] as const;
export type ConditionReason = HoldReason | (typeof OTHER_REASONS)[number];

/** What a reason means and what, if anything, a person should do. Shown in docs/reference/conditions.md. */
export type ReasonMeaning = { readonly means: string; readonly remedy: string };

const NOTHING = 'Nothing: it passes by itself.';

export const REASON_MEANINGS: Readonly<Record<ConditionReason, ReasonMeaning>> = {
  SnapshotIncomplete: {
    means:
      'The operator has just started: it has not seen the whole cluster yet, or a change waits for the first answer of EC2.',
    remedy:
      'Nothing for the first minute. Later: look at the log for a watch that is refused, and at the condition SubnetsObserved.',
  },
  SnapshotStale: {
    means:
      'A watch has been broken for more than 30 seconds, or EC2 has not been read for 20 minutes; nothing is decided on old knowledge.',
    remedy: 'Nothing while the API server or EC2 is down. Otherwise look at the log for what fails.',
  },
  Suspended: {
    means: '`spec.suspend` is true: demand is still remembered, but nothing is decided or written.',
    remedy: 'Set `spec.suspend` to false to go on.',
  },
  DoNotTune: {
    means: 'The DaemonSet carries the annotation `cnituning.dev/do-not-tune: "true"`.',
    remedy: 'Remove the annotation when changes are welcome again.',
  },
  Conflict: {
    means: 'An older CniTuning names the same container of the same DaemonSet.',
    remedy: 'Delete one of the two.',
  },
  InvalidSchedule: {
    means:
      'A window in `spec.changes.windows` can never open: no such time zone, a date that never comes, or a range that runs backwards.',
    remedy: 'Correct the field that the message names.',
  },
  DaemonSetNotFound: {
    means: 'There is no DaemonSet of the name in `spec.daemonSetRef`.',
    remedy: 'Install the VPC CNI, or create a CniTuning that names the right DaemonSet.',
  },
  ContainerNotFound: {
    means: 'The DaemonSet has no container of the name in `spec.daemonSetRef.container`.',
    remedy: 'Create a CniTuning that names the right container.',
  },
  NoSupportedNodes: {
    means:
      'Every node was left out: Auto Mode, Fargate, Windows, an unknown instance type, no aws-node, or not selected.',
    remedy: 'See `status.nodes.skipped`; widen `spec.nodeSelector` if that is why.',
  },
  SelectorNarrowerThanDaemonSet: {
    means:
      'The DaemonSet also runs on nodes that `spec.nodeSelector` leaves out; a change would reach their pools unjudged.',
    remedy: 'Widen the selector, or use mode Recommend.',
  },
  RolloutStrategyUnsupported: {
    means: "The DaemonSet's update strategy is OnDelete, so a change would reach no node.",
    remedy: 'Set `spec.updateStrategy.type` of the DaemonSet to RollingUpdate.',
  },
  RolloutInProgress: {
    means: 'The DaemonSet is rolling out a template, whoever changed it; one change at a time.',
    remedy: 'Nothing, unless it does not move: then look at the pods of the nodes it waits for.',
  },
  DaemonSetUnhealthy: {
    means: 'More than one in twenty aws-node pods on Ready nodes is not ready; a change would restart the others too.',
    remedy: 'Repair the named pods first.',
  },
  Ec2Throttled: {
    means:
      'EC2 has throttled calls of this account in the last minutes; a CNI that restarts under throttling can crash-loop.',
    remedy: 'Nothing if it is rare. Otherwise find who makes the calls that the message names.',
  },
  SettingsIneffective: {
    means:
      "The CNI uses none of the variables in `spec.settings` in this cluster's mode, or another variable overrides them.",
    remedy: 'List a setting that counts, or remove the variable that overrides it.',
  },
  ValueFromUnsupported: {
    means:
      'A variable takes its value from a reference (`valueFrom`), which the API server does not let a plain value replace.',
    remedy: 'Give it a plain value, or leave the setting out of `spec.settings`.',
  },
  FieldsOwnedElsewhere: {
    means:
      'Another field manager owns a variable that would be written, and `spec.ownership.takeOverFrom` does not name it.',
    remedy: 'Run the `kubectl patch` that the message prints if the operator may take the variable over.',
  },
  RolledBack: {
    means:
      'The change that would be written was undone by request, and the annotation `cnituning.dev/rollback` stands.',
    remedy: 'Remove the annotation, with the command that the message prints, when the value may be written again.',
  },
  CollectingHistory: {
    means:
      'Less demand was watched than `spec.history.minimum` asks for, or the last step down is too recent for the evidence there is.',
    remedy: 'Nothing: the message says until when.',
  },
  Evaluating: { means: 'The remembered demand is being replayed under every candidate value.', remedy: NOTHING },
  RecommendMode: {
    means: 'There is a better value, and `spec.mode` is Recommend, so it is not written.',
    remedy: 'Set `spec.mode` to Apply if the operator may write it.',
  },
  EmergenciesOpposed: {
    means:
      'A subnet of the pods is under its reserve, which calls for fewer addresses on the nodes, and pods wait for an address, which calls for more.',
    remedy: 'Give the subnet room, or set `spec.changes.emergency` to Never to go by the ordinary rules.',
  },
  OutsideWindow: {
    means: 'There is a better value, and none of the windows in `spec.changes.windows` is open.',
    remedy: 'Nothing: the message says when the next one opens.',
  },
  ChangedTooRecently: {
    means: 'There is a better value, and the last change is less than `spec.changes.minimumInterval` ago.',
    remedy: 'Nothing: the message says until when it waits.',
  },
  TooManyToday: {
    means: 'There is a better value, and in the last 24 hours there were `spec.changes.maxPerDay` changes.',
    remedy: 'Nothing: the message says until when it waits.',
  },
  DirectionNotAllowed: {
    means:
      'The better value keeps more addresses on the nodes, or fewer, and `spec.changes.allowed` permits only the other.',
    remedy: 'Set `spec.changes.allowed` to Both if the operator may write it.',
  },
  GainTooSmall: {
    means:
      "The better value would gain less of the live value's cost than `spec.changes.minimumGain` asks for; that is not worth restarting the CNI on every node.",
    remedy: 'Nothing.',
  },
  ResultInvalid: {
    means: 'With the environment as it would stand after the write, the CNI would not start.',
    remedy: 'Correct the variable that the message names.',
  },
  Pending: { means: 'Not looked at yet.', remedy: NOTHING },
  RollingOut: {
    means: 'A change of the operator is on its way to the nodes; `status.rollout` shows how far.',
    remedy: NOTHING,
  },
  Restoring: {
    means: "The DaemonSet is being given back as it was before the operator's first write.",
    remedy: NOTHING,
  },
  Tuned: { means: 'The live values are the recommended ones, on every node.', remedy: 'Nothing.' },
  RecommendationFound: { means: 'There is a recommendation; the message is its summary.', remedy: 'Nothing.' },
  ObjectiveUnmet: {
    means: 'No value inside the bounds meets every objective; the one that comes closest is recommended.',
    remedy: 'The message says what would help: other bounds, a larger subnet, other instance types.',
  },
  PermissionMissing: {
    means: 'The API server forbids a request the operator needs; the message names verb and resource.',
    remedy: "Give the operator's service account the permission.",
  },
  WriteRefused: {
    means: 'The API server or an admission webhook refused the change as invalid.',
    remedy: 'Read the message; a policy may forbid changes to the DaemonSet.',
  },
  WriteFailed: { means: 'A write did not get through; it is tried again.', remedy: NOTHING },
  SubnetsRead: { means: 'The subnets and their free addresses were read from EC2.', remedy: 'Nothing.' },
  NoCredentials: {
    means: 'No AWS credentials were found; the operator works from Kubernetes alone and judges no subnet.',
    remedy: 'Give its service account a role (IRSA or Pod Identity), or leave it so.',
  },
  Forbidden: {
    means: 'AWS refuses an action; the message names it.',
    remedy: "Add the action to the operator's role.",
  },
  NoRegion: {
    means: 'The AWS region is not known.',
    remedy: 'Set `--aws-region`, or label the nodes with their region.',
  },
  SwitchedOff: {
    means: 'The operator runs with `--no-aws`: subnets are not judged.',
    remedy:
      'Nothing. To have subnets judged, start it without that flag and with the rights of deploy/iam/policy.json.',
  },
  Unavailable: { means: 'AWS could not be reached.', remedy: NOTHING },
  Throttled: { means: "AWS throttled the operator's own reading calls.", remedy: NOTHING },
  FailuresWatched: { means: 'Pods that were refused an address are watched.', remedy: 'Nothing.' },
  NoFailureSignal: {
    means: 'Nothing tells of pods that were refused an address: events may not be read.',
    remedy: 'Give the operator permission to watch events.',
  },
  HistoryCheckpointed: { means: 'The history is stored once a minute and outlives the operator.', remedy: 'Nothing.' },
  EarlierHistoryRefused: {
    means:
      'The history is stored, but what an earlier process had stored was torn, foreign or of another version, and was not used.',
    remedy: 'Nothing: it is collected anew. If nobody changed the ConfigMaps by hand, report it with the message.',
  },
  CheckpointForeign: {
    means: 'A ConfigMap with the name of a checkpoint was not made by cni-tuner; it is left alone.',
    remedy: 'Rename or delete the ConfigMap that the message names.',
  },
  CheckpointForbidden: {
    means: 'The API server forbids reading or writing the ConfigMaps of the checkpoint; a restart loses the history.',
    remedy: "Give the operator's service account the rights of the Role cni-tuner-history.",
  },
  CheckpointRefused: {
    means: 'The API server, a quota or an admission webhook refused a ConfigMap of the checkpoint.',
    remedy: 'Read the message; allow the ConfigMap, of up to 704 KiB.',
  },
  CheckpointFailed: { means: 'A checkpoint did not get through; it is tried again within a minute.', remedy: NOTHING },
};
