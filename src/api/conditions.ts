/**
 * Every condition type, and which reasons each may carry; the rules that keep them true and make `Ready` from the
 * rest. What each reason means is in reasons.ts.
 */
import { clipped } from './clipped.ts';
import type { Condition } from './cnituning.generated.ts';
import type { ConditionReason, HoldReason } from './reasons.ts';
import { CHECKPOINT_REASONS, HOLD_REASONS } from './reasons.ts';
import type { Mode } from './tuning-spec.ts';

export { HOLD_REASONS } from './reasons.ts';
export type { HoldReason } from './reasons.ts';
export type { Condition };

export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Recommended',
  'Applied',
  'SubnetsObserved',
  'FailuresObserved',
  'HistoryKept',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** Present only while true: generic tools read their presence as trouble or as work under way. */
export const ABNORMAL_TRUE_TYPES = ['Reconciling', 'Stalled'] as const satisfies readonly ConditionType[];

const PROGRESS_REASONS = ['Pending', 'RollingOut', 'Restoring'] as const;
/** Only a human can get on from here. */
const STALL_REASONS = [
  'Conflict',
  'InvalidSchedule',
  'FieldsOwnedElsewhere',
  'PermissionMissing',
  'WriteRefused',
] as const;

export type ReasonsByStatus = Readonly<Record<Condition['status'], readonly ConditionReason[]>>;

/** The reasons a condition may carry, by its status. An empty list: it never has that status. */
export const REASONS_BY_TYPE: Readonly<Record<ConditionType, ReasonsByStatus>> = {
  Ready: {
    True: ['Tuned', ...HOLD_REASONS.filter((reason) => isWorkingHold(reason))],
    False: STALL_REASONS,
    Unknown: PROGRESS_REASONS,
  },
  Reconciling: { True: PROGRESS_REASONS, False: [], Unknown: [] },
  Stalled: { True: STALL_REASONS, False: [], Unknown: [] },
  Recommended: {
    True: ['RecommendationFound', 'ObjectiveUnmet'],
    False: HOLD_REASONS,
    Unknown: ['Pending'],
  },
  Applied: {
    True: ['Tuned'],
    False: [...HOLD_REASONS, 'RollingOut', 'Restoring', 'PermissionMissing', 'WriteRefused', 'WriteFailed'],
    Unknown: ['Pending'],
  },
  SubnetsObserved: {
    True: ['SubnetsRead'],
    False: ['NoCredentials', 'Forbidden', 'NoRegion', 'SwitchedOff', 'Unavailable', 'Throttled'],
    Unknown: ['Pending'],
  },
  FailuresObserved: { True: ['FailuresWatched'], False: ['NoFailureSignal'], Unknown: ['Pending'] },
  HistoryKept: {
    True: ['HistoryCheckpointed', 'EarlierHistoryRefused'],
    False: CHECKPOINT_REASONS,
    Unknown: ['Pending'],
  },
};

/** What a condition says; the time of its last transition is worked out by setCondition. */
export type ConditionUpdate = {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: ConditionReason;
  readonly message: string;
  readonly generation: number;
};

/** The schema's `maxLength`. */
const MAX_MESSAGE_CHARACTERS = 2_048;

/** Milliseconds since the epoch → RFC 3339 in whole seconds, as metav1.Time is written. */
export function timestampOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

function ordered(conditions: readonly Condition[]): readonly Condition[] {
  const rank = (type: string): number => {
    const index = CONDITION_TYPES.findIndex((known) => known === type);
    return index < 0 ? CONDITION_TYPES.length : index;
  };
  return conditions.toSorted((a, b) => rank(a.type) - rank(b.type) || a.type.localeCompare(b.type));
}

/** The conditions with this one set. `lastTransitionTime` moves only when the status changes. */
export function setCondition(
  conditions: readonly Condition[],
  update: ConditionUpdate,
  nowMs: number,
): readonly Condition[] {
  const { type, status, reason, generation } = update;
  const previous = conditions.find((condition) => condition.type === type);
  const lastTransitionTime = previous?.status === status ? previous.lastTransitionTime : timestampOf(nowMs);
  const message = clipped(update.message, MAX_MESSAGE_CHARACTERS);
  const next: Condition = { type, status, observedGeneration: generation, lastTransitionTime, reason, message };
  return ordered([...conditions.filter((condition) => condition.type !== type), next]);
}

export function removeCondition(conditions: readonly Condition[], type: ConditionType): readonly Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** What a pass found, as far as `Ready` cares. */
export type Situation =
  /** No pass has finished yet, or the DaemonSet is on its way to what was decided. */
  | { readonly kind: 'Progressing'; readonly reason: (typeof PROGRESS_REASONS)[number]; readonly message: string }
  /** The operator does what the object asks; holding and collecting history are part of that. */
  | { readonly kind: 'Working'; readonly reason: ConditionReason; readonly message: string }
  /** Nothing could be judged this time: the last verdict stands. */
  | { readonly kind: 'Interrupted'; readonly message: string }
  /** As `Interrupted`, but a verdict must be given even when there is none: nothing is under way. */
  | { readonly kind: 'Suspended'; readonly message: string }
  | { readonly kind: 'Stalled'; readonly reason: (typeof STALL_REASONS)[number]; readonly message: string };

function isWorkingHold(reason: HoldReason): boolean {
  return (
    reason !== 'Conflict' &&
    reason !== 'InvalidSchedule' &&
    reason !== 'SnapshotIncomplete' &&
    reason !== 'SnapshotStale'
  );
}

/** How a hold counts for `Ready`. A foreign owner stalls in Apply mode only: advice needs no ownership. */
export function situationOfHold(
  hold: { readonly reason: HoldReason; readonly message: string },
  mode: Mode,
): Situation {
  const { reason, message } = hold;
  if (reason === 'Suspended') return { kind: 'Suspended', message };
  if (reason === 'Conflict' || reason === 'InvalidSchedule') return { kind: 'Stalled', reason, message };
  if (reason === 'FieldsOwnedElsewhere' && mode === 'Apply') return { kind: 'Stalled', reason, message };
  if (!isWorkingHold(reason)) return { kind: 'Interrupted', message };
  return { kind: 'Working', reason, message };
}

/** The situation again, with what stands from the last verdict filled in. */
function settled(situation: Situation, conditions: readonly Condition[]): Situation | undefined {
  if (situation.kind !== 'Interrupted' && situation.kind !== 'Suspended') return situation;
  const last = conditions.find((condition) => condition.type === 'Ready');
  if (last !== undefined && last.status !== 'Unknown') return undefined;
  if (situation.kind === 'Suspended') return { kind: 'Working', reason: 'Suspended', message: situation.message };
  const isFirst = last === undefined || last.reason === 'Pending';
  return isFirst ? { kind: 'Progressing', reason: 'Pending', message: situation.message } : undefined;
}

const READY_STATUS: Readonly<Record<string, Condition['status']>> = {
  Progressing: 'Unknown',
  Working: 'True',
  Stalled: 'False',
};

/**
 * Sets Ready, and Reconciling or Stalled beside it, so that kstatus, `kubectl wait`, Flux, Helm and Argo CD agree:
 * Progressing → Ready Unknown + Reconciling; Stalled → Ready False + Stalled; anything else → Ready True and neither.
 * While suspended or interrupted the last verdict stays, with its transition time; only a suspension is a verdict on the
 * new generation too.
 */
export function summarizeReady(input: {
  readonly conditions: readonly Condition[];
  readonly situation: Situation;
  readonly generation: number;
  readonly nowMs: number;
}): readonly Condition[] {
  const { conditions, generation, nowMs } = input;
  const verdict = settled(input.situation, conditions);
  if (verdict === undefined)
    return input.situation.kind === 'Suspended' ? stillStanding(conditions, generation) : conditions;
  if (verdict.kind === 'Interrupted' || verdict.kind === 'Suspended') return conditions;
  const { reason, message } = verdict;
  const status = READY_STATUS[verdict.kind] ?? 'Unknown';
  const bare = removeCondition(removeCondition(conditions, 'Reconciling'), 'Stalled');
  const withReady = setCondition(bare, { type: 'Ready', status, reason, message, generation }, nowMs);
  if (status === 'True') return withReady;
  const type = status === 'False' ? 'Stalled' : 'Reconciling';
  const before = [...withReady, ...conditions.filter((condition) => condition.type === type)];
  return setCondition(before, { type, status: 'True', reason, message, generation }, nowMs);
}

function stillStanding(conditions: readonly Condition[], generation: number): readonly Condition[] {
  const summary: readonly string[] = ['Ready', ...ABNORMAL_TRUE_TYPES];
  return conditions.map((condition) =>
    summary.includes(condition.type) ? { ...condition, observedGeneration: generation } : condition,
  );
}
