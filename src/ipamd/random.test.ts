import { describe, expect, it } from 'vitest';
import { seededRandom } from './random.ts';

const drawn = (seed: number, count: number): readonly number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
};

/** xoshiro128** as its authors define it, in whole numbers of 64 bits, from the state that the seed makes. */
function reference(state: readonly bigint[], count: number): readonly number[] {
  const word = (value: bigint): bigint => value & 0xffffffffn;
  const turned = (value: bigint, by: bigint): bigint => word(value << by) | (value >> (32n - by));
  let [a = 0n, b = 0n, c = 0n, d = 0n] = state;
  return Array.from({ length: count }, () => {
    const result = word(turned(word(b * 5n), 7n) * 9n);
    const shifted = word(b << 9n);
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = turned(d, 11n);
    return Number(result) / 2 ** 32;
  });
}

/** MurmurHash3's finalizer over a counter that starts at the seed. */
function stateOf(seed: bigint): readonly bigint[] {
  const word = (value: bigint): bigint => value & 0xffffffffn;
  return [1n, 2n, 3n, 4n].map((step) => {
    const start = word(seed + step * 0x9e3779b9n);
    const first = word((start ^ (start >> 16n)) * 0x85ebca6bn);
    const second = word((first ^ (first >> 13n)) * 0xc2b2ae35n);
    return second ^ (second >> 16n);
  });
}

describe('seeded chance', () => {
  it.each([0, 1, 4711, 0xffffffff])('is xoshiro128** from seed %i', (seed) => {
    expect(drawn(seed, 200)).toEqual(reference(stateOf(BigInt(seed)), 200));
  });

  it('is the same for a negative seed each time, and another for another seed', () => {
    expect(drawn(-1, 5)).toEqual(drawn(-1, 5));
    expect(drawn(-1, 5)).toEqual(drawn(0xffffffff, 5));
    expect(drawn(1, 1)).not.toEqual(drawn(2, 1));
  });

  it('lies between 0 and 1, evenly', () => {
    const values = drawn(7, 20_000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  });
});
