import { expect, it } from 'vitest';
import { daemonSetViewOf, keptDaemonSetOf } from './daemon-set-view.ts';
import type { RawDaemonSet } from './raw-objects.ts';

const RAW: RawDaemonSet = {
  metadata: {
    name: 'aws-node',
    namespace: 'kube-system',
    uid: 'ds',
    resourceVersion: '12',
    generation: 4,
    annotations: {
      'deprecated.daemonset.template.generation': '3',
      'cnituning.dev/do-not-tune': 'true',
      'example.com/other': 'x',
    },
  },
  spec: {
    updateStrategy: { type: 'OnDelete' },
    template: {
      spec: {
        containers: [
          {
            name: 'aws-node',
            env: [
              { name: 'WARM_ENI_TARGET', value: '1' },
              { name: 'WARM_ENI_TARGET', value: '2' },
              { name: 'MY_NODE_NAME', valueFrom: {} },
              { name: 'EMPTY' },
            ],
          },
          { name: 'aws-eks-nodeagent' },
        ],
      },
    },
  },
  status: { observedGeneration: 4, desiredNumberScheduled: 10, numberReady: 9, numberAvailable: 9 },
};

const REF = { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' };

it('keeps the env in its order with duplicates, and our annotations only', () => {
  const view = daemonSetViewOf(keptDaemonSetOf(RAW), REF);
  expect(view.env.map(({ name, value, hasValueFrom }) => [name, value, hasValueFrom])).toEqual([
    ['WARM_ENI_TARGET', '1', false],
    ['WARM_ENI_TARGET', '2', false],
    ['MY_NODE_NAME', undefined, true],
    ['EMPTY', undefined, false],
  ]);
  expect(view.annotations).toEqual({ 'cnituning.dev/do-not-tune': 'true' });
  expect(view).toMatchObject({ updateStrategy: 'OnDelete', desired: 10, updated: 0, ready: 9, containerFound: true });
});

it('says when there is no container of that name', () => {
  const view = daemonSetViewOf(keptDaemonSetOf(RAW), { ...REF, container: 'cni' });
  expect(view).toMatchObject({ containerFound: false, env: [] });
});
