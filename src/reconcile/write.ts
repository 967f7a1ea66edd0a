/** One write to the DaemonSet: of the version that was read, with a conflict as an outcome. */
import { ORIGINALS_ANNOTATION } from '../api/cnituning.ts';
import type { Observation } from './observe.ts';
import type { Outcome } from './pass-record.ts';
import type { DaemonSetTarget, WarmSettingsWriter } from './ports.ts';
import { PortError } from './ports.ts';

/** Names the version that was read, so that the write cannot land on another. */
export function targetOf({ snapshot, object }: Observation): DaemonSetTarget {
  const { daemonSet } = snapshot;
  if (daemonSet === undefined) throw new PortError('NotFound', 'The DaemonSet is gone.');
  const { uid, resourceVersion, annotations } = daemonSet;
  return { ref: object.spec.daemonSetRef, uid, resourceVersion, recorded: annotations[ORIGINALS_ANNOTATION] };
}

type Write = (force: boolean) => ReturnType<WarmSettingsWriter['apply']>;

/** Either conflict is an outcome: what was decided was right for what was read. Other trouble is thrown. */
export async function triedOnce(write: Write, forced: boolean): Promise<Outcome> {
  try {
    return { kind: 'Applied', forced, ...(await write(forced)) };
  } catch (error) {
    if (!(error instanceof PortError) || error.kind !== 'Conflict') throw error;
    const { conflicts } = error;
    return conflicts.length === 0 ? { kind: 'Overtaken' } : { kind: 'Conflicted', conflicts };
  }
}
