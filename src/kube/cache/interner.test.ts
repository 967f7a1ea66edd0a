import { expect, it } from 'vitest';
import { Interner } from './interner.ts';

it('never holds more than two generations, and keeps what is asked for', () => {
  const interner = new Interner(100);
  for (let index = 0; index < 10_000; index += 1) {
    expect(interner.intern('zone')).toBe('zone');
    interner.intern(`name-${index}`);
    expect(interner.size).toBeLessThanOrEqual(200);
  }
});
