import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { MINUTE_MS } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'While the first change rolls out a person asks to undo it.',
    'The add-on has its value again at once, and the same proposal is held until the person allows it.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.nowMs += MINUTE_MS;
    cluster.annotateTuning('default', { 'cnituning.dev/rollback': 'night-1' });
    await cluster.settle();
    cluster.nowMs += 5 * MINUTE_MS;
    cluster.finishRollout();
    await cluster.settle();
    return cluster;
  },
};
