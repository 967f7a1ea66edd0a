import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { HOUR_MS, someChanges } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'One of two windows is on 30 February; the other is open.',
    'It stalls, names the field, writes nothing, and gives its advice all the same.',
  ],
  play: async () => {
    const cluster = aCluster();
    const windows = ['0 6 * * *', '0 2 30 2 *'].map((schedule) => ({
      schedule,
      durationMs: 4 * HOUR_MS,
      timeZone: 'UTC',
    }));
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], changes: someChanges({ windows }) });
    await cluster.settle();
    return cluster;
  },
};
