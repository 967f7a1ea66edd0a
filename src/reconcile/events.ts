/** What of a pass is worth an event: transitions only, against what the object's status said before. */
import { clipped } from '../api/clipped.ts';
import type { CniTuningStatus } from '../api/cnituning.ts';
import { HOLD_LOUDNESS, type OtherEventReason, typeOf } from '../api/events.ts';
import type { HoldReason } from '../api/reasons.ts';
import type { PassRecord } from './pass-record.ts';
import type { EventRegarding, TuningEvent } from './ports.ts';
import { conflictedMessage, failureReason, refusalOf, restoredMessage } from './status/situation.ts';

const ACTION = 'Tuning';
const MOST_CHARACTERS = 1_024;

export function eventsOf(record: PassRecord): readonly TuningEvent[] {
  const { object } = record;
  const self: EventRegarding = { kind: 'CniTuning', name: object.name, uid: object.uid };
  const before = object.status;
  return [
    ...recommendationEvents(record, self, before),
    ...refusalEvents(record, self, before),
    ...holdEvents(record, self, before),
    ...outcomeEvents(record, self),
    ...rolloutEvents(record, self),
  ];
}

function event(regarding: EventRegarding, reason: OtherEventReason, note: string): TuningEvent {
  return { regarding, type: typeOf(reason), reason, action: ACTION, note: clipped(note, MOST_CHARACTERS) };
}

/** Undefined where an event would be noise. */
function holdEvent(regarding: EventRegarding, reason: HoldReason, note: string): TuningEvent | undefined {
  const type = HOLD_LOUDNESS[reason];
  return type === 'Quiet'
    ? undefined
    : { regarding, type, reason, action: ACTION, note: clipped(note, MOST_CHARACTERS) };
}

function recommendationEvents(
  { recommendation }: PassRecord,
  self: EventRegarding,
  before: CniTuningStatus | undefined,
): readonly TuningEvent[] {
  if (recommendation?.kind !== 'Advice' || before?.recommendation?.id === recommendation.id) return [];
  const { unmet, summary } = recommendation;
  return [event(self, unmet === undefined ? 'RecommendationFound' : 'ObjectiveUnmet', summary)];
}

function refusalEvents(
  record: PassRecord,
  self: EventRegarding,
  before: CniTuningStatus | undefined,
): readonly TuningEvent[] {
  const refusal = refusalOf(record);
  const ready = before?.conditions?.find(({ type }) => type === 'Ready');
  if (refusal === undefined || (ready?.reason === 'PermissionMissing' && ready.message === refusal)) return [];
  return [event(self, 'PermissionMissing', refusal)];
}

function holdEvents(
  { plan }: PassRecord,
  self: EventRegarding,
  before: CniTuningStatus | undefined,
): readonly TuningEvent[] {
  if (plan?.kind !== 'Hold' || before?.hold?.reason === plan.reason) return [];
  const found = holdEvent(self, plan.reason, plan.message);
  return found === undefined ? [] : [found];
}

/** A change is told on the DaemonSet too: its owners look there. */
function outcomeEvents(record: PassRecord, self: EventRegarding): readonly TuningEvent[] {
  const { outcome, plan } = record;
  const both = [self, ...daemonSetOf(record)];
  if (plan?.kind === 'Undo' && (outcome.kind === 'Applied' || outcome.kind === 'Restored')) {
    return both.map((regarding) => event(regarding, 'RolledBack', `Undone by request. ${plan.message}`));
  }
  if (outcome.kind === 'Applied' && outcome.changed && plan?.kind === 'Change') {
    const took = outcome.forced ? ' The variables were taken over from their owner.' : '';
    const hurried = plan.emergency === undefined ? '' : ` In an emergency: ${plan.emergency}.`;
    return both.map((regarding) => event(regarding, 'RollingOut', `${plan.because}${hurried}${took}`));
  }
  if (outcome.kind === 'Restored') {
    return both.map((regarding) => event(regarding, 'Restoring', restoredMessage(outcome)));
  }
  if (outcome.kind === 'Released' && record.object.hasFinalizer) {
    const note =
      both.length > 1
        ? 'The DaemonSet was let go with its values as they are; cni-tuner owns none of them any more.'
        : 'The DaemonSet is gone: nothing is left to give back.';
    return both.map((regarding) => event(regarding, 'Restoring', note));
  }
  if (outcome.kind === 'Conflicted') {
    return [event(self, 'FieldsOwnedElsewhere', conflictedMessage(outcome.conflicts))];
  }
  if (outcome.kind !== 'Failed') return [];
  return [event(self, failureReason(outcome.error.kind), outcome.error.message)];
}

function rolloutEvents(record: PassRecord, self: EventRegarding): readonly TuningEvent[] {
  const { ownChange, rollout } = record;
  if (ownChange.kind !== 'Complete') return [];
  const note = `${ownChange.change.to} runs on all ${rollout?.desired ?? 0} nodes.`;
  return [self, ...daemonSetOf(record)].map((regarding) => event(regarding, 'Tuned', note));
}

function daemonSetOf({ snapshot }: PassRecord): readonly EventRegarding[] {
  const daemonSet = snapshot?.daemonSet;
  if (daemonSet === undefined) return [];
  const { namespace, name } = daemonSet.ref;
  return [{ kind: 'DaemonSet', namespace, name, uid: daemonSet.uid }];
}
