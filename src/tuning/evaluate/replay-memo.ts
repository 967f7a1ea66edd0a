/**
 * What settled segments did under which settings, so that each is replayed once and only re-weighted later. Bounded
 * by forgetting what the last evaluation did not ask for.
 */

/** One segment under one setting, unweighted. Addresses in address-milliseconds. */
export type SegmentSums = {
  readonly countedMs: number;
  readonly heldAddressMs: number;
  readonly assignedAddressMs: number;
  readonly p99HeldAddresses: number;
  readonly podStarts: number;
  readonly delayedPods: number;
  readonly unavoidableDelayedPods: number;
  /** Served starts that a burst half again as large (or one pod larger) would have delayed, not in the largest pool. */
  readonly tightPods: number;
  readonly ec2Calls: number;
  readonly mutatingEc2Calls: number;
  readonly enisCreated: number;
  readonly enisFreed: number;
  readonly eniCycles: number;
};

/** A segment is asked for under few settings: the candidates and the live one. Past this many it starts again. */
const MOST_SETTINGS_PER_SEGMENT = 512;

export class ReplayMemo {
  /** Two generations by segment: what the running evaluation used, and what only an earlier one used. */
  #current = new Map<string, Map<string, SegmentSums>>();
  #previous = new Map<string, Map<string, SegmentSums>>();

  /** An evaluation was finished: what it did not ask for is forgotten. One that was aborted forgets nothing. */
  finished(): void {
    this.#previous = this.#current;
    this.#current = new Map();
  }

  get(segmentId: string, settingsKey: string): SegmentSums | undefined {
    return this.#of(segmentId)?.get(settingsKey);
  }

  set(segmentId: string, settingsKey: string, sums: SegmentSums): void {
    const known = this.#of(segmentId);
    const table =
      known === undefined || known.size >= MOST_SETTINGS_PER_SEGMENT ? new Map<string, SegmentSums>() : known;
    table.set(settingsKey, sums);
    this.#current.set(segmentId, table);
  }

  get segments(): number {
    return new Set([...this.#current.keys(), ...this.#previous.keys()]).size;
  }

  #of(segmentId: string): Map<string, SegmentSums> | undefined {
    const table = this.#current.get(segmentId) ?? this.#previous.get(segmentId);
    if (table !== undefined) this.#current.set(segmentId, table);
    return table;
  }
}
