/**
 * Carries a plan out: at most one change of the DaemonSet's template. First without force; what others own is taken
 * by force only when each of them is named in spec.ownership.takeOverFrom. What the entries held before our first
 * write is recorded on the DaemonSet by the same request, so that no crash can come between the two.
 */
import { ORIGINALS_ANNOTATION } from '../api/cnituning.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Change, Plan, Restore } from '../tuning/advice.ts';
import { originalsBefore, ownedValues } from '../tuning/originals.ts';
import type { Observation } from './observe.ts';
import type { Outcome } from './pass-record.ts';
import type { DaemonSetTarget, Ports } from './ports.ts';
import { PortError } from './ports.ts';

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
  }
}

/** Names the version that was read, so that the write cannot land on another. */
export function targetOf({ snapshot, object }: Observation): DaemonSetTarget {
  const { daemonSet } = snapshot;
  if (daemonSet === undefined) throw new PortError('NotFound', 'The DaemonSet is gone.');
  const { uid, resourceVersion, annotations } = daemonSet;
  return { ref: object.spec.daemonSetRef, uid, resourceVersion, recorded: annotations[ORIGINALS_ANNOTATION] };
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
  try {
    return { kind: 'Applied', forced: false, ...(await ports.warmSettings.apply(target, values, recorded, false)) };
  } catch (error) {
    if (!(error instanceof PortError) || error.kind !== 'Conflict' || error.conflicts.length === 0) throw error;
    const { conflicts } = error;
    const allowed = conflicts.every(
      ({ manager, setting }) => setting !== undefined && object.spec.takeOverFrom.includes(manager),
    );
    if (!allowed) return { kind: 'Conflicted', conflicts };
    return { kind: 'Applied', forced: true, ...(await ports.warmSettings.apply(target, values, recorded, true)) };
  }
}

/** A setting left spec.settings: its entry goes back, the others stay ours. */
async function giveBack(ports: Ports, observed: Observation, { originals }: Restore): Promise<Outcome> {
  const keep = SETTING_NAMES.filter((name) => originals.every(({ setting }) => setting !== name));
  const { restored, skipped } = await ports.warmSettings.restore(targetOf(observed), originals, keep);
  return { kind: 'Restored', restored, skipped };
}
