import { expect, test } from 'vitest';
import { Pacer } from './pacing.ts';

test('a burst goes at once, then one request every refill, each action for itself', () => {
  let nowMs = 1_000_000;
  const pacer = new Pacer({ burst: 3, perSecond: 5 }, () => nowMs);
  const waits = (action: string, requests: number): number[] =>
    Array.from({ length: requests }, () => pacer.reserve(action));
  expect(waits('DescribeSubnets', 5)).toEqual([0, 0, 0, 200, 400]);
  expect(waits('DescribeNetworkInterfaces', 1)).toEqual([0]);
  nowMs += 600;
  expect(waits('DescribeSubnets', 2)).toEqual([0, 200]);
  nowMs += 3_600_000;
  expect(waits('DescribeSubnets', 4)).toEqual([0, 0, 0, 200]);
});
