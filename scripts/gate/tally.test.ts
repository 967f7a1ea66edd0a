import { describe, expect, it } from 'vitest';
import { closingLine, skippedLines, sumOf } from './tally.ts';

describe('a tally', () => {
  it('adds up what each step came to', () => {
    const total = sumOf([
      { passed: 2, failed: ['a'], skipped: [] },
      { passed: 3, failed: [], skipped: [{ name: 'b', reason: 'no Go' }] },
    ]);
    expect(closingLine(total)).toBe('5 passed, 1 failed, 1 skipped');
  });

  it('names skipped tests under the reason they share', () => {
    const skipped = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, reason: 'no Go' }));
    expect(skippedLines(skipped)).toEqual(['skipped 5: no Go', '    a', '    b', '    c', '    … and 2 more']);
  });
});
