/** The last changes of ours, newest first, and the rollout of the newest one. */
import { clipped } from '../../api/clipped.ts';
import type { ChangeStatus, CniTuningStatus } from '../../api/cnituning.generated.ts';
import { timestampOf } from '../../api/conditions.ts';
import type { SettingName } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import { isCarriedOut } from './rollback.ts';
import { assignments, variableOf } from '../../tuning/counting-settings.ts';
import { ownedValues } from '../../tuning/originals.ts';
import { isUndoUnderWay } from '../../tuning/undo.ts';
import type { PassRecord } from '../pass-record.ts';

const MOST_CHANGES = 10;
const UNDONE = 'Undone by request: the annotation cnituning.dev/rollback asked for it.';
/** What the schema allows. What we found may be a text of any length. */
const MOST_ASSIGNMENTS = 512;

export function changesOf(record: PassRecord): readonly ChangeStatus[] {
  const settled = withResult(record, record.object.status?.changes ?? []);
  const undone = undoingChange(record);
  const written = undone ?? changeOfPass(record) ?? unrecordedChange(record, settled, record.finishedAtMs);
  if (written === undefined) return settled;
  const [newest, ...older] = settled;
  const ended = undone !== undefined ? 'Undone' : newest?.result === 'RollingOut' ? 'Superseded' : newest?.result;
  const before = newest === undefined || ended === undefined ? [] : [{ ...newest, result: ended }];
  return [written, ...before, ...older].slice(0, MOST_CHANGES);
}

function undoingChange({ plan, outcome, finishedAtMs }: PassRecord): ChangeStatus | undefined {
  if (plan?.kind !== 'Undo' || !isCarriedOut(plan, outcome)) return undefined;
  const { undone: from, back: to } = plan;
  return { time: timestampOf(finishedAtMs), from, to, because: UNDONE, result: 'RollingOut' };
}

/** The newest change with what has become of its rollout. */
function withResult({ ownChange }: PassRecord, changes: readonly ChangeStatus[]): readonly ChangeStatus[] {
  const [newest, ...older] = changes;
  if (newest === undefined || (ownChange.kind !== 'Complete' && ownChange.kind !== 'Superseded')) return changes;
  return [{ ...newest, result: ownChange.kind }, ...older];
}

function changeOfPass({ plan, outcome, finishedAtMs, live }: PassRecord): ChangeStatus | undefined {
  const time = timestampOf(finishedAtMs);
  if (outcome.kind === 'Applied' && outcome.changed && plan?.kind === 'Change') {
    const because = clipped(plan.because, 1_024);
    const { recommendationId: recommendationID, emergency } = plan;
    return {
      time,
      from: textOf(plan.from),
      to: textOf(plan.to),
      because,
      recommendationID,
      ...(emergency === undefined ? {} : { emergency: clipped(emergency, MOST_ASSIGNMENTS) }),
      result: 'RollingOut',
    };
  }
  if (outcome.kind !== 'Restored' || outcome.restored.length === 0 || plan?.kind !== 'Restore') return undefined;
  const back = plan.originals.filter(({ setting }) => outcome.restored.includes(setting));
  const texts = (value: (setting: SettingName) => string | undefined): string =>
    textOf(Object.fromEntries(back.map(({ setting }) => [setting, value(setting)])));
  const original = (setting: SettingName): string | undefined => {
    const found = back.find((each) => each.setting === setting);
    return found?.state === 'value' ? found.value : undefined;
  };
  return {
    time,
    from: texts((setting) => live?.entries[setting]?.value),
    to: texts(original),
    because: 'The setting was taken out of spec.settings.',
    result: 'RollingOut',
  };
}

/**
 * A write of ours that no status tells of: the process ended, or lost the object, between the two. Seen by values
 * that we own and no recorded change has written.
 */
export function unrecordedChange(
  { live, originals, object, conflictWith }: Pick<PassRecord, 'live' | 'originals' | 'object' | 'conflictWith'>,
  changes: readonly ChangeStatus[],
  nowMs: number,
): ChangeStatus | undefined {
  if (live === undefined || object.deletionRequested || conflictWith !== undefined) return undefined;
  // Then it is the request's, and recorded as such.
  if (isUndoUnderWay(object.status)) return undefined;
  const owned = ownedValues(live);
  const missing = SETTING_NAMES.filter((setting) => {
    const value = owned[setting];
    const known = originals.some((original) => original.setting === setting);
    const last = lastWritten(setting, changes);
    // Its record may have made room for ten later ones.
    const isTooOld = last === undefined && changes.length >= MOST_CHANGES;
    return known && value !== undefined && !isTooOld && last !== `${variableOf(setting)}=${value}`;
  });
  if (missing.length === 0) return undefined;
  const before = (setting: SettingName): string | undefined => {
    const last = lastWritten(setting, changes)?.split('=')[1];
    const original = originals.find((each) => each.setting === setting);
    return last ?? (original?.state === 'value' ? original.value : undefined);
  };
  return {
    time: timestampOf(nowMs),
    from: textOf(Object.fromEntries(missing.map((setting) => [setting, before(setting)]))),
    to: textOf(Object.fromEntries(missing.map((setting) => [setting, owned[setting]]))),
    because: 'Found on the DaemonSet after an interruption: the write had gone through, its record had not.',
    result: 'RollingOut',
  };
}

function lastWritten(setting: SettingName, changes: readonly ChangeStatus[]): string | undefined {
  const variable = variableOf(setting);
  const parts = changes.flatMap(({ to }) => to.split(', '));
  return parts.find((part) => part === `${variable} unset` || part.startsWith(`${variable}=`));
}

/** Undefined when no change of ours is under way. */
export function rolloutStatusOf(record: PassRecord, changes: readonly ChangeStatus[]): CniTuningStatus['rollout'] {
  const [newest] = changes;
  const { rollout, outcome } = record;
  if (newest?.result !== 'RollingOut' || rollout === undefined) return undefined;
  const justWritten = outcome.kind === 'Applied' || outcome.kind === 'Restored';
  return {
    from: newest.from,
    to: newest.to,
    desired: rollout.desired,
    updated: justWritten ? 0 : rollout.updated,
    startTime: newest.time,
  };
}

function textOf(values: Parameters<typeof assignments>[0]): string {
  return clipped(assignments(values), MOST_ASSIGNMENTS);
}
