import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: [
    'The nodes use prefix delegation and keep three prefixes warm.',
    'WARM_PREFIX_TARGET goes down, and WARM_ENI_TARGET, which does not count there, is left alone.',
  ],
  play: async () => {
    const cluster = aCluster({ env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' } });
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    return cluster;
  },
};
