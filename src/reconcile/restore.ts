/**
 * The CniTuning is being deleted: the DaemonSet is given back (`deletionPolicy: Restore`) or let go as it is
 * (`Retain`), and only then the finalizer goes. Each step can be repeated, so a crash between any two is harmless.
 */
import { DO_NOT_TUNE_ANNOTATION } from '../api/cnituning.ts';
import type { Hold, Plan } from '../tuning/advice.ts';
import { notYetSynced } from '../tuning/guards/cluster-guards.ts';
import { refusalAfterRestore } from '../tuning/live-settings.ts';
import type { Observation } from './observe.ts';
import type { Outcome } from './pass-record.ts';
import type { Ports } from './ports.ts';
import { targetOf } from './write.ts';

export type Deletion = { readonly plan: Plan | undefined; readonly outcome: Outcome };

export async function restoreOnDeletion(ports: Ports, observed: Observation): Promise<Deletion> {
  const { object, snapshot, originals } = observed;
  if (!object.hasFinalizer) return { plan: undefined, outcome: { kind: 'Released' } };
  const plan = planOfDeletion(observed);
  if (plan?.kind === 'Hold') return { plan, outcome: { kind: 'Held' } };
  let outcome: Outcome = { kind: 'Released' };
  if (plan !== undefined) {
    const { restored, skipped } = await ports.warmSettings.restore(targetOf(observed), originals, []);
    outcome = { kind: 'Restored', restored, skipped };
  } else if (snapshot.daemonSet !== undefined) {
    await ports.warmSettings.release(targetOf(observed));
  }
  await ports.tunings.removeFinalizer(object);
  return { plan, outcome };
}

/** A restore, a reason to wait, or nothing to give back. */
function planOfDeletion({ object, snapshot, originals }: Observation): Plan | undefined {
  if (!snapshot.synced) return hold('SnapshotIncomplete', notYetSynced(snapshot));
  const { daemonSet } = snapshot;
  if (daemonSet === undefined || originals.length === 0 || object.spec.deletionPolicy === 'Retain') return undefined;
  // The DaemonSet's owner forbids every change: values stay, only our ownership goes.
  if (daemonSet.annotations[DO_NOT_TUNE_ANNOTATION] === 'true') return undefined;
  const refusal = refusalAfterRestore(daemonSet, originals);
  if (refusal === undefined) return { kind: 'Restore', originals, because: 'Deleted' };
  const message =
    `With the original values the CNI would not start: ${refusal} Correct the DaemonSet, or set ` +
    `spec.deletionPolicy to Retain to let it go as it is.`;
  return hold('ResultInvalid', message);
}

function hold(reason: Hold['reason'], message: string): Hold {
  return { kind: 'Hold', reason, message, recheckAtMs: undefined };
}
