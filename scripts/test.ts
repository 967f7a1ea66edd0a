/**
 * `npm test`: everything a change must pass. `--tier integration|e2e` runs that tier alone, for e2e also elsewhere than on
 * the testbed (`--on kind`, `--kubeconfig FILE`); what follows is handed to vitest (`npm run test:integration -- crd`). The
 * last line is `N passed, N failed, N skipped`.
 */
import { MissingPrerequisite } from '../testbed/control-plane/missing-prerequisite.ts';
import { runChecks } from './gate/checks.ts';
import { close } from './gate/close.ts';
import { type Place, placeFor } from './gate/e2e-place.ts';
import { runTests, runVisibly, stopStepsOnSignals } from './gate/step.ts';
import type { Tally } from './gate/tally.ts';
import { type Tier, type Wish, wishOf } from './gate/wish.ts';

/** A tier that needs a control plane is not run without one: it is counted as skipped, and the set-up as failed. */
function withoutControlPlane(tier: Tier): Tally {
  return {
    passed: 0,
    failed: [],
    skipped: [{ name: tier, reason: 'the control plane could not be set up (see above)' }],
  };
}

async function runTiers({ tiers, place, filters }: Wish): Promise<readonly Tally[]> {
  if (place.kind !== 'testbed') return [await runOutside(await placeFor(place), filters)];
  const tallies: Tally[] = [];
  let hasControlPlane: boolean | undefined;
  for (const tier of tiers) {
    if (tier !== 'vectors' && hasControlPlane === undefined) {
      const setUp = await runVisibly({ name: 'control plane set up', command: 'scripts/set-up.ts', arguments: [] });
      tallies.push(setUp);
      hasControlPlane = setUp.failed.length === 0;
    }
    const isPossible = tier === 'vectors' || hasControlPlane === true;
    tallies.push(isPossible ? await runTests(tier, [tier], { filters }) : withoutControlPlane(tier));
  }
  return tallies;
}

async function runOutside({ env, leave }: Place, filters: readonly string[]): Promise<Tally> {
  try {
    return await runTests('e2e', ['e2e'], { filters, env });
  } finally {
    await leave();
  }
}

stopStepsOnSignals();
const startMs = performance.now();
const wish = wishOf(process.argv.slice(2));
if (wish.kind === 'refused') {
  console.error(wish.sentence);
  process.exitCode = 2;
} else {
  try {
    const checks = wish.withChecks ? await runChecks() : [];
    close([...checks, ...(await runTiers(wish))], (performance.now() - startMs) / 1000);
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
