import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyReplay } from '../../test/support/any-replay.ts';
import { replay } from './simulate.ts';

it('jumping over idle time gives the result of stepping through it', () => {
  fc.assert(
    fc.property(anyReplay(), (options) => {
      const jumped = replay({ ...options, recordCalls: true });
      const stepped = replay({ ...options, recordCalls: true, stepping: true });
      expect(jumped.calls).toEqual(stepped.calls);
      expect(jumped.delayedPods).toEqual(stepped.delayedPods);
      expect(rounded(jumped)).toEqual(rounded(stepped));
    }),
    { numRuns: 300, seed: 20261125 },
  );
});

it('the same input gives the same result', () => {
  fc.assert(
    fc.property(anyReplay(), (options) => {
      expect(replay(options)).toEqual(replay(options));
    }),
    { numRuns: 60, seed: 20261126 },
  );
});

/** Sums of the same spans in another order differ in the last bits. */
function rounded(result: object): object {
  return JSON.parse(
    JSON.stringify(result, (_, value) => (typeof value === 'number' ? Math.round(value * 1e3) / 1e3 : value)),
  );
}
