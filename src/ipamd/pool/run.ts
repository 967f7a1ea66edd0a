/** Resuming ipamd's sequential code: what it waits for now, and the time it may go on. */
import type { EC2Request, EC2Response } from '../ec2-calls.ts';
import { HALF_MONITOR_INTERVAL_MS } from './constants.ts';
import { wakeMs } from './pool-manager.ts';
import type { Ipamd } from './process.ts';
import type { Steps } from './steps.ts';

export type Waiting =
  | { readonly kind: 'call'; readonly request: EC2Request }
  | { readonly kind: 'pause'; readonly untilMs: number }
  | { readonly kind: 'nap' }
  | { readonly kind: 'ended' };

/** The loop of a process, or what runs beside it inside a CNI DEL. */
export type Run = { readonly steps: Steps<void>; waiting: Waiting };

const NAPPING: Waiting = { kind: 'nap' };
const ENDED: Waiting = { kind: 'ended' };

/** Starts at the process's `nowMs`. */
export function startRun(ipamd: Ipamd, steps: Steps<void>): Run {
  const run: Run = { steps, waiting: ENDED };
  resume(ipamd, run, undefined);
  return run;
}

/** Goes on at the process's `nowMs`, with the answer if a call was out. */
export function resume(ipamd: Ipamd, run: Run, answer: EC2Response | undefined): void {
  const step = run.steps.next(answer);
  if (step.done === true) run.waiting = ENDED;
  else if (step.value.kind === 'call') run.waiting = step.value;
  else if (step.value.kind === 'pause') run.waiting = { kind: 'pause', untilMs: ipamd.nowMs + step.value.ms };
  else run.waiting = NAPPING;
}

/** When a run that has no call out goes on by itself if it wakes at every half interval. */
export function stepMs(ipamd: Ipamd, run: Run): number {
  if (run.waiting.kind === 'pause') return run.waiting.untilMs;
  return run.waiting.kind === 'nap' ? ipamd.rest.napFromMs + HALF_MONITOR_INTERVAL_MS : Number.POSITIVE_INFINITY;
}

/** The same if a nap lasts until a pass may have an effect. `sinceMs`: the latest change from outside, for naps. */
export function resumeMs(ipamd: Ipamd, run: Run, sinceMs: number): number {
  if (run.waiting.kind === 'pause') return run.waiting.untilMs;
  return run.waiting.kind === 'nap' ? wakeMs(ipamd, sinceMs) : Number.POSITIVE_INFINITY;
}

/** The five-second timers of emptied CIDRs on excluded ENIs; the time of the next one. */
export function nextTimerMs(ipamd: Ipamd): number {
  return ipamd.emptyCidrs[0]?.atMs ?? Number.POSITIVE_INFINITY;
}
