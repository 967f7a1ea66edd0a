import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { MINUTE_MS } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'The user has allowed to take the variables over from the EKS add-on; the change is written and reaches every node.',
    'The value is ours, what was there before is recorded, and the rollout is seen complete.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.nowMs += 5 * MINUTE_MS;
    cluster.finishRollout();
    await cluster.settle();
    return cluster;
  },
};
