/**
 * A bounded, weighted sample of finished stretches of node-lives of one shape: priority sampling (Duffield, Lund,
 * Thorup 2007) with forward decay. Each stretch gets the priority weight / u, u uniform in (0, 1); the k highest
 * stay. What stays stands for max(own weight, highest priority that had to go), which keeps every sum unbiased.
 * Weights grow with the time of the stretch instead of shrinking with its age, so nothing is ever re-weighted here.
 */

/** A stretch that will not change any more. */
export type SettledStretch = {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How many such stretches of the cluster this one stood for when it ended. */
  readonly represents: number;
  readonly readyAtMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly startingPods: readonly number[];
  readonly events: Float64Array;
  readonly podStarts: number;
};

/** Half-life of the retention alone: a stretch one week old is kept a quarter as often (2^(-168/84)). */
const RETENTION_HALF_LIFE_MS = 84 * 3_600_000;

/** Object headers, strings and map entries of one stretch, measured on V8 and rounded up. */
const STRETCH_OVERHEAD_BYTES = 400;

export type WeightedStretch = {
  readonly stretch: SettledStretch;
  readonly log2Weight: number;
  readonly log2Priority: number;
};

export function bytesOf(stretch: SettledStretch): number {
  return STRETCH_OVERHEAD_BYTES + stretch.events.byteLength + 8 * stretch.startingPods.length;
}

/** `chance` is uniform in (0, 1). */
export function weighed(stretch: SettledStretch, chance: number): WeightedStretch {
  const log2Weight = Math.log2(stretch.represents) + stretch.untilMs / RETENTION_HALF_LIFE_MS;
  return { stretch, log2Weight, log2Priority: log2Weight - Math.log2(chance) };
}

/** How many stretches of the cluster this one stands for when all below the threshold had to go. */
export function representsAbove(log2Threshold: number, { stretch, log2Weight }: WeightedStretch): number {
  // Its own figure where nothing changed it: no rounding on the way through the logarithm.
  if (log2Weight >= log2Threshold) return stretch.represents;
  return 2 ** (log2Threshold - stretch.untilMs / RETENTION_HALF_LIFE_MS);
}

export class SettledSample {
  /** A binary heap, lowest priority first. */
  readonly #heap: WeightedStretch[] = [];
  readonly #most: number;
  #log2Threshold = -Infinity;
  #bytes = 0;

  constructor(mostStretches: number) {
    this.#most = mostStretches;
  }

  get stretches(): number {
    return this.#heap.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get log2Threshold(): number {
    return this.#log2Threshold;
  }

  /** In no particular order. */
  kept(): readonly WeightedStretch[] {
    return [...this.#heap];
  }

  /** O(log k). */
  add(stretch: SettledStretch, chance: number): void {
    this.#bytes += bytesOf(stretch);
    this.#push(weighed(stretch, chance));
    if (this.#heap.length > this.#most) this.drop();
  }

  /** Lets the stretch with the lowest priority go. */
  drop(): void {
    const gone = this.#pop();
    if (gone === undefined) return;
    this.#bytes -= bytesOf(gone.stretch);
    this.#log2Threshold = Math.max(this.#log2Threshold, gone.log2Priority);
  }

  /** Every stretch kept with how many it stands for by now; in no particular order. */
  *weighted(): Generator<{ readonly stretch: SettledStretch; readonly represents: number }> {
    for (const kept of this.#heap) {
      yield { stretch: kept.stretch, represents: representsAbove(this.#log2Threshold, kept) };
    }
  }

  /** End of the newest stretch; -Infinity when there is none. */
  newestMs(): number {
    return this.#heap.reduce((newest, { stretch }) => Math.max(newest, stretch.untilMs), -Infinity);
  }

  #push(kept: WeightedStretch): void {
    const heap = this.#heap;
    heap.push(kept);
    let at = heap.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfLower(at, above)) break;
      at = above;
    }
  }

  #pop(): WeightedStretch | undefined {
    const heap = this.#heap;
    const lowest = heap[0];
    const last = heap.pop();
    if (lowest === undefined || last === undefined || heap.length === 0) return lowest;
    heap[0] = last;
    this.#sink();
    return lowest;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0, below = 1; below < heap.length; below = 2 * at + 1) {
      const right = below + 1;
      if ((heap[right]?.log2Priority ?? Infinity) < (heap[below]?.log2Priority ?? Infinity)) below = right;
      if (!this.#swapIfLower(below, at)) break;
      at = below;
    }
  }

  #swapIfLower(lower: number, above: number): boolean {
    const a = this.#heap[lower];
    const b = this.#heap[above];
    if (a === undefined || b === undefined || a.log2Priority >= b.log2Priority) return false;
    this.#heap[lower] = b;
    this.#heap[above] = a;
    return true;
  }
}
