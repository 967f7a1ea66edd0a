import { describe, expect, it } from 'vitest';
import { isSurelyKept, upperCount } from './sureness.ts';

/** Chance of seeing at most `count` where `mean` is expected. */
function chanceOfAtMost(count: number, mean: number): number {
  let [term, sum] = [Math.exp(-mean), Math.exp(-mean)];
  for (let seen = 1; seen <= count; seen++) {
    term *= mean / seen;
    sum += term;
  }
  return sum;
}

describe('the upper end of a count', () => {
  it.each([0, 1, 2, 4, 10, 40, 100])('leaves one chance in ten of seeing only %i', (count) => {
    expect(chanceOfAtMost(count, upperCount(count))).toBeCloseTo(0.1, 2);
  });
});

describe('a limit of 0.1 %', () => {
  it.each([
    [900, 0],
    [4_000, 1],
    [8_000, 4],
    [90_000, 77],
  ])('is surely kept by %i starts of which %i are delayed, and by no more', (starts, delayed) => {
    expect(isSurelyKept({ starts, delayed }, 0.001)).toBe(true);
    expect(isSurelyKept({ starts, delayed: delayed + 1 }, 0.001)).toBe(false);
  });
});
