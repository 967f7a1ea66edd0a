import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { anAccount } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'EC2 throttles the account at the moment of the change.',
    'It holds, with the calls that are throttled and a time to look again.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.account = { ...(cluster.account ?? anAccount()), throttledCallsByAction: { CreateNetworkInterface: 120 } };
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    return cluster;
  },
};
