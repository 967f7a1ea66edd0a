/**
 * Carries a plan out: at most one change of the DaemonSet's template, and only of the version that was read: the guards
 * have judged that one and no other. First without force; what others own is taken by force only when each of them is
 * named in spec.ownership.takeOverFrom. What the entries held before our first write is recorded on the DaemonSet by
 * the same request, so that no crash can come between the two.
 */
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Change, Plan, Restore } from '../tuning/advice.ts';
import { originalsBefore, ownedValues } from '../tuning/originals.ts';
import type { Observation } from './observe.ts';
import type { Outcome } from './pass-record.ts';
import type { Ports } from './ports.ts';
import { targetOf, triedOnce } from './write.ts';
import { undo } from './undo.ts';

export async function apply(ports: Ports, observed: Observation, plan: Plan): Promise<Outcome> {
  switch (plan.kind) {
    case 'Hold':
      return { kind: 'Held' };
    case 'Keep':
      return { kind: 'Kept' };
    case 'Change':
      return await applyChange(ports, observed, plan);
    case 'Restore':
      return await giveBack(ports, observed, plan);
    case 'Undo':
      return await undo(ports, observed, plan);
  }
}

async function applyChange(ports: Ports, observed: Observation, { to }: Change): Promise<Outcome> {
  const { object, live, originals } = observed;
  if (live === undefined) return { kind: 'Held' };
  if (!object.hasFinalizer) {
    await ports.tunings.addFinalizer(object);
    return { kind: 'Prepared' };
  }
  const target = targetOf(observed);
  const values = { ...ownedValues(live), ...to };
  const recorded = originalsBefore(originals, live, values);
  const write = (force: boolean) => ports.warmSettings.apply(target, values, recorded, force);
  const outcome = await triedOnce(write, false);
  if (outcome.kind !== 'Conflicted') return outcome;
  const allowed = outcome.conflicts.every(
    ({ manager, setting }) => setting !== undefined && object.spec.takeOverFrom.includes(manager),
  );
  return allowed ? await triedOnce(write, true) : outcome;
}

/** A setting left spec.settings: its entry goes back, the others stay ours. */
async function giveBack(ports: Ports, observed: Observation, { originals }: Restore): Promise<Outcome> {
  const keep = SETTING_NAMES.filter((name) => originals.every(({ setting }) => setting !== name));
  const { restored, skipped } = await ports.warmSettings.restore(targetOf(observed), originals, keep);
  return { kind: 'Restored', restored, skipped };
}
