/**
 * `npm test`: everything a change must pass. `--tier integration|e2e` runs that tier alone; what follows is handed to
 * vitest (`npm run test:integration -- crd`). The last line is `N passed, N failed, N skipped`.
 */
import { runChecks } from './gate/checks.ts';
import { close } from './gate/close.ts';
import { runTests, runVisibly, stopStepsOnSignals } from './gate/step.ts';
import type { Tally } from './gate/tally.ts';

const TIERS = ['vectors', 'integration', 'e2e'] as const;
type Tier = (typeof TIERS)[number];

type Wish = { readonly tiers: readonly Tier[]; readonly withChecks: boolean; readonly filters: readonly string[] };

function wishOf(argv: readonly string[]): Wish {
  const [flag, word, ...filters] = argv;
  if (flag !== '--tier') return { tiers: TIERS, withChecks: true, filters: [] };
  const tier = TIERS.find((known) => known === word);
  if (tier === undefined) {
    console.error(`There is no tier "${word ?? ''}"; say --tier ${TIERS.join(', ')}.`);
    process.exit(2);
  }
  return { tiers: [tier], withChecks: false, filters };
}

/** A tier that needs a control plane is not run without one: it is counted as skipped, and the set-up as failed. */
function withoutControlPlane(tier: Tier): Tally {
  return {
    passed: 0,
    failed: [],
    skipped: [{ name: tier, reason: 'the control plane could not be set up (see above)' }],
  };
}

async function runTiers(wish: Wish): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  let hasControlPlane: boolean | undefined;
  for (const tier of wish.tiers) {
    if (tier !== 'vectors' && hasControlPlane === undefined) {
      const setUp = await runVisibly({ name: 'control plane set up', command: 'scripts/set-up.ts', arguments: [] });
      tallies.push(setUp);
      hasControlPlane = setUp.failed.length === 0;
    }
    const isPossible = tier === 'vectors' || hasControlPlane === true;
    tallies.push(isPossible ? await runTests(tier, [tier], wish.filters) : withoutControlPlane(tier));
  }
  return tallies;
}

stopStepsOnSignals();
const startMs = performance.now();
const wish = wishOf(process.argv.slice(2));
const checks = wish.withChecks ? await runChecks() : [];
close([...checks, ...(await runTiers(wish))], (performance.now() - startMs) / 1000);
