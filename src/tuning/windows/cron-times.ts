/** The times of a cron schedule. The only file that asks croner, as a calculator: it is given the time and sets no timer. */
import { Cron } from 'croner';

export type CronTimes = {
  /** The last time at or before this one. */
  readonly lastMs: (atMs: number) => number | undefined;
  /** The first time after this one. */
  readonly nextMs: (atMs: number) => number | undefined;
};

/** What is wrong is said as the end of a sentence: `which is …`. */
export type ReadSchedule = CronTimes | { readonly field: 'schedule' | 'timeZone'; readonly trouble: string };

/** Five cron fields in a time zone by its IANA name. */
export function cronTimesOf(schedule: string, timeZone: string): ReadSchedule {
  if (!isTimeZone(timeZone)) return { field: 'timeZone', trouble: 'no time zone that the operator knows' };
  try {
    const cron = new Cron(schedule, { timezone: timeZone, mode: '5-part', paused: true });
    return {
      // croner looks before the time it is given, and at whole seconds: one later finds the time itself.
      lastMs: (atMs) => cron.previousRuns(1, new Date(atMs + 1))[0]?.getTime(),
      nextMs: (atMs) => cron.nextRun(new Date(atMs))?.getTime(),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return { field: 'schedule', trouble: `no schedule: ${why}` };
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
