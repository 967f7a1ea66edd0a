import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/gate/longest-first.ts';

/** One cluster, one aws-node: in a cluster of somebody else's the files take turns (`--on kind`, `--kubeconfig`). */
const filesAtATime = process.env['CNI_TUNER_E2E_PLACE'] === undefined ? 2 : 1;

/**
 * One project a tier (docs/architecture.md, "Test tiers"). Unit, property and scenario tests need nothing but
 * Node; integration and e2e start real control planes and mostly wait for them, so their files run two at a time.
 */
const tier = (name: string, include: readonly string[], testTimeoutMs: number, onPlane = false) => ({
  test: {
    name,
    include: [...include],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs * 2,
    ...(onPlane ? { maxWorkers: filesAtATime, globalSetup: ['test/support/shared-plane.ts'] } : {}),
  },
});

const rooms = '{src,testbed,demo,scripts}/**';

export default defineConfig({
  test: {
    passWithNoTests: true,
    sequence: { sequencer: LongestFirst },
    projects: [
      tier('unit', [`${rooms}/*.test.ts`, 'test/rules/**/*.test.ts', 'test/bench/**/*.test.ts'], 10_000),
      tier('property', [`${rooms}/*.property.test.ts`], 60_000),
      tier('vectors', ['test/vectors/**/*.test.ts'], 300_000),
      tier('scenario', ['test/scenarios/**/*.test.ts'], 20_000),
      tier('integration', ['test/integration/**/*.test.ts'], 180_000, true),
      tier('e2e', ['test/e2e/**/*.test.ts'], 600_000, true),
    ].map((project) =>
      project.test.name === 'unit'
        ? { test: { ...project.test, exclude: ['**/node_modules/**', '**/*.property.test.ts'] } }
        : project,
    ),
  },
});
