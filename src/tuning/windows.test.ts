import { describe, expect, it } from 'vitest';
import type { ChangeWindow } from '../api/tuning-spec.ts';
import { HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { windowsAt } from './windows.ts';
import { localTime } from './windows/local-time.ts';

function aWindow(schedule: string, hours: number, timeZone = 'UTC'): ChangeWindow {
  return { schedule, durationMs: hours * HOUR_MS, timeZone };
}

/** `open until …`, `shut until …`, `always`, or what is wrong with them. */
function told(at: string, ...windows: readonly ChangeWindow[]): string {
  const found = windowsAt(windows, Date.parse(at));
  switch (found.kind) {
    case 'Always':
      return 'always';
    case 'Open':
      return `open until ${new Date(found.untilMs).toISOString()}`;
    case 'Shut':
      return `shut until ${new Date(found.opensAtMs).toISOString()}`;
    case 'Invalid':
      return found.message;
  }
}

const NIGHT = aWindow('0 2 * * 1-5', 4, 'Europe/Berlin');

describe('the windows', () => {
  it('none of them are open always', () => {
    expect(told('2026-03-02T12:00:00Z')).toBe('always');
  });

  it.each([
    ['the millisecond before it opens', '2026-03-02T00:59:59.999Z', 'shut until 2026-03-02T01:00:00.000Z'],
    ['the instant it opens', '2026-03-02T01:00:00Z', 'open until 2026-03-02T05:00:00.000Z'],
    ['the millisecond before it shuts', '2026-03-02T04:59:59.999Z', 'open until 2026-03-02T05:00:00.000Z'],
    ['the instant it shuts', '2026-03-02T05:00:00Z', 'shut until 2026-03-03T01:00:00.000Z'],
    ['Friday noon: Monday is the next', '2026-03-06T12:00:00Z', 'shut until 2026-03-09T01:00:00.000Z'],
  ])('open at their start and shut at their end: %s', (_, at, says) => {
    expect(told(at, NIGHT)).toBe(says);
  });

  it.each([
    ['before midnight', '2026-03-02T23:00:00Z', 'open until 2026-03-03T02:00:00.000Z'],
    ['after midnight', '2026-03-03T01:59:00Z', 'open until 2026-03-03T02:00:00.000Z'],
    ['the second night, which Tuesday does not start', '2026-03-04T01:00:00Z', 'shut until 2026-03-09T22:00:00.000Z'],
  ])('may go over midnight: %s', (_, at, says) => {
    expect(told(at, aWindow('0 22 * * mon', 4))).toBe(says);
  });

  it.each([
    ['spring: 02:30 is skipped, it opens at 03:00', '2026-03-29T00:59:59Z', 'shut until 2026-03-29T01:00:00.000Z'],
    ['spring: for its whole length from there', '2026-03-29T01:59:59Z', 'open until 2026-03-29T02:00:00.000Z'],
    ['autumn: it opens at the first 02:30', '2026-10-25T00:30:00Z', 'open until 2026-10-25T01:30:00.000Z'],
    ['autumn: and not again at the second', '2026-10-25T01:30:00Z', 'shut until 2026-10-26T01:30:00.000Z'],
  ])('open once in a night in which the clocks change: %s', (_, at, says) => {
    expect(told(at, aWindow('30 2 * * *', 1, 'Europe/Berlin'))).toBe(says);
  });

  it.each([
    ['spring', '2026-03-28T22:30:00Z', 'open until 2026-03-29T02:00:00.000Z'],
    ['autumn', '2026-10-24T22:30:00Z', 'open until 2026-10-25T01:00:00.000Z'],
  ])('last as long as they say while the clocks change: %s', (_, at, says) => {
    expect(told(at, aWindow('0 23 * * *', 4, 'Europe/Berlin'))).toBe(says);
  });

  it('are one where they overlap or meet', () => {
    const [first, second, third] = [aWindow('0 1 * * *', 2), aWindow('0 2 * * *', 3), aWindow('0 5 * * *', 1)];
    expect(told('2026-03-02T01:30:00Z', first, second, third)).toBe('open until 2026-03-02T06:00:00.000Z');
    expect(told('2026-03-02T00:30:00Z', third, second, first)).toBe('shut until 2026-03-02T01:00:00.000Z');
  });

  it('that follow each other without end are open for at least a while', () => {
    const each = { schedule: '* * * * *', durationMs: MINUTE_MS, timeZone: 'UTC' };
    expect(told('2026-03-02T00:00:30Z', each)).toBe('open until 2026-03-02T00:20:00.000Z');
  });

  it('know a leap day that is years away', () => {
    expect(told('2026-03-02T00:00:00Z', aWindow('0 0 29 2 *', 1))).toBe('shut until 2028-02-29T00:00:00.000Z');
  });

  it.each([
    [
      aWindow('0 0 30 2 *', 1),
      'spec.changes.windows[1].schedule is "0 0 30 2 *", which is a date that never comes; correct it, or take the window ' +
        'out of spec.changes.windows.',
    ],
    [
      aWindow('0 22-3 * * *', 1),
      'spec.changes.windows[1].schedule is "0 22-3 * * *", which is no schedule: From value is larger than to value: ' +
        "'22-3'; correct it, or take the window out of spec.changes.windows.",
    ],
    [
      aWindow('0 2 * * *', 1, 'Mars/Olympus_Mons'),
      'spec.changes.windows[1].timeZone is "Mars/Olympus_Mons", which is no time zone that the operator knows; give the ' +
        'IANA name of one, such as Europe/Berlin, or leave it out for UTC.',
    ],
  ])('that can never open are named with field and remedy: %j', (window, says) => {
    expect(told('2026-03-02T02:00:00Z', NIGHT, window)).toBe(says);
  });
});

describe('an instant on the clocks of a time zone', () => {
  it.each([
    ['UTC', 'Mon 2026-03-02 00:00'],
    ['America/New_York', 'Sun 2026-03-01 19:00'],
    ['Asia/Kathmandu', 'Mon 2026-03-02 05:45'],
  ])('%s: %s', (timeZone, says) => {
    expect(localTime(MONDAY_MS, timeZone)).toBe(says);
  });
});
