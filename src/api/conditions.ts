/** Every condition type, reason and hold the product can show, and the rules that make `Ready` from the rest. */

/**
 * Why the operator does not act, in the order in which the guards ask. The same words appear in status, events,
 * metrics and docs/runbook.md.
 */
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
