import { describe, expect, it } from 'vitest';
import { NO_SUMS } from '../evaluate/candidate-tally.ts';
import type { CandidateSums } from '../evaluation.ts';
import { costUncertainty, delayedShareRange } from './chance.ts';

/** So many starts and delays counted, and as many by weight. */
function starts(podStarts: number, delayedPods: number): CandidateSums {
  return {
    values: {},
    byShape: { s: { ...NO_SUMS, podStarts, delayedPods } },
    byDay: { '1': { podStarts, delayedPods, unavoidableDelayedPods: 0, tightPods: 0 } },
    scatter: { costCost: 0, costTime: 0, timeTime: 0 },
  };
}

/** Stretches of one hour each, with so many idle addresses. */
function stretches(idle: readonly number[]): CandidateSums {
  const sum = (of: (each: number) => number): number => idle.reduce((all, each) => all + of(each), 0);
  const shape = { ...NO_SUMS, countedMs: idle.length, heldAddressMs: sum((each) => each) };
  const scatter = { costCost: sum((each) => each * each), costTime: sum((each) => each), timeTime: idle.length };
  return { values: {}, byShape: { s: shape }, byDay: {}, scatter };
}

describe('the share of delayed starts', () => {
  it.each([
    [1_000, 0, '0.000 to 0.297'],
    [3_000, 0, '0.000 to 0.099'],
    [1_000, 5, '0.197 to 1.051'],
    [100_000, 100, '0.084 to 0.118'],
    [10, 10, '54.232 to 100.000'],
    [0, 0, '0.000 to 100.000'],
  ])('of %i starts with %i delayed may in truth be %s percent', (podStarts, delayed, range) => {
    const { lower, upper } = delayedShareRange(starts(podStarts, delayed));
    expect(`${(100 * lower).toFixed(3)} to ${(100 * upper).toFixed(3)}`).toBe(range);
  });
});

describe('the cost', () => {
  it('is less sure the fewer stretches there are and the further they lie apart', () => {
    const many = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? 5 : 15));
    expect(costUncertainty(stretches(many))).toBeCloseTo(0.1, 6);
    expect(costUncertainty(stretches(many.slice(0, 4)))).toBeCloseTo(0.5, 6);
    expect(costUncertainty(stretches([10, 10, 10]))).toBe(0);
    expect(costUncertainty(stretches([10]))).toBe(1);
    expect(costUncertainty(stretches([]))).toBe(1);
  });
});
