/** What `npm run check` and `npm test` share: every check that needs nothing but Node. */
import type { Step } from './step.ts';
import { runCheck, runTests } from './step.ts';
import type { Tally } from './tally.ts';

const CHECKS: readonly Step[] = [
  { name: 'format', command: 'biome', arguments: ['format', '.'] },
  { name: 'types', command: 'tsc', arguments: ['--noEmit', '-p', '.'] },
  // Type-aware, import rules included: .oxlintrc.json.
  { name: 'lint and import rules', command: 'oxlint', arguments: ['-f', 'unix', '--report-unused-disable-directives'] },
  { name: 'nothing unused', command: 'knip', arguments: ['--no-progress'] },
  { name: 'generated files unchanged', command: 'scripts/generate.ts', arguments: ['--check'] },
];

export const QUICK_TIERS = ['unit', 'property', 'scenario'] as const;

export async function runChecks(): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  for (const step of CHECKS) tallies.push(await runCheck(step));
  tallies.push(await runTests('unit, property, scenario', QUICK_TIERS));
  return tallies;
}
