/** A person's request to undo the last change: judged before any guard, and whatever the mode, carried out or answered. */
import { DO_NOT_TUNE_ANNOTATION, ROLLBACK_ANNOTATION } from '../api/cnituning.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Undo } from '../tuning/advice.ts';
import { isWatchStale } from '../tuning/guards/cluster-guards.ts';
import { undoOf } from '../tuning/undo.ts';
import type { Observation } from './observe.ts';
import type { Outcome } from './pass-record.ts';
import type { Ports } from './ports.ts';
import { changesOf } from './status/changes.ts';
import { targetOf, triedOnce } from './write.ts';

/** Undefined: nobody asks, it is done, or too little is known of the cluster to judge anything. */
export function undoAsked(observed: Observation): Undo | undefined {
  const { object, snapshot, live, originals, startedAtMs: nowMs } = observed;
  if (!snapshot.synced || isWatchStale(snapshot, nowMs)) return undefined;
  return undoOf({
    token: object.annotations[ROLLBACK_ANNOTATION],
    lastHandled: object.status?.lastHandledRollback,
    noted: object.status?.rollback,
    // A write that no status tells of was the last change all the same.
    changes: changesOf({ ...observed, ...NOTHING_DONE, finishedAtMs: nowMs }),
    forbidden: forbiddenBy(observed),
    daemonSet: snapshot.daemonSet,
    live,
    originals,
  });
}

const NOTHING_DONE = { recommendation: undefined, plan: undefined, outcome: { kind: 'Held' } } as const;

function forbiddenBy({ snapshot, conflictWith, object }: Observation): string | undefined {
  const { namespace, name } = object.spec.daemonSetRef;
  if (snapshot.daemonSet?.annotations[DO_NOT_TUNE_ANNOTATION] === 'true')
    return `DaemonSet ${namespace}/${name} carries the annotation ${DO_NOT_TUNE_ANNOTATION}: "true".`;
  if (conflictWith === undefined) return undefined;
  return `the older CniTuning ${conflictWith} tunes DaemonSet ${namespace}/${name}; undo its change.`;
}

export async function undo(ports: Ports, observed: Observation, plan: Undo): Promise<Outcome> {
  switch (plan.way) {
    case 'Note':
    case 'Answer':
    case 'Record':
      return { kind: 'Held' };
    case 'Restore': {
      const keep = SETTING_NAMES.filter((name) => plan.originals.every(({ setting }) => setting !== name));
      const { restored, skipped } = await ports.warmSettings.restore(targetOf(observed), plan.originals, keep);
      return { kind: 'Restored', restored, skipped };
    }
    case 'Apply': {
      const { values, originals } = plan;
      // Never by force: what is no longer ours is not ours to undo.
      return await triedOnce((force) => ports.warmSettings.apply(targetOf(observed), values, originals, force), false);
    }
  }
}
