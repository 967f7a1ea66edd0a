import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../../test/support/builders.ts';
import { outlookOf } from './outlook.ts';

const NOW_MS = MONDAY_MS;

/** Hourly, the last value now. */
const hourly = (hours: number, valueAt: (hoursAgo: number) => number) =>
  Array.from({ length: hours }, (_, index) => {
    const hoursAgo = hours - 1 - index;
    return { at: NOW_MS - hoursAgo * HOUR_MS, value: valueAt(hoursAgo) };
  });

describe('with fewer than three days', () => {
  it('says nothing of growth, however steady', () => {
    const points = hourly(69, (hoursAgo) => 500 - hoursAgo);
    const outlook = outlookOf({ points, capacity: 600, pending: 0 });
    expect(outlook).toEqual({
      earliestMs: undefined,
      likelyMs: undefined,
      latestMs: undefined,
      growthPerDay: undefined,
    });
    expect(outlookOf({ points: hourly(70, (ago) => 500 - ago), capacity: 600, pending: 0 }).growthPerDay).toBe(24);
  });

  it('warns of a pace that fills the subnet within three hours, and of no slower one', () => {
    const points = Array.from({ length: 13 }, (_, at) => ({ at: NOW_MS + at * 10 * MINUTE_MS, value: 100 * at }));
    const lastMs = NOW_MS + 120 * MINUTE_MS;
    // 100 in ten minutes: 1,800 in three hours.
    expect(outlookOf({ points, capacity: 1_500, pending: 0 }).earliestMs).toBe(lastMs + 30 * MINUTE_MS);
    expect(outlookOf({ points, capacity: 3_001, pending: 0 }).earliestMs).toBeUndefined();
    expect(outlookOf({ points, capacity: 3_001, pending: 100 }).earliestMs).toBeDefined();
  });
});

describe('with a week', () => {
  /** 100 at night, 200 from 8 to 20 o'clock, and `perDay` more each day; now is midnight. */
  const working = (perDay: number) =>
    hourly(168, (hoursAgo) => {
      const hour = (24 - (hoursAgo % 24)) % 24;
      return (hour >= 8 && hour < 20 ? 200 : 100) - Math.floor(hoursAgo / 24) * perDay;
    });

  it('expects the reserve to be touched in the busy hours of the day on which they have grown enough', () => {
    const { likelyMs, growthPerDay } = outlookOf({ points: working(10), capacity: 235, pending: 0 });
    expect(growthPerDay).toBe(10);
    // Today's crest was 200: four days later it is 240, from 8 o'clock on.
    const hour = (Number(likelyMs) - NOW_MS) / HOUR_MS;
    expect(hour).toBeGreaterThan(3 * 24 + 7);
    expect(hour).toBeLessThanOrEqual(3 * 24 + 8);
  });

  it('counts nodes under way on top of what is in use', () => {
    const points = hourly(168, () => 200);
    expect(outlookOf({ points, capacity: 260, pending: 60 })).toMatchObject({ earliestMs: NOW_MS, likelyMs: NOW_MS });
    expect(outlookOf({ points, capacity: 261, pending: 60 }).likelyMs).toBeUndefined();
  });

  it('does not take a level that was reached in one step for growth that goes on', () => {
    const points = hourly(168, (hoursAgo) => (hoursAgo < 24 ? 180 : 100));
    const { likelyMs, latestMs } = outlookOf({ points, capacity: 181, pending: 0 });
    expect([likelyMs, latestMs]).toEqual([undefined, undefined]);
  });

  it('looks no further than thirty days', () => {
    const points = hourly(168, (hoursAgo) => 1_000 - hoursAgo);
    const days = (capacity: number): number | undefined => {
      const { likelyMs } = outlookOf({ points, capacity, pending: 0 });
      return likelyMs === undefined ? undefined : (likelyMs - NOW_MS) / DAY_MS;
    };
    expect(days(1_000 + 24 * 29)).toBeCloseTo(29, 1);
    expect(days(1_000 + 24 * 31)).toBeUndefined();
  });

  it('leaves out days of which it saw too little', () => {
    const gap = working(10).filter(({ at }) => at > NOW_MS - 2 * DAY_MS || at <= NOW_MS - 4 * DAY_MS);
    expect(outlookOf({ points: gap, capacity: 235, pending: 0 }).growthPerDay).toBe(10);
    const short = working(10).filter(({ at }) => at > NOW_MS - 2 * DAY_MS);
    expect(outlookOf({ points: short, capacity: 235, pending: 0 }).growthPerDay).toBeUndefined();
  });
});
