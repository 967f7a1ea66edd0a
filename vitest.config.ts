import { defineConfig } from 'vitest/config';

/**
 * One project a tier (docs/architecture.md, "Test tiers"). Unit, property and scenario tests need nothing but
 * Node; integration and e2e start real control planes, so their files run one after another on a small machine.
 */
const tier = (name: string, include: readonly string[], testTimeoutMs: number, serial = false) => ({
  test: {
    name,
    include: [...include],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs * 2,
    ...(serial ? { fileParallelism: false, maxWorkers: 1, globalSetup: ['test/support/shared-plane.ts'] } : {}),
  },
});

const rooms = '{src,testbed,demo,scripts}/**';

export default defineConfig({
  test: {
    passWithNoTests: true,
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
