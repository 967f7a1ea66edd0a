/** What `npm test`, `npm run test:integration` and `npm run test:e2e` can be told. */
import type { PlaceWish } from './e2e-place.ts';

const TIERS = ['vectors', 'integration', 'e2e'] as const;
export type Tier = (typeof TIERS)[number];

export type Wish = {
  readonly kind: 'wish';
  readonly tiers: readonly Tier[];
  readonly withChecks: boolean;
  readonly place: PlaceWish;
  /** For vitest. */
  readonly filters: readonly string[];
};

export type Refusal = { readonly kind: 'refused'; readonly sentence: string };

const EVERYTHING: Wish = {
  kind: 'wish',
  tiers: TIERS,
  withChecks: true,
  place: { kind: 'testbed' },
  filters: [],
};

export function wishOf(argv: readonly string[]): Wish | Refusal {
  const [flag, word, ...rest] = argv;
  if (flag !== '--tier') return EVERYTHING;
  const tier = TIERS.find((known) => known === word);
  if (tier === undefined) return refused(`There is no tier "${word ?? ''}"; say --tier ${TIERS.join(', ')}.`);
  const told = tier === 'e2e' ? placeOf(rest) : { place: EVERYTHING.place, filters: rest };
  return 'kind' in told ? told : { kind: 'wish', tiers: [tier], withChecks: false, ...told };
}

const refused = (sentence: string): Refusal => ({ kind: 'refused', sentence });

type Told = Pick<Wish, 'place' | 'filters'>;

/** `--on kind [--node-image I]` or `--kubeconfig FILE [--values FILE]`, before anything else. */
function placeOf(argv: readonly string[]): Told | Refusal {
  const [flag, word, ...rest] = argv;
  if (flag === '--kubeconfig') return ownClusterOf(word, rest);
  if (flag !== '--on') return { place: EVERYTHING.place, filters: argv };
  if (word === 'testbed') return { place: { kind: 'testbed' }, filters: rest };
  if (word !== 'kind') return refused(`There is no place "${word ?? ''}"; say --on testbed or --on kind.`);
  const [next, nodeImage, ...others] = rest;
  if (next !== '--node-image') return { place: { kind: 'kind', nodeImage: undefined }, filters: rest };
  if (nodeImage === undefined) return refused('--node-image needs an image, such as kindest/node:v1.34.3.');
  return { place: { kind: 'kind', nodeImage }, filters: others };
}

function ownClusterOf(file: string | undefined, rest: readonly string[]): Told | Refusal {
  if (file === undefined) return refused('--kubeconfig needs a file: that of a throw-away cluster.');
  const [next, valuesFile, ...others] = rest;
  if (next !== '--values') return { place: { kind: 'kubeconfig', file, valuesFile: undefined }, filters: rest };
  if (valuesFile === undefined) return refused("--values needs a file: of the chart's, such as where its image is.");
  return { place: { kind: 'kubeconfig', file, valuesFile }, filters: others };
}
