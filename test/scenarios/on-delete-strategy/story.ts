import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: ["The DaemonSet's update strategy is OnDelete.", 'It holds: a change would reach no node.'],
  play: async () => {
    const cluster = aCluster();
    cluster.daemonSet.view = { ...cluster.daemonSet.view, updateStrategy: 'OnDelete' };
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    return cluster;
  },
};
