/** The one value that holds everything a pass saw and did. Status, events, metrics, logs and CLI are views of it. */
import type { Original, Plan, Recommendation } from '../tuning/advice.ts';
import type { ClusterSnapshot } from '../tuning/snapshot.ts';
import type { OwnershipConflict, PortError, TuningObject } from './ports.ts';

export type Outcome =
  | { readonly kind: 'Applied'; readonly generation: number; readonly forced: boolean; readonly changed: boolean }
  | { readonly kind: 'Restored'; readonly restored: readonly string[]; readonly skipped: readonly string[] }
  | { readonly kind: 'Released' }
  | { readonly kind: 'Held' }
  | { readonly kind: 'Kept' }
  | { readonly kind: 'Conflicted'; readonly conflicts: readonly OwnershipConflict[] }
  | { readonly kind: 'Failed'; readonly error: PortError };

export type PassRecord = {
  readonly object: TuningObject;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly snapshot: ClusterSnapshot | undefined;
  /** What the entries held before our first write, as recorded on the DaemonSet. */
  readonly originals: readonly Original[];
  readonly recommendation: Recommendation | undefined;
  readonly plan: Plan | undefined;
  readonly outcome: Outcome;
};
