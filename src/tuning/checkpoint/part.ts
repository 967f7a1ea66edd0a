/**
 * What one part of a checkpoint is, in bytes: a head, entries, and a checksum of all before it. Part 0, the base,
 * stands alone. Each later part goes on from the one before and names its checksum, so that a part that was left over
 * from an earlier base, or from another writer, is never taken for one that belongs.
 */
import type { SettledStretch } from '../demand/settled-sample.ts';
import type { WatchedSpan } from '../demand/watched-time.ts';

/** `CNTH`: how a part begins, so that anything else is known for foreign. */
export const MAGIC = [0x43, 0x4e, 0x54, 0x48] as const;
export const VERSION = 1;
export const CHECKSUM_BYTES = 4;

/** Several times what any node takes; more would be a number that eats the reader's memory. */
export const MOST_STARTING_PODS = 4_096;

/** What a reader would refuse is not written. */
export function isStorable({ startingPods }: SettledStretch): boolean {
  return startingPods.length <= MOST_STARTING_PODS;
}

export type PartHead = {
  /** Counts bases; every base is one more than the one it was made after. */
  readonly generation: number;
  readonly index: number;
  /** Of the part before; 0 for a base. */
  readonly follows: number;
  readonly takenAtMs: number;
  readonly watched: WatchedSpan;
};

/** Open stretches are numbered as they come, through all parts of a generation. */
export type PartEntry =
  | {
      readonly kind: 'New';
      readonly shapeKey: string;
      readonly stretch: SettledStretch;
      readonly represents: number;
      readonly isOpen: boolean;
    }
  /** What came after event number `first`; with `isOpen` false the stretch ends. */
  | {
      readonly kind: 'More';
      readonly open: number;
      readonly stretch: SettledStretch;
      readonly first: number;
      readonly isOpen: boolean;
    }
  /** The stretch is remembered no more. */
  | { readonly kind: 'Gone'; readonly open: number };

export const TAGS = { NewSettled: 0, NewOpen: 1, Grown: 2, Ended: 3, Gone: 4 } as const;
