/** The one value that holds everything a pass saw and did. Status, events, metrics, logs and CLI are views of it. */
import type { Original, Plan, Recommendation } from '../tuning/advice.ts';
import type { Census } from '../tuning/census.ts';
import type { SubnetForecast } from '../tuning/forecast.ts';
import type { LiveSettings } from '../tuning/live-settings.ts';
import type { RolloutView } from '../tuning/rollout.ts';
import type { ClusterSnapshot } from '../tuning/snapshot.ts';
import type { OwnChange } from './own-change.ts';
import type { HistoryKeeping, OwnershipConflict, PortError, TuningObject } from './ports.ts';

export type Outcome =
  /** The finalizer was added; the change itself is the next pass's, which its watch event wakes. */
  | { readonly kind: 'Prepared' }
  | { readonly kind: 'Applied'; readonly generation: number; readonly forced: boolean; readonly changed: boolean }
  | { readonly kind: 'Restored'; readonly restored: readonly string[]; readonly skipped: readonly string[] }
  | { readonly kind: 'Released' }
  | { readonly kind: 'Held' }
  | { readonly kind: 'Kept' }
  | { readonly kind: 'Conflicted'; readonly conflicts: readonly OwnershipConflict[] }
  /** Somebody wrote to the DaemonSet since it was read: nothing was written, and the next pass judges what is there. */
  | { readonly kind: 'Overtaken' }
  | { readonly kind: 'Failed'; readonly error: PortError };

export type PassRecord = {
  readonly object: TuningObject;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Undefined when the pass failed before it had read the cluster. */
  readonly snapshot: ClusterSnapshot | undefined;
  /** Undefined when there is no such DaemonSet or container. */
  readonly live: LiveSettings | undefined;
  readonly census: Census | undefined;
  /** How far the DaemonSet's template has reached the nodes; undefined when there is no DaemonSet. */
  readonly rollout: RolloutView | undefined;
  /** What has become of our own last change. */
  readonly ownChange: OwnChange;
  /** What the entries held before our first write, as recorded on the DaemonSet. */
  readonly originals: readonly Original[];
  /** An older CniTuning that names the same container. */
  readonly conflictWith: string | undefined;
  /** When each subnet runs into its reserve; undefined while EC2 cannot be read. */
  readonly forecast: readonly SubnetForecast[] | undefined;
  /** Undefined when whoever made the pass keeps no history. */
  readonly keeping: HistoryKeeping | undefined;
  readonly recommendation: Recommendation | undefined;
  readonly plan: Plan | undefined;
  readonly outcome: Outcome;
};

/** When to look again. Events wake the key sooner. */
export type Requeue =
  /** After this long, whatever happens. */
  | { readonly kind: 'After'; readonly ms: number }
  /** After the key's own growing backoff: the outside failed. */
  | { readonly kind: 'Backoff' }
  /** Only an event can change anything. */
  | { readonly kind: 'OnEvent' };

/** `record` is undefined when the object is gone: its memory was dropped and nothing is left to report. */
export type PassResult = { readonly record: PassRecord | undefined; readonly requeue: Requeue };
