import { describe, expect, it } from 'vitest';
import { jittered, pause } from './backoff.ts';

describe('jittered', () => {
  it.each([
    [1, 0, 50],
    [1, 1, 100],
    [2, 1, 200],
    [3, 0.5, 300],
    [10, 1, 1_000],
    [10_000, 1, 1_000],
  ])('after attempt %i with chance %d waits %i ms', (attempt, chance, waitMs) => {
    expect(jittered(attempt, 100, 1_000, () => chance)).toBe(waitMs);
  });
});

describe('pause', () => {
  it('ends at once when told to stop', async () => {
    const stopping = new AbortController();
    const pausing = pause(1_000_000, stopping.signal);
    stopping.abort();
    await pausing;
    await pause(1_000_000, stopping.signal);
  });
});
