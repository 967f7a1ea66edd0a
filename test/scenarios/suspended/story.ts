import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The object was suspended after it had advised.',
    'What it said stands; the hold says why nothing is decided.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.applyTuning('default', { takeOverFrom: ['eks'], suspend: true });
    await cluster.settle();
    return cluster;
  },
};
