import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { MINUTE_MS } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'The change has reached one node of four.',
    'Ready is Unknown, the rollout shows how far it is and which nodes it waits for.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.nowMs += MINUTE_MS;
    cluster.progressRollout(['node-1']);
    await cluster.settle();
    return cluster;
  },
};
