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
  'CollectingHistory',
  'Evaluating',
  'RecommendMode',
  'GainTooSmall',
  'ResultInvalid',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

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
  'Unavailable',
  'Throttled',
  'FailuresWatched',
  'NoFailureSignal',
] as const;
export type ConditionReason = HoldReason | (typeof OTHER_REASONS)[number];
