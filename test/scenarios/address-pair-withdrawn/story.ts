import { HOUR_MS, MINUTE_MS } from '../../support/builders.ts';
import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'After WARM_IP_TARGET and MINIMUM_IP_TARGET were written, the user takes warmIP and minimumIP out of spec.settings.',
    'Both entries vanish in one change, as there were none before, and WARM_ENI_TARGET counts again.',
  ],
  play: async () => {
    const cluster = aCluster({ watchedMs: 13 * HOUR_MS });
    const warmENI = { min: 0, max: 3 };
    const settings = { warmENI, warmIP: { min: 1, max: 16 }, minimumIP: { min: 1, max: 32 } };
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], settings });
    await cluster.settle();
    cluster.nowMs += 5 * MINUTE_MS;
    cluster.finishRollout();
    await cluster.settle();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], settings: { warmENI } });
    await cluster.settle();
    return cluster;
  },
};
