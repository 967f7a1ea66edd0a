import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import type { Point } from './forecast/growth-slope.ts';
import type { Outlook } from './forecast/outlook.ts';
import { HORIZON_DAYS, outlookOf } from './forecast/outlook.ts';

const EVERY_MS = 10 * MINUTE_MS;

/** `days` of samples every ten minutes, the last one at `nowMs`. */
function series(days: number, nowMs: number, valueAt: (atMs: number) => number): readonly Point[] {
  const count = Math.round((days * DAY_MS) / EVERY_MS);
  return Array.from({ length: count }, (_, index) => {
    const at = nowMs - (count - 1 - index) * EVERY_MS;
    return { at, value: valueAt(at) };
  });
}

/** Lowest at midnight, highest at noon. */
const wave = (atMs: number, amplitude: number): number =>
  (amplitude / 2) * (1 - Math.cos((2 * Math.PI * (atMs % DAY_MS)) / DAY_MS));

const days = fc.integer({ min: 3, max: 7 });
const nowMs = fc.integer({ min: 0, max: 144 }).map((tens) => MONDAY_MS + tens * EVERY_MS);
const level = fc.integer({ min: 10, max: 5_000 });
const room = fc.integer({ min: 1, max: 5_000 });

describe('a forecast', () => {
  it('expects nothing of flat demand, however full the subnet', () => {
    fc.assert(
      fc.property(days, nowMs, level, room, (count, now, used, free) => {
        const points = series(count, now, () => used);
        const outlook = outlookOf({ points, capacity: used + free, pending: 0 });
        expect(outlook.growthPerDay).toBe(0);
        expect([outlook.earliestMs, outlook.likelyMs, outlook.latestMs]).toEqual([undefined, undefined, undefined]);
      }),
    );
  });

  it('holds the exact time of linear growth in its band, which is an hour wide', () => {
    const perDay = fc.integer({ min: 1, max: 2_000 });
    fc.assert(
      fc.property(days, nowMs, perDay, room, (count, now, growth, free) => {
        const points = series(count, now, (at) => 1_000 + ((at - now) / DAY_MS) * growth);
        const exactMs = now + (free / growth) * DAY_MS;
        const outlook = outlookOf({ points, capacity: 1_000 + free, pending: 0 });
        if (exactMs > now + HORIZON_DAYS * DAY_MS) return;
        expect(outlook.earliestMs).toBeLessThanOrEqual(exactMs + 1);
        expect(outlook.latestMs ?? Infinity).toBeGreaterThanOrEqual(exactMs - 1);
        expect((outlook.latestMs ?? exactMs) - (outlook.earliestMs ?? 0)).toBeLessThanOrEqual(2 * HOUR_MS);
      }),
    );
  });

  it('takes no daily wave for growth, at any hour and however little is left above its crest', () => {
    fc.assert(
      fc.property(days, nowMs, level, fc.integer({ min: 1, max: 2_000 }), (count, now, base, amplitude) => {
        const points = series(count, now, (at) => base + wave(at, amplitude));
        const outlook = outlookOf({ points, capacity: base + amplitude + 1, pending: 0 });
        expect([outlook.likelyMs, outlook.latestMs]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('is never later for growth that is faster, nor for a subnet that is fuller', () => {
    const values = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 168, maxLength: 168 });
    fc.assert(
      fc.property(
        values,
        room,
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 40 }),
        (hourly, free, more, pending) => {
          const points = hourly.map((value, hour) => ({ at: hour * HOUR_MS, value }));
          const capacity = 500 + free;
          const before = outlookOf({ points, capacity, pending: 0 });
          const faster = points.map(({ at, value }) => ({ at, value: value + more * (at / DAY_MS) }));
          expectNoLater(outlookOf({ points: faster, capacity, pending: 0 }), before);
          expectNoLater(outlookOf({ points, capacity: capacity - more, pending: 0 }), before);
          expectNoLater(outlookOf({ points, capacity, pending }), before);
        },
      ),
    );
  });

  it('has its three times in order', () => {
    const values = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 72, maxLength: 168 });
    fc.assert(
      fc.property(values, room, (hourly, free) => {
        const points = hourly.map((value, hour) => ({ at: hour * HOUR_MS, value }));
        const { earliestMs, likelyMs, latestMs } = outlookOf({ points, capacity: 500 + free, pending: 0 });
        const times = [earliestMs ?? Infinity, likelyMs ?? Infinity, latestMs ?? Infinity];
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });
});

function expectNoLater(after: Outlook, before: Outlook): void {
  for (const time of ['earliestMs', 'likelyMs', 'latestMs'] as const)
    expect(after[time] ?? Infinity).toBeLessThanOrEqual(before[time] ?? Infinity);
}
