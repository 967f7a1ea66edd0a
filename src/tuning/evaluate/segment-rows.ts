/**
 * What one segment did under several settings, as rows of numbers beside the heap: an object of thirteen numbers in a
 * Map of its own takes three times as much.
 */

/** One segment under one setting, unweighted. Times and addresses may have fractions; everything else is a count. */
export type SegmentSums = {
  readonly countedMs: number;
  /** Address-milliseconds, as the next. */
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

/** May have fractions. */
const TIMES = ['countedMs', 'heldAddressMs', 'assignedAddressMs'] as const satisfies readonly (keyof SegmentSums)[];
const COUNTS = [
  'p99HeldAddresses',
  'podStarts',
  'delayedPods',
  'unavoidableDelayedPods',
  'tightPods',
  'ec2Calls',
  'mutatingEc2Calls',
  'enisCreated',
  'enisFreed',
  'eniCycles',
] as const satisfies readonly (keyof SegmentSums)[];

/** A row: the number of its settings, the counts, the times. */
const FIRST_COUNT = 4;
const FIRST_TIME = FIRST_COUNT + 4 * COUNTS.length;
const ROW_BYTES = FIRST_TIME + 8 * TIMES.length;
/** Rows are added in steps: a copy each time would be slow, and doubling would leave a third of it empty. */
const STEP = 8;

/** What a row more may cost where there was room for none. */
export const STEP_BYTES = STEP * ROW_BYTES;

export class SegmentRows {
  #length = 0;
  #rows = new DataView(new ArrayBuffer(0));

  /** What the rows take; what an instance costs without any is the memo's to count. */
  get bytes(): number {
    return this.#rows.byteLength;
  }

  get isFull(): boolean {
    return this.#length * ROW_BYTES === this.bytes;
  }

  get(settings: number): SegmentSums | undefined {
    const at = this.#find(settings);
    if (at === undefined) return undefined;
    return this.#sumsAt(at);
  }

  set(settings: number, sums: SegmentSums): void {
    const at = this.#find(settings) ?? this.#added();
    this.#rows.setUint32(at, settings);
    for (const [index, name] of COUNTS.entries()) this.#rows.setUint32(at + FIRST_COUNT + 4 * index, sums[name]);
    for (const [index, name] of TIMES.entries()) this.#rows.setFloat64(at + FIRST_TIME + 8 * index, sums[name]);
  }

  /** Only the rows of these settings stay, in as little room as they need. */
  keep(isKept: (settings: number) => boolean): void {
    const bytes = new Uint8Array(this.#rows.buffer);
    let kept = 0;
    for (let at = 0; at < this.#length * ROW_BYTES; at += ROW_BYTES) {
      if (!isKept(this.#rows.getUint32(at))) continue;
      bytes.copyWithin(kept * ROW_BYTES, at, at + ROW_BYTES);
      kept += 1;
    }
    this.#length = kept;
    this.#resize(Math.ceil(kept / STEP));
  }

  /** Spelled out: it is read a million times an evaluation. */
  #sumsAt(at: number): SegmentSums {
    const count = (index: number): number => this.#rows.getUint32(at + FIRST_COUNT + 4 * index);
    const time = (index: number): number => this.#rows.getFloat64(at + FIRST_TIME + 8 * index);
    return {
      countedMs: time(0),
      heldAddressMs: time(1),
      assignedAddressMs: time(2),
      p99HeldAddresses: count(0),
      podStarts: count(1),
      delayedPods: count(2),
      unavoidableDelayedPods: count(3),
      tightPods: count(4),
      ec2Calls: count(5),
      mutatingEc2Calls: count(6),
      enisCreated: count(7),
      enisFreed: count(8),
      eniCycles: count(9),
    };
  }

  #added(): number {
    if (this.isFull) this.#resize(this.#length / STEP + 1);
    this.#length += 1;
    return (this.#length - 1) * ROW_BYTES;
  }

  #resize(steps: number): void {
    this.#rows = new DataView(this.#rows.buffer.transfer(steps * STEP_BYTES));
  }

  /** Where its row begins. */
  #find(settings: number): number | undefined {
    for (let at = 0; at < this.#length * ROW_BYTES; at += ROW_BYTES) {
      if (this.#rows.getUint32(at) === settings) return at;
    }
    return undefined;
  }
}
