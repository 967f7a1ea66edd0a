import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The object asks to apply, and the EKS add-on owns the variables.',
    'It stalls, names the owner and prints the command that allows the change.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply' });
    await cluster.settle();
    return cluster;
  },
};
