/**
 * Why the operator does not act. Each guard states its own preconditions and relies on none before it; the first one
 * with something against the intent holds. The order is the policy, and the one in which HOLD_REASONS are listed.
 */
import type { HoldReason } from '../api/conditions.ts';
import type { Hold } from './advice.ts';
import * as budget from './guards/budget-guards.ts';
import * as change from './guards/change-guards.ts';
import * as cluster from './guards/cluster-guards.ts';
import type { Guard, GuardInput, Intent } from './guards/guard-input.ts';
import { holdOf } from './guards/guard-input.ts';

export const GUARDS: readonly { readonly reason: HoldReason; readonly guard: Guard }[] = [
  { reason: 'SnapshotIncomplete', guard: cluster.snapshotIncomplete }, // half a picture decides nothing
  { reason: 'SnapshotStale', guard: cluster.snapshotStale }, // nor does an old one
  { reason: 'Suspended', guard: cluster.suspended }, // the user said stop
  { reason: 'DoNotTune', guard: cluster.doNotTune }, // the DaemonSet's owner said no
  { reason: 'Conflict', guard: cluster.conflict }, // two writers would fight
  { reason: 'InvalidSchedule', guard: budget.invalidSchedule }, // when it may write is not known
  { reason: 'DaemonSetNotFound', guard: change.undecidedBecause('DaemonSetNotFound') },
  { reason: 'ContainerNotFound', guard: change.undecidedBecause('ContainerNotFound') },
  { reason: 'NoSupportedNodes', guard: change.undecidedBecause('NoSupportedNodes') },
  { reason: 'SelectorNarrowerThanDaemonSet', guard: cluster.selectorNarrowerThanDaemonSet }, // reaches nodes not judged
  { reason: 'RolloutStrategyUnsupported', guard: cluster.rolloutStrategyUnsupported }, // would reach no node
  { reason: 'RolloutInProgress', guard: cluster.rolloutInProgress }, // one change at a time, whoever made it
  { reason: 'DaemonSetUnhealthy', guard: cluster.daemonSetUnhealthy }, // do not restart what is already down
  { reason: 'Ec2Throttled', guard: cluster.ec2Throttled }, // a restart under throttling can crash-loop
  { reason: 'SettingsIneffective', guard: change.undecidedBecause('SettingsIneffective') }, // a dead knob
  { reason: 'ValueFromUnsupported', guard: change.valueFromUnsupported }, // the server refuses such a write
  { reason: 'FieldsOwnedElsewhere', guard: change.fieldsOwnedElsewhere }, // not ours to write
  { reason: 'RolledBack', guard: change.rolledBack }, // a person has taken it back
  { reason: 'CollectingHistory', guard: change.collectingHistory }, // too little seen, for a number or for the next step
  { reason: 'Evaluating', guard: change.undecidedBecause('Evaluating') },
  { reason: 'RecommendMode', guard: change.recommendMode }, // advise only
  { reason: 'EmergenciesOpposed', guard: budget.emergenciesOpposed }, // either way would make one of them worse
  { reason: 'OutsideWindow', guard: budget.outsideWindow }, // not at this hour
  { reason: 'ChangedTooRecently', guard: budget.changedTooRecently }, // let the last one show what it does
  { reason: 'TooManyToday', guard: budget.tooManyToday }, // each restarts the CNI on every node
  { reason: 'DirectionNotAllowed', guard: budget.directionNotAllowed }, // the user said which way
  { reason: 'GainTooSmall', guard: change.gainTooSmall }, // not worth a restart of every CNI
  { reason: 'ResultInvalid', guard: change.resultInvalid }, // the last word: would the CNI start?
];

export function firstHold(input: GuardInput, intent: Intent): Hold | undefined {
  for (const { reason, guard } of GUARDS) {
    const trouble = guard(input, intent);
    if (trouble !== undefined) return holdOf(reason, trouble);
  }
  return undefined;
}
