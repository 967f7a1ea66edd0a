import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The object is deleted with deletionPolicy Retain.',
    'The value stays, nobody of us owns it any more, and the object goes.',
  ],
  play: async () => {
    const cluster = aCluster();
    const spec = { mode: 'Apply', takeOverFrom: ['eks'], deletionPolicy: 'Retain' } as const;
    cluster.applyTuning('default', spec);
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.deleteTuning('default');
    await cluster.pass();
    return cluster;
  },
};
