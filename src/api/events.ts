/**
 * Every event the operator writes, one table: docs/reference/events.md is made of it, and no other event can be written. An
 * event tells of a transition; what lasts stands in the status.
 */
import { HOLD_REASONS, type ConditionReason, type HoldReason } from './reasons.ts';

/** `Quiet`: it comes and goes by itself within minutes; the status tells it, an event would be noise. */
type Loudness = 'Normal' | 'Warning' | 'Quiet';

/** `Warning` where somebody should do something about it. */
export const HOLD_LOUDNESS: Readonly<Record<HoldReason, Loudness>> = {
  SnapshotIncomplete: 'Quiet',
  SnapshotStale: 'Quiet',
  Suspended: 'Normal',
  DoNotTune: 'Normal',
  Conflict: 'Warning',
  InvalidSchedule: 'Warning',
  DaemonSetNotFound: 'Warning',
  ContainerNotFound: 'Warning',
  NoSupportedNodes: 'Normal',
  SelectorNarrowerThanDaemonSet: 'Warning',
  RolloutStrategyUnsupported: 'Warning',
  RolloutInProgress: 'Quiet',
  DaemonSetUnhealthy: 'Warning',
  Ec2Throttled: 'Warning',
  SettingsIneffective: 'Warning',
  ValueFromUnsupported: 'Warning',
  FieldsOwnedElsewhere: 'Warning',
  RolledBack: 'Normal',
  CollectingHistory: 'Normal',
  Evaluating: 'Quiet',
  RecommendMode: 'Normal',
  EmergenciesOpposed: 'Warning',
  OutsideWindow: 'Normal',
  ChangedTooRecently: 'Normal',
  TooManyToday: 'Normal',
  DirectionNotAllowed: 'Normal',
  GainTooSmall: 'Normal',
  ResultInvalid: 'Warning',
};

export type EventType = 'Normal' | 'Warning';
export type EventObject = 'CniTuning' | 'DaemonSet';

export type EventEntry = {
  readonly reason: ConditionReason;
  readonly type: EventType;
  readonly on: readonly EventObject[];
  /** What happened, and what the note says of it. */
  readonly when: string;
};

/** What is done to the DaemonSet is told there too: its owners look there. */
const BOTH = ['CniTuning', 'DaemonSet'] as const;
const SELF = ['CniTuning'] as const;

const OTHER_EVENTS = [
  {
    reason: 'RecommendationFound',
    type: 'Normal',
    on: SELF,
    when: 'Other values are proposed than before, with the figures.',
  },
  {
    reason: 'ObjectiveUnmet',
    type: 'Warning',
    on: SELF,
    when: 'The same, and an objective cannot be met; the note says which.',
  },
  {
    reason: 'RollingOut',
    type: 'Normal',
    on: BOTH,
    when: 'A change was written: from what to what, why, and whether an owner lost it.',
  },
  { reason: 'Tuned', type: 'Normal', on: BOTH, when: 'The change runs on every node.' },
  {
    reason: 'Restoring',
    type: 'Normal',
    on: BOTH,
    when: 'What was there before the first write was written back, or let go.',
  },
  {
    reason: 'RolledBack',
    type: 'Normal',
    on: BOTH,
    when: 'The last change was undone by request: what went back to what, and whose value that is.',
  },
  { reason: 'FieldsOwnedElsewhere', type: 'Warning', on: SELF, when: 'The API server refused a write for its owner.' },
  {
    reason: 'PermissionMissing',
    type: 'Warning',
    on: SELF,
    when: 'The API server forbids a request; the note names verb and resource.',
  },
  { reason: 'WriteRefused', type: 'Warning', on: SELF, when: 'A write was refused as invalid; the note says by whom.' },
  { reason: 'WriteFailed', type: 'Warning', on: SELF, when: 'A write did not get through; it is tried again.' },
] as const satisfies readonly EventEntry[];

export type OtherEventReason = (typeof OTHER_EVENTS)[number]['reason'];

const holdEvents = HOLD_REASONS.flatMap((reason): readonly EventEntry[] => {
  const type = HOLD_LOUDNESS[reason];
  return type === 'Quiet' ? [] : [{ reason, type, on: SELF, when: 'The operator began to hold for this reason.' }];
});

export const EVENTS: readonly EventEntry[] = [...OTHER_EVENTS, ...holdEvents];

export function typeOf(reason: OtherEventReason): EventType {
  return OTHER_EVENTS.find((entry) => entry.reason === reason)?.type ?? 'Normal';
}
