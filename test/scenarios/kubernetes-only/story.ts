import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';

export const story: Story = {
  tells: ['There are no AWS credentials.', 'The advice is given all the same, and a condition names what is missing.'],
  play: async () => {
    const cluster = aCluster();
    const gap = { reason: 'NoCredentials', action: undefined, message: 'No AWS credentials were found.' } as const;
    const nothing = { subnets: undefined, nodes: undefined, throttledCallsByAction: undefined };
    cluster.account = { takenAtMs: cluster.nowMs, ...nothing, gaps: [gap] };
    cluster.applyTuning('default');
    await cluster.settle();
    return cluster;
  },
};
