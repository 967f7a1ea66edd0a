/** What a pass found and did, as the CniTuning's status. Pure; equal passes give equal statuses. */
import { clipped } from '../api/clipped.ts';
import { RECONCILE_ANNOTATION } from '../api/cnituning.ts';
import type { CniTuningStatus } from '../api/cnituning.ts';
import { timestampOf } from '../api/conditions.ts';
import type { PassRecord } from './pass-record.ts';
import { changesOf, rolloutStatusOf } from './status/changes.ts';
import { addressesOf, nodesOf, settingsOf, settingSummaryOf } from './status/cluster-status.ts';
import { conditionsOf } from './status/conditions.ts';
import { candidatesOf, recommendationOf, shapesOf, withWrittenFigures } from './status/recommendation-status.ts';
import { rollbackOf } from './status/rollback.ts';
import { failureReason, refusalOf } from './status/situation.ts';
import { subnetsOf } from './status/subnet-status.ts';

export function statusOf(found: PassRecord): CniTuningStatus {
  const record = withWrittenFigures(found);
  const { object } = record;
  const recommendation = recommendationOf(record);
  const changes = changesOf(record);
  const handled = isInterrupted(record)
    ? object.status?.lastHandledReconcile
    : object.annotations[RECONCILE_ANNOTATION];
  const status: { -readonly [Key in keyof CniTuningStatus]: CniTuningStatus[Key] | undefined } = {
    // A pass that could not judge has not seen this generation through.
    observedGeneration: isInterrupted(record) ? (object.status?.observedGeneration ?? -1) : object.generation,
    conditions: conditionsOf(record, recommendation),
    settingSummary: settingSummaryOf(record),
    settings: settingsOf(record, recommendation),
    recommendation,
    candidates: candidatesOf(record, recommendation),
    shapes: shapesOf(record, recommendation),
    nodes: nodesOf(record),
    addresses: addressesOf(record),
    subnets: subnetsOf(record),
    rollout: rolloutStatusOf(record, changes),
    hold: holdOf(record),
    changes: changes.length === 0 ? undefined : changes,
    lastHandledReconcile: handled === undefined ? undefined : clipped(handled, 256),
    ...rollbackOf(record),
  };
  return withoutAbsent(status);
}

/** Nothing was judged this time: the last verdict stands. */
function isInterrupted(record: PassRecord): boolean {
  const { outcome, plan } = record;
  if (outcome.kind === 'Overtaken' || plan?.kind === 'Undo') return true;
  if (outcome.kind === 'Failed') return failureReason(outcome.error.kind) === 'WriteFailed';
  if (refusalOf(record) !== undefined) return false;
  return plan?.kind === 'Hold' && (plan.reason === 'SnapshotIncomplete' || plan.reason === 'SnapshotStale');
}

function holdOf({ plan }: PassRecord): CniTuningStatus['hold'] {
  if (plan?.kind !== 'Hold') return undefined;
  const { reason, message, recheckAtMs } = plan;
  const hold = { reason, message: clipped(message, 2_048) };
  return recheckAtMs === undefined ? hold : { ...hold, recheckTime: timestampOf(recheckAtMs) };
}

type Draft = { readonly [Key in keyof CniTuningStatus]: CniTuningStatus[Key] | undefined };

/** Absent fields are left out, as the API server returns them. */
function withoutAbsent(draft: Draft): CniTuningStatus {
  const observedGeneration = draft.observedGeneration ?? -1;
  const present = Object.entries(draft).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(present), observedGeneration };
}
