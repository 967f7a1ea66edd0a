import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The object is deleted after its change was rolled out.',
    'The old values and their owner come back, and only then the object goes.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.deleteTuning('default');
    await cluster.pass();
    return cluster;
  },
};
