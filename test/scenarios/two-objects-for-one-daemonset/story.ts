import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'A second, younger object names the same container.',
    'The older one goes on advising, the younger one stalls and names the other.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    cluster.applyTuning('second', {}, { createdAtMs: cluster.nowMs + 1_000 });
    await cluster.settle();
    await cluster.pass('second');
    return cluster;
  },
};
