import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { HOUR_MS } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'Two of the six hours that the object asks for have been watched.',
    'Ready is True while it collects; there is no number yet, and it says when there will be one.',
  ],
  play: async () => {
    const cluster = aCluster({ watchedMs: 2 * HOUR_MS });
    cluster.applyTuning('default');
    await cluster.settle();
    return cluster;
  },
};
