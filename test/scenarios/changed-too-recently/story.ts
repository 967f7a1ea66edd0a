import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { anAccount, MINUTE_MS } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'An hour after the change the EKS add-on has written its own value again.',
    'The next change waits until a day has passed since the last one.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.daemonSet.writtenBy({ manager: 'eks', operation: 'Apply' }, 'WARM_ENI_TARGET', '1');
    cluster.finishRollout();
    cluster.nowMs += 60 * MINUTE_MS;
    cluster.account = { ...(cluster.account ?? anAccount()), takenAtMs: cluster.nowMs };
    await cluster.settle();
    return cluster;
  },
};
