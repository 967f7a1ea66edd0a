/**
 * What ipamd's sequential code waits for, as values: an EC2 call, or a pause. The code is a generator that yields
 * steps; whoever drives it makes the call or lets the time pass, sets `nowMs`, and resumes it with the answer.
 */
import type { EC2Call, EC2Request, EC2Response } from '../ec2-calls.ts';
import type { Pause } from './choices.ts';
import type { Ipamd } from './process.ts';

export type Step =
  | { readonly kind: 'call'; readonly request: EC2Request }
  | { readonly kind: 'pause'; readonly ms: number }
  /** The pool manager sleeps; it may be woken at a later half interval when nothing can happen before. */
  | { readonly kind: 'nap' };

export type Steps<T> = Generator<Step, T, EC2Response | undefined>;

export const NAP: Step = { kind: 'nap' };

/** Makes one EC2 call. */
export function* call(ipamd: Ipamd, asked: EC2Call): Steps<EC2Response> {
  ipamd.requests++;
  const response = yield { kind: 'call', request: { ...asked, id: ipamd.requests } };
  return response ?? { ok: false, code: 'NoResponse' };
}

export function* pause(ms: number): Steps<void> {
  if (ms > 0) yield { kind: 'pause', ms };
}

/** How often and how long a helper tries: pauses double from `firstMs`, capped at a minute, lengthened at random. */
export type Backoff = {
  readonly pause: Pause;
  readonly tries: number;
  readonly firstMs: number;
  /** Most a pause is lengthened by, as a share of itself. */
  readonly jitter: number;
};

const MAX_PAUSE_MS = 60_000;

/** NWithBackoff with NewSimpleBackoff, pkg/utils/retry: no pause after the last try. True once `attempt` worked. */
export function* withBackoff(ipamd: Ipamd, backoff: Backoff, attempt: () => Steps<boolean>): Steps<boolean> {
  let nominalMs = backoff.firstMs;
  for (let tried = 1; ; tried++) {
    if (yield* attempt()) return true;
    if (tried === backoff.tries) return false;
    const mostMs = nominalMs * backoff.jitter;
    yield* pause(nominalMs + ipamd.choices.jitterMs({ pause: backoff.pause, tried, nominalMs, mostMs }));
    nominalMs = Math.min(MAX_PAUSE_MS, nominalMs * 2);
  }
}
