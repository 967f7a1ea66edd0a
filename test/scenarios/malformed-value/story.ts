import type { Story } from '../a-story.ts';
import { aCluster } from '../a-story.ts';
import { aNode } from '../../support/builders.ts';

export const story: Story = {
  tells: [
    'Somebody has set WARM_ENI_TARGET to abc, and one node is of a type that nobody knows.',
    'It is read as the CNI reads it, said in one sentence, and the unknown type is named and skipped.',
  ],
  play: async () => {
    const cluster = aCluster({ env: { WARM_ENI_TARGET: 'abc' } });
    cluster.nodes = [...cluster.nodes, aNode('node-5', { instanceType: 'x9.mega' })];
    cluster.finishRollout();
    cluster.applyTuning('default');
    await cluster.settle();
    return cluster;
  },
};
