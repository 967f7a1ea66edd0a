/**
 * EC2's request throttling: one token bucket per action, for the whole account. Figures as AWS publishes them
 * (EC2 developer guide, "Request throttling"): reads 100 tokens refilled by 20 a second, writes 50 by 5.
 */
import { Ec2Error } from './ec2-error.ts';

export type RateLimit = { readonly burst: number; readonly perSecond: number };

export type RateLimits = {
  readonly reads: RateLimit;
  readonly writes: RateLimit;
  readonly byAction?: Readonly<Record<string, RateLimit>>;
};

export const PUBLISHED_RATE_LIMITS: RateLimits = {
  reads: { burst: 100, perSecond: 20 },
  writes: { burst: 50, perSecond: 5 },
  byAction: { CreateTags: { burst: 100, perSecond: 10 } },
};

export class Throttle {
  readonly #limits: RateLimits | 'off';
  readonly #buckets = new Map<string, { tokens: number; filledAtMs: number }>();

  constructor(limits: RateLimits | 'off') {
    this.#limits = limits;
  }

  /** Takes a token, or throws `RequestLimitExceeded`. Refused requests cost nothing. */
  take(action: string, nowMs: number): void {
    if (this.#limits === 'off') return;
    const limit = limitOf(this.#limits, action);
    const bucket = this.#buckets.get(action) ?? { tokens: limit.burst, filledAtMs: nowMs };
    const refill = (Math.max(0, nowMs - bucket.filledAtMs) / 1_000) * limit.perSecond;
    const tokens = Math.min(limit.burst, bucket.tokens + refill);
    const allowed = tokens >= 1;
    this.#buckets.set(action, { tokens: allowed ? tokens - 1 : tokens, filledAtMs: nowMs });
    if (!allowed) throw requestLimitExceeded();
  }
}

export function requestLimitExceeded(): Ec2Error {
  return new Ec2Error('RequestLimitExceeded', 'Request limit exceeded.', 503);
}

function limitOf(limits: RateLimits, action: string): RateLimit {
  return limits.byAction?.[action] ?? (/^(Describe|Get|List)/.test(action) ? limits.reads : limits.writes);
}
