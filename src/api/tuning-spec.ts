/**
 * The CniTuning spec as the rest of the program reads it: every default filled, durations in milliseconds, shares
 * between 0 and 1. Made from the object the API server validated by `parseTuning` (cnituning.ts).
 */

/** The settings a CniTuning may own, by the name they have in `spec.settings`. */
export const SETTING_NAMES = ['warmENI', 'warmPrefix', 'warmIP', 'minimumIP'] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

/** Inclusive bounds of one setting. */
export type Bounds = { readonly min: number; readonly max: number };

/** Advise only, or write as well. */
export type Mode = 'Recommend' | 'Apply';

export type DaemonSetRef = { readonly namespace: string; readonly name: string; readonly container: string };

/** Addresses to keep free in each pod subnet: a count, or a share of the subnet's size. */
export type SubnetReserve =
  | { readonly kind: 'Addresses'; readonly addresses: number }
  | { readonly kind: 'Share'; readonly share: number };

/** Opens at each time of the schedule (five cron fields) and stays open for the duration. */
export type ChangeWindow = { readonly schedule: string; readonly durationMs: number; readonly timeZone: string };

export type TuningSpec = {
  readonly mode: Mode;
  readonly suspend: boolean;
  readonly daemonSetRef: DaemonSetRef;
  /** Labels a node must carry for its history to be used; empty = every node. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Exactly the settings that are ours, with the user's bounds. */
  readonly settings: Readonly<Partial<Record<SettingName, Bounds>>>;
  readonly objectives: {
    /** Share of pod starts (0..1) that may find no free address, avoidable delays only. */
    readonly delayedPodsShare: number;
    readonly subnetReserve: SubnetReserve;
  };
  readonly history: { readonly windowMs: number; readonly halfLifeMs: number; readonly minimumMs: number };
  /** When a change may go out. */
  readonly changes: {
    /** Empty = at any time. */
    readonly windows: readonly ChangeWindow[];
    readonly minimumIntervalMs: number;
    /** Within any 24 hours. */
    readonly maxPerDay: number;
    readonly allowed: 'Both' | 'IncreaseOnly' | 'DecreaseOnly';
    /** Of the live values' score (0..1). */
    readonly minimumGainShare: number;
    /** What a change may skip in an emergency: nothing; interval and gain; the windows too. */
    readonly emergency: 'Never' | 'WithinWindow' | 'Always';
  };
  /** Field managers whose env entries may be taken over by force. */
  readonly takeOverFrom: readonly string[];
  readonly deletionPolicy: 'Restore' | 'Retain';
};
