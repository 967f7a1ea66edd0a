import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { anAccount, HOUR_MS, someChanges } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'The subnet has fewer addresses free than its reserve, and the window for changes opens in nineteen hours.',
    'With emergency Always the change that holds fewer addresses goes out at once, and its record says why.',
  ],
  play: async () => {
    const cluster = aCluster();
    const account = cluster.account ?? anAccount();
    const subnets = account.subnets?.map((subnet) => ({ ...subnet, freeAddresses: 20 }));
    cluster.account = { ...account, subnets };
    const windows = [{ schedule: '0 2 * * *', durationMs: HOUR_MS, timeZone: 'UTC' }];
    const changes = someChanges({ windows, emergency: 'Always' });
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], changes });
    await cluster.settle();
    return cluster;
  },
};
