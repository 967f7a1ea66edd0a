import { defineConfig } from 'vitest/config';

/** What `npm run mutation` runs against each mutant: no property tests, which are slow and say no more here. */
export default defineConfig({
  test: {
    include: ['src/ipamd/**/*.test.ts', 'test/mutation/*.test.ts'],
    exclude: ['**/node_modules/**', 'src/ipamd/**/*.property.test.ts'],
    testTimeout: 20_000,
  },
});
