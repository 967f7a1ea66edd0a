import { expect, it } from 'vitest';
import { RecentStarts } from './recent-starts.ts';

it('counts the starts of the last ten seconds, this one included', () => {
  const recent = new RecentStarts();
  expect([0, 1000, 10_000, 10_001, 30_000].map((atMs) => recent.started(atMs))).toEqual([1, 2, 3, 3, 1]);
});

it('keeps no more than it must, however many pods start', () => {
  const recent = new RecentStarts();
  for (let pod = 0; pod < 5000; pod++) expect(recent.started(pod * 5000)).toBe(Math.min(pod + 1, 3));
});
