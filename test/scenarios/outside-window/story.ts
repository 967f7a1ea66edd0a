import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { HOUR_MS, someChanges } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'It is Monday, 07:00 in UTC, and changes may go out from 02:00 on for four hours in Berlin, where it is 08:00.',
    'It holds, says when the next window opens in both times, and looks again at that instant.',
  ],
  play: async () => {
    const cluster = aCluster();
    const windows = [{ schedule: '0 2 * * 1-5', durationMs: 4 * HOUR_MS, timeZone: 'Europe/Berlin' }];
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], changes: someChanges({ windows }) });
    await cluster.settle();
    return cluster;
  },
};
