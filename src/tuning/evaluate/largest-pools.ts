/**
 * Which pod starts of a segment the largest pool could not have served either, for as many segments as a bound in bytes
 * allows. Past that it is found out again each time; none is dropped for another, which would be asked for again as well.
 */

/** Pods that are delayed, or served with too little left, in the largest pool too: no setting helps them. */
export type Unavoidable = { readonly delayed: ReadonlySet<number>; readonly tight: ReadonlySet<number> };

const MOST_BYTES = 8 * 1_048_576;
/** Two sets with their entry, and each pod in them. */
const SEGMENT_BYTES = 700;
const POD_BYTES = 40;

export class LargestPools {
  readonly #mostBytes: number;
  readonly #known = new Map<string, Unavoidable>();
  #bytes = 0;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  of(segmentId: string, findOut: () => Unavoidable): Unavoidable {
    const known = this.#known.get(segmentId);
    if (known !== undefined) return known;
    const found = findOut();
    const bytes = SEGMENT_BYTES + POD_BYTES * (found.delayed.size + found.tight.size);
    if (this.#bytes + bytes <= this.#mostBytes) {
      this.#bytes += bytes;
      this.#known.set(segmentId, found);
    }
    return found;
  }
}
