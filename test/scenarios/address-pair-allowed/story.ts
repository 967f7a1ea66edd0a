import { HOUR_MS, MINUTE_MS } from '../../support/builders.ts';
import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The user also allows WARM_IP_TARGET and MINIMUM_IP_TARGET, which hold far fewer addresses than whole interfaces.',
    'Both are written together, WARM_ENI_TARGET stays as it is, and the status says that it no longer counts.',
  ],
  play: async () => {
    const cluster = aCluster({ watchedMs: 13 * HOUR_MS });
    const settings = { warmENI: { min: 0, max: 3 }, warmIP: { min: 1, max: 16 }, minimumIP: { min: 1, max: 32 } };
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], settings });
    await cluster.settle();
    cluster.nowMs += 5 * MINUTE_MS;
    cluster.finishRollout();
    await cluster.settle();
    return cluster;
  },
};
