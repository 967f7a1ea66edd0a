/** Our own share of EC2's request rate, so that the tuner never causes the throttling it is there to prevent. */
import { setTimeout as delay } from 'node:timers/promises';

export type Pace = { readonly burst: number; readonly perSecond: number };

/**
 * EC2 publishes 100 tokens and 20 a second for each reading action of an account. Half of the bucket and a quarter
 * of the refill: 40 pages (20,000 interfaces) go at once, and others still have theirs.
 */
export const READ_PACE: Pace = { burst: 50, perSecond: 5 };

export class Pacer {
  readonly #pace: Pace;
  readonly #now: () => number;
  /** By action: when its bucket was, or will be, full again. */
  readonly #fullAtMs = new Map<string, number>();

  constructor(pace: Pace, now: () => number) {
    this.#pace = pace;
    this.#now = now;
  }

  /** Resolves when one more request of this action may be sent; requests keep their order. */
  async take(action: string): Promise<void> {
    const waitMs = this.reserve(action);
    if (waitMs > 0) await delay(waitMs);
  }

  /** Books the next token and tells in how many milliseconds it is there. */
  reserve(action: string): number {
    const nowMs = this.#now();
    const tokenMs = 1_000 / this.#pace.perSecond;
    const fullAtMs = Math.max(this.#fullAtMs.get(action) ?? nowMs, nowMs) + tokenMs;
    this.#fullAtMs.set(action, fullAtMs);
    return Math.max(0, fullAtMs - nowMs - this.#pace.burst * tokenMs);
  }
}
