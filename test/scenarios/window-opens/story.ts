import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { anAccount, HOUR_MS, someChanges } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'The window for changes opens an hour after the advice was there.',
    'The change goes out then, and no sooner.',
  ],
  play: async () => {
    const cluster = aCluster();
    const windows = [{ schedule: '0 8 * * *', durationMs: HOUR_MS, timeZone: 'UTC' }];
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], changes: someChanges({ windows }) });
    await cluster.settle();
    cluster.nowMs += HOUR_MS;
    cluster.account = { ...(cluster.account ?? anAccount()), takenAtMs: cluster.nowMs };
    await cluster.settle();
    return cluster;
  },
};
