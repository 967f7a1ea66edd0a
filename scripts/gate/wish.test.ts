import { describe, expect, it } from 'vitest';
import { wishOf } from './wish.ts';

const e2e = (...argv: string[]) => wishOf(['--tier', 'e2e', ...argv]);

describe('wishOf', () => {
  it('runs everything on the testbed when nothing is said', () => {
    expect(wishOf([])).toMatchObject({ withChecks: true, place: { kind: 'testbed' } });
    expect(wishOf(['--tier', 'integration', 'crd'])).toMatchObject({
      tiers: ['integration'],
      withChecks: false,
      filters: ['crd'],
    });
  });

  it('knows where the end-to-end tests may run', () => {
    expect(e2e('--on', 'testbed', 'chart')).toMatchObject({ place: { kind: 'testbed' }, filters: ['chart'] });
    expect(e2e('--on', 'kind')).toMatchObject({ place: { kind: 'kind', nodeImage: undefined }, filters: [] });
    expect(e2e('--on', 'kind', '--node-image', 'kindest/node:v1.34.3', 'chart')).toMatchObject({
      place: { kind: 'kind', nodeImage: 'kindest/node:v1.34.3' },
      filters: ['chart'],
    });
    expect(e2e('--kubeconfig', 'throw-away', 'chart')).toMatchObject({
      place: { kind: 'kubeconfig', file: 'throw-away', valuesFile: undefined },
      filters: ['chart'],
    });
    expect(e2e('--kubeconfig', 'throw-away', '--values', 'mine.yaml')).toMatchObject({
      place: { kind: 'kubeconfig', file: 'throw-away', valuesFile: 'mine.yaml' },
      filters: [],
    });
  });

  it.each([
    [['--tier', 'smoke'], 'There is no tier "smoke"; say --tier vectors, integration, e2e.'],
    [['--tier', 'e2e', '--on', 'minikube'], 'There is no place "minikube"; say --on testbed or --on kind.'],
    [['--tier', 'e2e', '--on'], 'There is no place ""; say --on testbed or --on kind.'],
    [['--tier', 'e2e', '--kubeconfig'], '--kubeconfig needs a file: that of a throw-away cluster.'],
    [['--tier', 'e2e', '--on', 'kind', '--node-image'], '--node-image needs an image, such as kindest/node:v1.34.3.'],
  ])('refuses %j in one sentence', (argv, sentence) => {
    expect(wishOf(argv)).toEqual({ kind: 'refused', sentence });
  });
});
