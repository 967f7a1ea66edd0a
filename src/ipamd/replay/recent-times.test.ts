import { expect, it } from 'vitest';
import { RecentTimes } from './recent-times.ts';

function countedAt(times: RecentTimes, atMs: number): number {
  times.add(atMs);
  return times.count(atMs);
}

it('counts how often it was within the last ten seconds, now included', () => {
  const times = new RecentTimes(10_000);
  expect([0, 1000, 10_000, 10_001, 30_000].map((atMs) => countedAt(times, atMs))).toEqual([1, 2, 3, 3, 1]);
  expect([40_000, 40_001].map((atMs) => times.count(atMs))).toEqual([1, 0]);
});

it('keeps no more than it must, however often it is', () => {
  const times = new RecentTimes(10_000);
  for (let turn = 0; turn < 5000; turn++) expect(countedAt(times, turn * 5000)).toBe(Math.min(turn + 1, 3));
});
