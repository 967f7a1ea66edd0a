import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The object only asks for advice, and the default of one warm interface is more than the pods need.',
    'The advice has its numbers, nothing is written, and the hold says how to write it.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { takeOverFrom: ['eks'] });
    await cluster.settle();
    return cluster;
  },
};
