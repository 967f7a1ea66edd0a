/** What a pass found, as far as Ready cares, and the sentence it says. */
import type { Situation } from '../../api/conditions.ts';
import { situationOfHold } from '../../api/conditions.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { Hold } from '../../tuning/advice.ts';
import { variableOf } from '../../tuning/counting-settings.ts';
import { listed } from '../../tuning/recommend/wording.ts';
import type { Outcome, PassRecord } from '../pass-record.ts';
import type { OwnershipConflict, PortErrorKind } from '../ports.ts';

export function situationOf(record: PassRecord): Situation {
  const { object, outcome, plan, ownChange } = record;
  if (outcome.kind === 'Failed') return situationOfFailure(outcome);
  const refusal = refusalOf(record);
  if (refusal !== undefined) return { kind: 'Stalled', reason: 'PermissionMissing', message: refusal };
  if (object.deletionRequested) {
    const message = plan?.kind === 'Hold' ? plan.message : 'Giving the DaemonSet back before the object goes.';
    return { kind: 'Progressing', reason: 'Restoring', message };
  }
  switch (outcome.kind) {
    case 'Applied':
      return { kind: 'Progressing', reason: 'RollingOut', message: 'The change was written; the rollout begins.' };
    case 'Restored':
      return { kind: 'Progressing', reason: 'Restoring', message: restoredMessage(outcome) };
    case 'Conflicted':
      return { kind: 'Stalled', reason: 'FieldsOwnedElsewhere', message: conflictedMessage(outcome.conflicts) };
    case 'Overtaken':
      return { kind: 'Interrupted', message: 'The DaemonSet has changed since it was read; it is judged anew.' };
    case 'Prepared':
    case 'Released':
    case 'Held':
    case 'Kept':
      break;
  }
  if (plan?.kind === 'Undo') return { kind: 'Interrupted', message: plan.message };
  if (plan?.kind === 'Hold' && plan.reason === 'RolloutInProgress' && ownChange.kind === 'Open') {
    return { kind: 'Progressing', reason: 'RollingOut', message: plan.message };
  }
  if (plan?.kind === 'Hold')
    return situationOfHold({ reason: plan.reason, message: holdMessage(record, plan) }, object.spec.mode);
  return { kind: 'Working', reason: 'Tuned', message: withRemarks(record, plan?.kind === 'Keep' ? plan.message : '') };
}

/** Nothing can be judged, and no time will mend it: a permission is missing. Undefined when that is not so. */
export function refusalOf({ plan, snapshot }: PassRecord): string | undefined {
  const isBlind = plan?.kind === 'Hold' && (plan.reason === 'SnapshotIncomplete' || plan.reason === 'SnapshotStale');
  const refused = snapshot?.refusedWatches ?? [];
  return isBlind && refused.length > 0 ? refused.join(' ') : undefined;
}

function situationOfFailure({ error }: Extract<Outcome, { kind: 'Failed' }>): Situation {
  const reason = failureReason(error.kind);
  return reason === 'WriteFailed'
    ? { kind: 'Interrupted', message: error.message }
    : { kind: 'Stalled', reason, message: error.message };
}

/** A refusal must be looked at by a person; anything else is tried again. */
export function failureReason(kind: PortErrorKind): 'PermissionMissing' | 'WriteRefused' | 'WriteFailed' {
  if (kind === 'Forbidden') return 'PermissionMissing';
  return kind === 'Invalid' ? 'WriteRefused' : 'WriteFailed';
}

/** In Recommend mode the advice is what a reader wants to see; how to write it is in `hold`. */
function holdMessage(record: PassRecord, hold: Hold): string {
  const { recommendation } = record;
  const advising = hold.reason === 'RecommendMode' || hold.reason === 'FieldsOwnedElsewhere';
  const advised = record.object.spec.mode === 'Recommend' && advising && recommendation?.kind === 'Advice';
  return withRemarks(record, advised ? adviceText(record, recommendation.summary) : hold.message);
}

/** Figures drift a little with every evaluation: what is written already stands while the proposal does. */
function adviceText({ object, recommendation }: PassRecord, summary: string): string {
  const written = object.status?.recommendation;
  return recommendation?.kind === 'Advice' && written?.id === recommendation.id ? written.summary : summary;
}

/** Values that the CNI reads differently from what is written, and nodes that were left out for want of limits. */
function withRemarks({ live, object, census }: PassRecord, message: string): string {
  const ours = SETTING_NAMES.filter((name) => object.spec.settings[name] !== undefined).map(variableOf);
  const misread = (live?.problems ?? [])
    .filter(({ variable }) => ours.includes(variable))
    .map(({ sentence }) => sentence);
  const types = census?.unknownInstanceTypes ?? [];
  const unknown = types.length === 0 ? [] : [`Left out for unknown limits: nodes of type ${listed(types)}.`];
  return [message, ...misread, ...unknown].filter((part) => part !== '').join(' ');
}

export function restoredMessage({ restored, skipped }: Extract<Outcome, { kind: 'Restored' }>): string {
  const variables = (settings: readonly string[]): string =>
    listed(SETTING_NAMES.filter((name) => settings.includes(name)).map(variableOf));
  const back = restored.length > 0 ? `Gave back ${variables(restored)}.` : 'Nothing was ours to give back.';
  return skipped.length > 0 ? `${back} Left alone, since somebody else has changed it: ${variables(skipped)}.` : back;
}

export function conflictedMessage(conflicts: readonly OwnershipConflict[]): string {
  const owners = [...new Set(conflicts.map(({ manager, field }) => `"${manager}" owns ${field}`))];
  return (
    `The API server refused the write: ${listed(owners)}. ` +
    `Name the manager in spec.ownership.takeOverFrom to let cni-tuner take over.`
  );
}
