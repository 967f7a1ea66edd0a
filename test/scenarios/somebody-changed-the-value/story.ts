import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { HOUR_MS, anAccount } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'After our change somebody sets the variable by kubectl, as a manager that we may not take over from.',
    'It stalls instead of fighting; the change of ours stays in the list.',
  ],
  play: async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.nowMs += HOUR_MS;
    cluster.daemonSet.writtenBy({ manager: 'kubectl-set', operation: 'Update' }, 'WARM_ENI_TARGET', '2');
    cluster.finishRollout();
    cluster.account = { ...(cluster.account ?? anAccount()), takenAtMs: cluster.nowMs };
    await cluster.settle();
    return cluster;
  },
};
