import { expect, it } from 'vitest';
import { LargestPools } from './largest-pools.ts';

it('finds out once for each segment as long as there is room, and each time past that', () => {
  const pools = new LargestPools(2_000);
  const foundOut: string[] = [];
  const found = { delayed: new Set([1, 2, 3]), tight: new Set<number>() };
  for (let turn = 0; turn < 2; turn++) {
    for (const id of ['a', 'b', 'c']) {
      const unavoidable = pools.of(id, () => {
        foundOut.push(id);
        return found;
      });
      expect(unavoidable).toBe(found);
    }
  }
  expect(foundOut).toEqual(['a', 'b', 'c', 'c']);
});
