import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WARM_VARIABLES, fromEnv, targetOf, toEnv } from './warm-settings.ts';

const target = fc.nat(10_000);
const targets = fc.record({ warmENI: target, warmPrefix: target, warmIP: target, minimumIP: target });

it('targets written as an environment are read back the same', () => {
  fc.assert(
    fc.property(targets, (written) => {
      const { settings, problems } = fromEnv(toEnv(written));
      expect(problems).toEqual([]);
      expect(settings).toMatchObject(written);
    }),
    { seed: 20261127 },
  );
});

it('any text is read without an error, and each target is a whole number of at least 0', () => {
  const text = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('', ' 1', '1e3', '+2', '-0', '٣'));
  fc.assert(
    fc.property(fc.constantFrom(...WARM_VARIABLES), text, (variable, value) => {
      const { settings } = fromEnv({ [variable]: value });
      const read = settings[targetOf(variable)];
      expect(Number.isInteger(read) && read >= 0).toBe(true);
    }),
    { seed: 20261128, numRuns: 500 },
  );
});
