/** Since when, and with which gaps, the watches told everything. */

export type Gap = { readonly fromMs: number; readonly untilMs: number };

/** `sinceMs` is undefined while no node was seen. Gaps are in order and do not overlap. */
export type WatchedSpan = { readonly sinceMs: number | undefined; readonly gaps: readonly Gap[] };

/** A watch that breaks more often than this is forgotten about, oldest first: the rest counts as watched. */
export const MOST_GAPS = 256;

export class WatchedTime {
  #sinceMs: number | undefined;
  #gaps: readonly Gap[] = [];

  began(atMs: number): void {
    this.#sinceMs ??= atMs;
  }

  /** Gaps of several watches may overlap; each is merged into the last one where they touch. */
  blind(fromMs: number, untilMs: number): void {
    const last = this.#gaps.at(-1);
    const merged = last !== undefined && fromMs <= last.untilMs;
    const gap = merged
      ? { fromMs: Math.min(last.fromMs, fromMs), untilMs: Math.max(last.untilMs, untilMs) }
      : { fromMs, untilMs };
    this.#gaps = [...(merged ? this.#gaps.slice(0, -1) : this.#gaps), gap].slice(-MOST_GAPS);
  }

  span(): WatchedSpan {
    return { sinceMs: this.#sinceMs, gaps: this.#gaps };
  }

  /** Puts an earlier process's watching, known until `knownUntilMs`, before our own. What lies between was not watched. */
  precede(earlier: WatchedSpan, knownUntilMs: number, nowMs: number): void {
    const ownMs = this.#sinceMs ?? nowMs;
    if (earlier.sinceMs === undefined || earlier.sinceMs >= ownMs) return;
    const before = [...earlier.gaps, { fromMs: knownUntilMs, untilMs: Infinity }]
      .map(({ fromMs, untilMs }) => ({ fromMs, untilMs: Math.min(untilMs, ownMs) }))
      .filter(({ fromMs, untilMs }) => fromMs < untilMs);
    this.#sinceMs = earlier.sinceMs;
    this.#gaps = [...before, ...this.#gaps].slice(-MOST_GAPS);
  }

  /** Watched time between the two, ms. */
  within(fromMs: number, untilMs: number): number {
    if (this.#sinceMs === undefined) return 0;
    const startMs = Math.max(fromMs, this.#sinceMs);
    const overlap = (gap: Gap): number => Math.max(0, Math.min(gap.untilMs, untilMs) - Math.max(gap.fromMs, startMs));
    return Math.max(0, untilMs - startMs - this.#gaps.reduce((sum, gap) => sum + overlap(gap), 0));
  }
}
