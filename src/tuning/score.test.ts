import { describe, expect, it } from 'vitest';
import { figuresOf, freeShareOf, MUTATING_CALL_PRICE, scarcityPrice } from './score.ts';
import { NO_SUMS } from './evaluate/candidate-tally.ts';
import type { ShapeSums } from './evaluation.ts';

const HOUR_MS = 3_600_000;

function sums(more: Partial<ShapeSums>): ShapeSums {
  return { ...NO_SUMS, countedMs: HOUR_MS, ...more };
}

function figures(byShape: Readonly<Record<string, ShapeSums>>, prices = {}, isChange = false) {
  return figuresOf(
    { values: {}, byShape, byDay: {}, scatter: { costCost: 0, costTime: 0, timeTime: 0 } },
    prices,
    isChange,
  );
}

describe('the score', () => {
  it.each([
    [0.8, 1],
    [0.5, 1],
    [0.25, 2],
    [0.1, 5],
    [0.05, 10],
    [0, 10],
  ])('prices an idle address at %d free as %d', (free, price) => {
    expect(scarcityPrice(free)).toBeCloseTo(price, 9);
  });

  it('weighs one mutating call as half an idle address for an hour', () => {
    expect(MUTATING_CALL_PRICE).toBe(0.5);
    const idle = figures({ a: sums({ heldAddressMs: 13 * HOUR_MS, assignedAddressMs: 3 * HOUR_MS }) });
    const calls = figures({ a: sums({ mutatingEc2Calls: 20, ec2Calls: 40 }) });
    expect(idle.scorePerNodeHour).toBe(10);
    expect(calls.scorePerNodeHour).toBe(10);
  });

  it('charges a change its restart over a week', () => {
    expect(figures({ a: sums({}) }, {}, true).scorePerNodeHour).toBeCloseTo(2 / 168, 9);
  });

  it('prices each shape by its own subnets', () => {
    const shape = sums({ heldAddressMs: 10 * HOUR_MS });
    expect(figures({ a: shape, b: shape }, { b: 3 }).scorePerNodeHour).toBe((10 * 1 + 10 * 3) / 2);
  });

  it('gives shares of all pod starts, and 0 where there were none', () => {
    expect(figures({ a: sums({}) }).delayedPodsShare).toBe(0);
    const some = figures({ a: sums({ podStarts: 200, delayedPods: 1, unavoidableDelayedPods: 2 }) });
    expect([some.delayedPodsShare, some.unavoidableDelayedPodsShare]).toEqual([0.005, 0.01]);
  });

  it('takes a subnet without addresses as full', () => {
    expect(freeShareOf({ freeAddresses: 0, sizeAddresses: 0 })).toBe(0);
  });
});
