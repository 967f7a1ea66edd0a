import { describe, expect, it } from 'vitest';
import { createAccount } from './account.ts';

describe('the account', () => {
  it('is read again when the clock was set back, and not only when it has caught up', async () => {
    let nowMs = 3_600_000;
    let readings = 0;
    let read = (): void => {};
    const account = createAccount({
      // Without a region a reading ends at once.
      region: () => '',
      cluster: () => ({ instanceIds: new Set(), name: undefined }),
      now: () => nowMs,
      random: () => 0.5,
      refreshMs: 60_000,
      onReading: () => {
        readings += 1;
        read();
      },
      onDefect: (error) => {
        throw error;
      },
    });
    const nextReading = (): Promise<void> => new Promise((resolve) => (read = resolve));
    const first = nextReading();
    account.latest(nowMs);
    await first;
    account.latest(nowMs);
    expect(readings).toBe(1);
    nowMs = 0;
    const second = nextReading();
    account.latest(nowMs);
    await second;
    expect(account.latest(nowMs)?.takenAtMs).toBe(0);
    account.close();
  });
});
