import { expect, it } from 'vitest';
import { quantileOf, slopeOf } from './growth-slope.ts';

const points = (...values: readonly number[]) => values.map((value, at) => ({ at, value }));

it('is the median of the slopes between every two points', () => {
  // 1, 4, 2.5: the middle one is that of the ends.
  expect(slopeOf(points(0, 1, 5))?.middle).toBe(2.5);
  expect(slopeOf(points(3, 3, 3, 3))).toEqual({ low: 0, middle: 0, high: 0 });
});

it('is not moved by two quiet days among seven', () => {
  expect(slopeOf(points(100, 100, 100, 100, 20, 20, 100))?.middle).toBe(0);
});

it('has a band as wide as all slopes with three points, and narrower with more', () => {
  const few = slopeOf(points(0, 4, 6));
  // Ranks 0.5 -+ 1.2816 x sqrt(3 x 2 x 11 / 18) / 3 / 2 of 2, 3, 4.
  expect(few?.low).toBeCloseTo(2 + 2 * (0.5 - 0.409), 2);
  expect(few?.high).toBeCloseTo(2 + 2 * (0.5 + 0.409), 2);
  const width = (count: number): number => {
    const slope = slopeOf(points(...Array.from({ length: count }, (_, at) => 10 * at + (at % 2))));
    return (slope?.high ?? 0) - (slope?.low ?? 0);
  };
  expect(width(14)).toBeLessThan(width(5));
});

it('needs two points', () => {
  expect(slopeOf(points(1))).toBeUndefined();
  expect(slopeOf(points(1, 3))).toEqual({ low: 2, middle: 2, high: 2 });
});

it('takes quantiles between ranks', () => {
  expect([0, 0.25, 0.5, 1].map((share) => quantileOf([10, 20, 40], share))).toEqual([10, 15, 20, 40]);
});
