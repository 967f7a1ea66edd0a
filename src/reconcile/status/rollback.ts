/** What has come of a request to undo: the record by which it is carried out once, and remembered. */
import { ROLLBACK_ANNOTATION } from '../../api/cnituning.ts';
import type { CniTuningStatus } from '../../api/cnituning.ts';
import { timestampOf } from '../../api/conditions.ts';
import type { Undo } from '../../tuning/advice.ts';
import type { Outcome, PassRecord } from '../pass-record.ts';
import { some } from './absent.ts';

type Rollback = Pick<CniTuningStatus, 'rollback' | 'lastHandledRollback'>;

export function rollbackOf({ object, plan, outcome, finishedAtMs }: PassRecord): Rollback {
  const before: Rollback = {
    // Without the annotation nothing is remembered: that is how a value is allowed again.
    ...some('rollback', (object.annotations[ROLLBACK_ANNOTATION] ?? '') === '' ? undefined : object.status?.rollback),
    ...some('lastHandledRollback', object.status?.lastHandledRollback),
  };
  if (plan?.kind !== 'Undo') return before;
  const { token, way } = plan;
  if (way === 'Note') return { ...before, rollback: noted(plan, finishedAtMs, before.rollback) };
  if (way === 'Answer') return { rollback: noted(plan, finishedAtMs, before.rollback), lastHandledRollback: token };
  return isCarriedOut(plan, outcome) ? { ...before, lastHandledRollback: token } : before;
}

/** What somebody has taken from us meanwhile is not given back: then the next pass says so. */
export function isCarriedOut({ way }: Undo, outcome: Outcome): boolean {
  if (outcome.kind === 'Restored') return outcome.restored.length > 0;
  return way === 'Record' || outcome.kind === 'Applied';
}

/** Where nothing is undone this time, what was undone before stays remembered. */
function noted(
  { token, undone, back, message }: Undo,
  nowMs: number,
  before: Rollback['rollback'],
): NonNullable<Rollback['rollback']> {
  const time = timestampOf(nowMs);
  if (undone !== '') return { token, time, undone, back, message };
  return { token, time, ...some('undone', before?.undone), ...some('back', before?.back), message };
}
