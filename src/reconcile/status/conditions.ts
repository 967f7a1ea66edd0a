/** The conditions that inform, and Ready with its two companions. */
import type { Condition, ConditionUpdate } from '../../api/conditions.ts';
import { setCondition, summarizeReady } from '../../api/conditions.ts';
import type { CniTuningStatus } from '../../api/cnituning.ts';
import { whole } from '../../tuning/recommend/wording.ts';
import type { PassRecord } from '../pass-record.ts';
import { conflictedMessage, failureReason, restoredMessage, situationOf } from './situation.ts';

type Finding = Omit<ConditionUpdate, 'generation' | 'type'>;

/** `recommendation` is what the new status will say, so that condition and field never differ. */
export function conditionsOf(
  record: PassRecord,
  recommendation: CniTuningStatus['recommendation'],
): readonly Condition[] {
  const { object, finishedAtMs: nowMs } = record;
  const { generation } = object;
  const found = {
    Recommended: recommended(record, recommendation),
    Applied: applied(record),
    SubnetsObserved: subnetsObserved(record),
    FailuresObserved: failuresObserved(record),
    HistoryKept: historyKept(record),
  } as const;
  let conditions: readonly Condition[] = object.status?.conditions ?? [];
  for (const type of ['Recommended', 'Applied', 'SubnetsObserved', 'FailuresObserved', 'HistoryKept'] as const) {
    const finding = found[type];
    if (finding !== undefined) conditions = setCondition(conditions, { type, generation, ...finding }, nowMs);
  }
  return summarizeReady({ conditions, situation: situationOf(record), generation, nowMs });
}

/** Undefined: the last verdict stands. */
function recommended(
  { recommendation: found }: PassRecord,
  written: CniTuningStatus['recommendation'],
): Finding | undefined {
  if (found === undefined) return undefined;
  if (found.kind === 'Undecided') return { status: 'False', reason: found.reason, message: found.message };
  if (found.unmet === undefined) {
    return { status: 'True', reason: 'RecommendationFound', message: written?.summary ?? found.summary };
  }
  return { status: 'True', reason: 'ObjectiveUnmet', message: written?.unmet ?? found.unmet.sentence };
}

function applied({ outcome, plan, ownChange, object }: PassRecord): Finding | undefined {
  switch (outcome.kind) {
    case 'Applied':
      return { status: 'False', reason: 'RollingOut', message: 'The change was written; the rollout begins.' };
    case 'Restored':
      return { status: 'False', reason: 'Restoring', message: restoredMessage(outcome) };
    case 'Conflicted':
      return { status: 'False', reason: 'FieldsOwnedElsewhere', message: conflictedMessage(outcome.conflicts) };
    case 'Kept':
      return { status: 'True', reason: 'Tuned', message: plan?.kind === 'Keep' ? plan.message : '' };
    case 'Failed':
      if (plan?.kind !== 'Change' && plan?.kind !== 'Restore' && !object.deletionRequested) return undefined;
      return { status: 'False', reason: failureReason(outcome.error.kind), message: outcome.error.message };
    case 'Prepared':
    case 'Overtaken':
    case 'Released':
      return undefined;
    case 'Held':
      break;
  }
  if (plan?.kind !== 'Hold') return undefined;
  const rolling = plan.reason === 'RolloutInProgress' && ownChange.kind === 'Open';
  return { status: 'False', reason: rolling ? 'RollingOut' : plan.reason, message: plan.message };
}

function subnetsObserved({ snapshot }: PassRecord): Finding {
  const account = snapshot?.account;
  if (account === undefined) return { status: 'Unknown', reason: 'Pending', message: 'EC2 has not been read yet.' };
  const gaps = account.gaps.map(({ message }) => message).join(' ');
  const [gap] = account.gaps;
  if (account.subnets === undefined) {
    return { status: 'False', reason: gap?.reason ?? 'Unavailable', message: gaps || 'The subnets could not be read.' };
  }
  const read = `Subnets read from EC2: ${whole(account.subnets.length)}.`;
  return { status: 'True', reason: 'SubnetsRead', message: gaps === '' ? read : `${read} ${gaps}` };
}

function failuresObserved({ snapshot }: PassRecord): Finding {
  if (snapshot?.synced !== true) {
    return { status: 'Unknown', reason: 'Pending', message: 'The watches have not delivered their first state yet.' };
  }
  if (snapshot.failuresObserved === false) {
    const message = 'Nothing tells of pods that were refused an address: events may not be read.';
    return { status: 'False', reason: 'NoFailureSignal', message };
  }
  const { addressFailures } = snapshot;
  const pods = addressFailures.reduce((sum, failures) => sum + failures.pods, 0);
  const now = pods === 0 ? 'none now' : `${whole(pods)} on ${whole(addressFailures.length)} nodes now`;
  return { status: 'True', reason: 'FailuresWatched', message: `Pods without an address are watched: ${now}.` };
}

/** Undefined: the last verdict stands, over a restart too. */
function historyKept({ keeping, object }: PassRecord): Finding | undefined {
  switch (keeping?.kind) {
    case 'Kept': {
      const message = 'The history is stored once a minute and outlives the operator.';
      if (keeping.refused === undefined) return { status: 'True', reason: 'HistoryCheckpointed', message };
      const before = `${message} What was stored before was not used: ${keeping.refused}`;
      return { status: 'True', reason: 'EarlierHistoryRefused', message: before };
    }
    case 'NotKept':
      return { status: 'False', reason: keeping.reason, message: keeping.message };
    case 'Pending': {
      if (object.status?.conditions?.some(({ type }) => type === 'HistoryKept')) return undefined;
      return {
        status: 'Unknown',
        reason: 'Pending',
        message: 'The history is stored for the first time within a minute.',
      };
    }
    case undefined:
      return undefined;
  }
}
