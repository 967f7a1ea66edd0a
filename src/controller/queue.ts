/**
 * A keyed delay queue that also runs the work. Its rules, after kube-runtime's scheduler and runner:
 * requests for one key merge and the earliest time wins; a key never runs twice at once; a request that arrives
 * while its key runs is held and runs after; a debounce gathers bursts; nothing runs before `open`.
 * Failed keys come back after a pause that doubles; a success forgets the failures. Holds one entry per key.
 */
import type { Timer } from './timer.ts';

/** What became of one run. `Failed` backs off; a `retryAfterMs` the other side asked for is obeyed if longer. */
export type WorkResult =
  | { readonly kind: 'Done' }
  | { readonly kind: 'Again'; readonly afterMs: number }
  | { readonly kind: 'Failed'; readonly retryAfterMs: number | undefined };

/** What the queue tells its observer (the metrics): all in milliseconds of the queue's timer. */
export type QueueObserver = {
  added?(key: string): void;
  started?(key: string, waitedMs: number): void;
  finished?(key: string, result: WorkResult, tookMs: number): void;
};

export type QueueOptions = {
  readonly timer: Timer;
  /** 0 ≤ random() < 1; spreads retries so that replicas and keys do not come back together. */
  readonly random: () => number;
  /** Must not throw; one that does counts as failed. */
  readonly run: (key: string) => Promise<WorkResult>;
  readonly workers: number;
  /** Added to requests of events, so that a burst makes one run. */
  readonly debounceMs: number;
  /** First pause after a failure, and the longest. */
  readonly backoff: { readonly baseMs: number; readonly maxMs: number };
  readonly observer?: QueueObserver;
};

type Request = { readonly dueMs: number; readonly addedMs: number };

export type QueueState = {
  /** Keys that wait, due or not. */
  readonly waiting: number;
  /** Keys that are due and wait for a worker. */
  readonly due: number;
  readonly running: number;
  readonly longestRunningMs: number;
  readonly totalRunningMs: number;
};

export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #waiting = new Map<string, Request>();
  readonly #running = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #idle: (() => void)[] = [];
  #cancelWake: () => void = () => {};
  #open = false;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** The caches are ready: from now on due keys run. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** Runs nothing more until `open`; requests go on being gathered. */
  pause(): void {
    this.#open = false;
  }

  /** An event touched the key: run it after the debounce, or earlier if it is already due earlier. */
  add(key: string): void {
    this.#request(key, this.#options.debounceMs);
  }

  /** Run the key after `delayMs`, or earlier if it is already due earlier. */
  addAfter(key: string, delayMs: number): void {
    this.#request(key, Math.max(0, delayMs));
  }

  /** The key exists no more: its request and its failures are dropped. A run under way finishes. */
  forget(key: string): void {
    this.#waiting.delete(key);
    this.#failures.delete(key);
  }

  /** Takes no more work; resolves when what runs has finished. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#cancelWake();
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  state(): QueueState {
    const nowMs = this.#options.timer.nowMs();
    const runsMs = [...this.#running.values()].map((startedMs) => nowMs - startedMs);
    return {
      waiting: this.#waiting.size,
      due: [...this.#waiting.values()].filter(({ dueMs }) => dueMs <= nowMs).length,
      running: runsMs.length,
      longestRunningMs: Math.max(0, ...runsMs),
      totalRunningMs: runsMs.reduce((sumMs, runMs) => sumMs + runMs, 0),
    };
  }

  #request(key: string, delayMs: number): void {
    if (this.#closed) return;
    const nowMs = this.#options.timer.nowMs();
    const before = this.#waiting.get(key);
    const dueMs = nowMs + delayMs;
    if (before !== undefined && before.dueMs <= dueMs) return;
    this.#waiting.set(key, { dueMs, addedMs: before?.addedMs ?? nowMs });
    if (before === undefined) this.#options.observer?.added?.(key);
    this.#pump();
  }

  /** Starts every due key that has a worker, then sleeps until the next one is due. */
  #pump(): void {
    this.#cancelWake();
    this.#cancelWake = () => {};
    if (!this.#open || this.#closed) return;
    const nowMs = this.#options.timer.nowMs();
    const startable = [...this.#waiting]
      .filter(([key]) => !this.#running.has(key))
      .toSorted(([, a], [, b]) => a.dueMs - b.dueMs);
    for (const [key, request] of startable) {
      if (this.#running.size >= this.#options.workers) return;
      if (request.dueMs > nowMs) {
        this.#cancelWake = this.#options.timer.after(request.dueMs - nowMs, () => this.#pump());
        return;
      }
      this.#start(key, request, nowMs);
    }
  }

  #start(key: string, request: Request, nowMs: number): void {
    this.#waiting.delete(key);
    this.#running.set(key, nowMs);
    this.#options.observer?.started?.(key, nowMs - request.dueMs);
    const run = Promise.resolve().then(() => this.#options.run(key));
    const settle = (result: WorkResult): void => this.#finish(key, result, nowMs);
    run.then(settle, () => settle({ kind: 'Failed', retryAfterMs: undefined }));
  }

  #finish(key: string, result: WorkResult, startedMs: number): void {
    this.#running.delete(key);
    this.#options.observer?.finished?.(key, result, this.#options.timer.nowMs() - startedMs);
    if (this.#closed) {
      if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    if (result.kind === 'Failed') this.addAfter(key, this.#pauseAfterFailure(key, result.retryAfterMs ?? 0));
    else this.#failures.delete(key);
    if (result.kind === 'Again') this.addAfter(key, result.afterMs);
    this.#pump();
  }

  /** base × 2^(failures - 1), at most max, of which half is left to chance: 1 s → 0.5…1 s, 2 s → 1…2 s. */
  #pauseAfterFailure(key: string, askedMs: number): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const { baseMs, maxMs } = this.#options.backoff;
    const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
    return Math.max(askedMs, fullMs * (0.5 + 0.5 * this.#options.random()));
  }
}
