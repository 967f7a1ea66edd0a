import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'Bursts of twelve pods meet a pool that the bounds keep too small.',
    'The value that comes closest is advised, and the status says which objective is not met and what would help.',
  ],
  play: async () => {
    const cluster = aCluster({ burstPods: 12, env: { WARM_ENI_TARGET: '0' } });
    cluster.applyTuning('default', { settings: { warmENI: { min: 0, max: 0 } } });
    await cluster.settle();
    return cluster;
  },
};
