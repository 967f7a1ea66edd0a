/**
 * The windows of spec.changes.windows and an instant → whether a change may go out then. A window is open from each time
 * of its schedule for its duration; where windows meet or overlap they are one.
 */
import type { ChangeWindow } from '../api/tuning-spec.ts';
import type { CronTimes, ReadSchedule } from './windows/cron-times.ts';
import { cronTimesOf } from './windows/cron-times.ts';

export type WindowsAt =
  /** No window is listed: any time will do. */
  | { readonly kind: 'Always' }
  /** `untilMs`: it stays open at least so long. */
  | { readonly kind: 'Open'; readonly untilMs: number }
  | { readonly kind: 'Shut'; readonly opensAtMs: number; readonly window: ChangeWindow }
  /** One of them can never open: a sentence with the field and the remedy. */
  | { readonly kind: 'Invalid'; readonly message: string };

/** Windows that join end to start without end (each minute for a minute) are followed so far. */
const MOST_JOINED = 20;

type Schedule = { readonly window: ChangeWindow; readonly times: CronTimes; readonly nextMs: number };

export function windowsAt(windows: readonly ChangeWindow[], nowMs: number): WindowsAt {
  const schedules: Schedule[] = [];
  for (const [index, window] of windows.entries()) {
    const read = scheduleOf(window, index, nowMs);
    if (typeof read === 'string') return { kind: 'Invalid', message: read };
    schedules.push(read);
  }
  const [first, ...others] = schedules;
  if (first === undefined) return { kind: 'Always' };
  const endMs = joinedEndMs(schedules, nowMs);
  if (endMs > nowMs) return { kind: 'Open', untilMs: endMs };
  const soonest = others.reduce((found, each) => (each.nextMs < found.nextMs ? each : found), first);
  return { kind: 'Shut', opensAtMs: soonest.nextMs, window: soonest.window };
}

function scheduleOf(window: ChangeWindow, index: number, nowMs: number): Schedule | string {
  const refused = (field: 'schedule' | 'timeZone', trouble: string): string =>
    `spec.changes.windows[${index}].${field} is "${window[field]}", which is ${trouble}; ${REMEDIES[field]}`;
  const times = readOnce(window);
  if ('trouble' in times) return refused(times.field, times.trouble);
  const nextMs = times.nextMs(nowMs);
  return nextMs === undefined ? refused('schedule', 'a date that never comes') : { window, times, nextMs };
}

/** A window is the same object in every pass until somebody edits it; reading one costs more than asking it. */
const READ = new WeakMap<ChangeWindow, ReadSchedule>();

function readOnce(window: ChangeWindow): ReadSchedule {
  const read = READ.get(window) ?? cronTimesOf(window.schedule, window.timeZone);
  READ.set(window, read);
  return read;
}

const REMEDIES = {
  schedule: 'correct it, or take the window out of spec.changes.windows.',
  timeZone: 'give the IANA name of one, such as Europe/Berlin, or leave it out for UTC.',
} as const;

/** When the windows that are open at this time shut, with those that open before they do; the time itself when none is. */
function joinedEndMs(schedules: readonly Schedule[], nowMs: number): number {
  let endMs = nowMs;
  for (let joined = 0; joined < MOST_JOINED; joined += 1) {
    const furthestMs = Math.max(endMs, ...schedules.map((schedule) => lastEndMs(schedule, endMs)));
    if (furthestMs === endMs) break;
    endMs = furthestMs;
  }
  return endMs;
}

function lastEndMs({ window, times }: Schedule, atMs: number): number {
  const startMs = times.lastMs(atMs);
  return startMs === undefined ? -Infinity : startMs + window.durationMs;
}
