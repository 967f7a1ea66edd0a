/** Everything a guard looks at, and how it says no. */
import type { HoldReason } from '../../api/conditions.ts';
import type { SettingName, TuningSpec } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { Hold, Original, Recommendation, SettingValues } from '../advice.ts';
import type { Census } from '../census.ts';
import type { LiveSettings } from '../live-settings.ts';
import { settingsToWrite } from '../live-settings.ts';
import type { RolloutView } from '../rollout.ts';
import type { ClusterSnapshot } from '../snapshot.ts';

export type RecordedChange = {
  readonly atMs: number;
  /** `WARM_ENI_TARGET=0`. */
  readonly wrote: string;
  /** It skipped a rule of spec.changes in an emergency. */
  readonly isEmergency: boolean;
};

export type GuardInput = {
  /** Of the CniTuning: the commands in messages name it. */
  readonly name: string;
  readonly spec: TuningSpec;
  readonly snapshot: ClusterSnapshot;
  /** Undefined when there is no such DaemonSet or container. */
  readonly live: LiveSettings | undefined;
  readonly census: Census;
  readonly rollout: RolloutView | undefined;
  /** The rollout of our own last change has not been seen complete. */
  readonly ownRolloutOpen: boolean;
  /** What a person has asked to undo, as the change wrote it (`WARM_ENI_TARGET=0`), and when; undefined: nothing. */
  readonly undone: { readonly text: string; readonly atMs: number } | undefined;
  /** Our changes of the DaemonSet as far as they are recorded, newest first. */
  readonly changes: readonly RecordedChange[];
  readonly recommendation: Recommendation;
  /** What the entries held before our first write. */
  readonly originals: readonly Original[];
  /** An older CniTuning that names the same container; undefined when there is none. */
  readonly conflictWith: string | undefined;
  readonly nowMs: number;
};

/** What would be written if no guard held. `Unknown`: there is no recommendation yet. */
export type Intent =
  | { readonly kind: 'Unknown' }
  | { readonly kind: 'Keep' }
  | { readonly kind: 'Change'; readonly values: SettingValues }
  | { readonly kind: 'Restore'; readonly originals: readonly Original[] };

/** A setting that left spec.settings goes back first; then what is recommended and not live. */
export function intentOf({ spec, originals, recommendation, live }: GuardInput): Intent {
  const removed = originals.filter(({ setting }) => spec.settings[setting] === undefined);
  if (removed.length > 0) return { kind: 'Restore', originals: removed };
  if (recommendation.kind === 'Undecided' || live === undefined) return { kind: 'Unknown' };
  const names = settingsToWrite(live, recommendation.values);
  if (names.length === 0) return { kind: 'Keep' };
  return { kind: 'Change', values: Object.fromEntries(names.map((name) => [name, recommendation.values[name]])) };
}

export function wouldWrite(intent: Intent): boolean {
  return intent.kind === 'Change' || intent.kind === 'Restore';
}

/** The settings that a change would write; all of ours while it is not known which. */
export function settingsConcerned(intent: Intent, spec: TuningSpec): readonly SettingName[] {
  if (intent.kind === 'Change') return SETTING_NAMES.filter((name) => intent.values[name] !== undefined);
  return intent.kind === 'Unknown' ? SETTING_NAMES.filter((name) => spec.settings[name] !== undefined) : [];
}

export type Trouble = { readonly message: string; readonly recheckAtMs?: number };

/** Undefined: nothing against it. */
export type Guard = (input: GuardInput, intent: Intent) => Trouble | undefined;

export function holdOf(reason: HoldReason, { message, recheckAtMs }: Trouble): Hold {
  return { kind: 'Hold', reason, message, recheckAtMs };
}

/** `kube-system/aws-node`. */
export function daemonSetName({ daemonSetRef: { namespace, name } }: TuningSpec): string {
  return `${namespace}/${name}`;
}
