/**
 * Thousands of due times on one timer of the event loop. What is due runs in order of its time; what throws is not
 * caught here, so callers pass functions that do not.
 */
export type Timer = { readonly cancel: () => void };

type Entry = { readonly dueMs: number; readonly order: number; run: (() => void) | undefined };

/** Node's timers hold at most this many milliseconds. */
const LONGEST_SLEEP_MS = 2_000_000_000;

export class TimerHeap {
  readonly #now: () => number;
  readonly #entries: Entry[] = [];
  #order = 0;
  #sleep: { readonly untilMs: number; readonly timer: NodeJS.Timeout } | undefined;
  #stopped = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs `run` once `dueMs` (on the heap's clock) has come, never at once. */
  at(dueMs: number, run: () => void): Timer {
    if (this.#stopped) return { cancel: () => {} };
    this.#order += 1;
    const entry: Entry = { dueMs, order: this.#order, run };
    this.#push(entry);
    this.#sleepUntilNext();
    return {
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  /** Nothing runs any more, and nothing keeps the process alive. */
  stop(): void {
    this.#stopped = true;
    this.#entries.length = 0;
    clearTimeout(this.#sleep?.timer);
    this.#sleep = undefined;
  }

  #sleepUntilNext(): void {
    const next = this.#entries[0];
    if (next === undefined || this.#stopped) return;
    if (this.#sleep !== undefined && this.#sleep.untilMs <= next.dueMs) return;
    clearTimeout(this.#sleep?.timer);
    const waitMs = Math.min(Math.max(Math.ceil(next.dueMs - this.#now()), 0), LONGEST_SLEEP_MS);
    this.#sleep = { untilMs: next.dueMs, timer: setTimeout(() => this.#wake(), waitMs) };
  }

  #wake(): void {
    this.#sleep = undefined;
    const now = this.#now();
    for (let next = this.#entries[0]; next !== undefined && next.dueMs <= now; next = this.#entries[0]) {
      this.#pop();
      next.run?.();
    }
    this.#sleepUntilNext();
  }

  #push(entry: Entry): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !isEarlier(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  #pop(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return;
    let index = 0;
    for (;;) {
      const child = earlierChild(entries, index);
      const below = entries[child];
      if (below === undefined || !isEarlier(below, last)) break;
      entries[index] = below;
      index = child;
    }
    entries[index] = last;
  }
}

function earlierChild(entries: readonly Entry[], index: number): number {
  const left = entries[2 * index + 1];
  const right = entries[2 * index + 2];
  return left !== undefined && right !== undefined && isEarlier(right, left) ? 2 * index + 2 : 2 * index + 1;
}

function isEarlier(one: Entry, other: Entry): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}
