/** The windows against the plain reading of their schedule, minute by minute. Seeded; a failure prints its seed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../test/support/builders.ts';
import type { ChangeWindow } from '../api/tuning-spec.ts';
import { windowsAt } from './windows.ts';
import { localTime } from './windows/local-time.ts';

const SEED = 20_260_329;

/** Days on which clocks change in one of the zones, and one on which none do. */
const DAYS_MS = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-06-15', '2026-10-04', '2026-10-25', '2026-11-01'].map(
  (day) => Date.parse(day),
);
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];

type Daily = { readonly minute: number; readonly hour: number; readonly window: ChangeWindow };

const dailies: fc.Arbitrary<Daily> = fc
  .record({
    minute: fc.integer({ min: 0, max: 59 }),
    hour: fc.integer({ min: 0, max: 23 }),
    durationMs: fc.integer({ min: 1, max: 30 * 60 }).map((minutes) => minutes * MINUTE_MS),
    timeZone: fc.constantFrom(...ZONES),
  })
  .map(({ minute, hour, durationMs, timeZone }) => ({
    minute,
    hour,
    window: { schedule: `${minute} ${hour} * * *`, durationMs, timeZone },
  }));

type Instant = { readonly dayMs: number; readonly nowMs: number };

const instants: fc.Arbitrary<Instant> = fc
  .tuple(fc.constantFrom(...DAYS_MS), fc.integer({ min: -DAY_MS, max: DAY_MS }))
  .map(([dayMs, pastMs]) => ({ dayMs, nowMs: dayMs + pastMs }));

function check(predicate: (among: readonly Daily[], instant: Instant) => void): void {
  const many = fc.array(dailies, { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(many, instants, predicate), { seed: SEED, numRuns: 150 });
}

/** Clocks change on the half hour, if at all: what they show then is known for the minutes up to the next. */
const HALF_HOUR_MS = 30 * MINUTE_MS;

type Shown = { readonly atMs: number; readonly day: string; readonly minutes: number };
const shownByZone = new Map<string, readonly Shown[]>();

function clocksOf(timeZone: string, dayMs: number): readonly Shown[] {
  const key = `${timeZone} ${dayMs}`;
  const known = shownByZone.get(key) ?? [];
  if (known.length > 0) return known;
  const shown: Shown[] = [];
  for (let atMs = dayMs - 4 * DAY_MS; atMs < dayMs + 3 * DAY_MS; atMs += HALF_HOUR_MS) {
    const [, day = '', clock = ''] = localTime(atMs, timeZone).split(' ');
    shown.push({ atMs, day, minutes: Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)) });
  }
  shownByZone.set(key, shown);
  return shown;
}

/** The first minute of each day whose clock shows the time, or the first after it where the clocks skip it. */
function startsOf({ minute, hour, window }: Daily, dayMs: number): readonly number[] {
  const wanted = hour * 60 + minute;
  const firstOfDay = new Map<string, number>();
  for (const { atMs, day, minutes } of clocksOf(window.timeZone, dayMs)) {
    const startMs = atMs + Math.max(0, wanted - minutes) * MINUTE_MS;
    if (startMs < atMs + HALF_HOUR_MS && !firstOfDay.has(day)) firstOfDay.set(day, startMs);
  }
  // The first day may be seen from its middle only.
  return [...firstOfDay.values()].slice(1);
}

describe('the windows', () => {
  it('are open exactly when a start is no longer ago than the duration', () => {
    const seen = { open: 0, shut: 0 };
    check((among, { dayMs, nowMs }) => {
      const isOpen = among.some((daily) =>
        startsOf(daily, dayMs).some((startMs) => startMs <= nowMs && nowMs < startMs + daily.window.durationMs),
      );
      const at = windowsAt(
        among.map(({ window }) => window),
        nowMs,
      );
      expect(at.kind).toBe(isOpen ? 'Open' : 'Shut');
      seen[isOpen ? 'open' : 'shut'] += 1;
    });
    expect(Math.min(seen.open, seen.shut)).toBeGreaterThan(10);
  });

  it('open at the instant they say and not a millisecond before, and shut at the one they say', () => {
    check((among, { nowMs }) => {
      const windows = among.map(({ window }) => window);
      const at = windowsAt(windows, nowMs);
      const turnsMs = at.kind === 'Open' ? at.untilMs : at.kind === 'Shut' ? at.opensAtMs : NaN;
      expect(turnsMs).toBeGreaterThan(nowMs);
      expect(windowsAt(windows, turnsMs - 1).kind).toBe(at.kind);
      // Windows that join for longer than is followed say less than they could.
      const isWhole = turnsMs - nowMs < 20 * HOUR_MS;
      if (at.kind === 'Shut' || isWhole) expect(windowsAt(windows, turnsMs).kind).not.toBe(at.kind);
    });
  });
});
