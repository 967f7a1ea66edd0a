/** What a thread is asked to replay, and what it adds up. */
import type { DelayedPod, NodeLife } from '../../../src/ipamd/simulate.ts';
import type { CniSettings } from '../../../src/ipamd/warm-settings.ts';
import type { NodeShape } from '../../../src/ipamd/instance-limits.ts';

/** Stretches of one log, sent once to each thread. */
export type StretchSet = {
  readonly name: string;
  readonly stretches: readonly {
    readonly shape: NodeShape;
    readonly life: NodeLife;
    readonly weight: number;
    readonly starts: { readonly all: number; readonly old: number };
  }[];
};

export type ReplayJob = {
  readonly id: number;
  readonly set: string;
  readonly settings: CniSettings;
  readonly seed: number;
  /** Tell which starts were delayed, as "stretch:pod". */
  readonly nameDelayed: boolean;
};

/** Weighted sums over all stretches of a set. Times in ms. */
export type ReplayTotals = {
  readonly countedMs: number;
  readonly heldMs: number;
  readonly assignedMs: number;
  readonly idleMs: number;
  readonly starts: number;
  readonly startsOld: number;
  readonly delayed: number;
  readonly delayedOld: number;
  readonly calls: number;
  readonly mutating: number;
  readonly delayedNames: readonly { readonly name: string; readonly old: boolean }[];
};

export type ToReplayThread =
  | { readonly kind: 'Set'; readonly set: StretchSet }
  | { readonly kind: 'Job'; readonly job: ReplayJob };
export type FromReplayThread = { readonly id: number; readonly totals: ReplayTotals; readonly cpuMs: number };

export function isOld(pod: DelayedPod): boolean {
  return !pod.young;
}
