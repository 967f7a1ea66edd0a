import { describe, expect, it } from 'vitest';
import { HOUR_MS, MONDAY_MS } from '../../../test/support/builders.ts';
import { GROWTH_BYTES, growthBytes, readGrowth } from './growth-bytes.ts';
import type { GrowthValue } from './subnet-growth.ts';

/** `samples` hours of `subnets` subnets; numbers that are never twice the same. */
function aValue(subnets: number, samples: number): GrowthValue {
  return {
    settingsKey: 'ab12',
    subnetIds: Array.from({ length: subnets }, (_, at) => `subnet-${at}`),
    samples: Array.from({ length: samples }, (_, hour) => ({
      atMs: MONDAY_MS + hour * HOUR_MS,
      era: Math.floor(hour / 10),
      rows: Array.from({ length: 4 * subnets }, (__, at) => ((hour * 7_919 + at * 104_729) % 65_000) - 1),
    })),
  };
}

describe('the growth of subnets in bytes', () => {
  it('comes back as it was', () => {
    const values = { default: aValue(3, 290), other: aValue(0, 0), 'third-ü': aValue(1, 1) };
    expect(readGrowth(growthBytes(values))).toEqual({ kind: 'Read', values });
    expect(readGrowth(growthBytes({}))).toEqual({ kind: 'Read', values: {} });
  });

  it('leaves out the oldest samples where there are too many', () => {
    const value = aValue(50, 290);
    const bytes = growthBytes({ default: value });
    expect(bytes.length).toBeLessThanOrEqual(GROWTH_BYTES);
    const stored = readGrowth(bytes);
    const samples = stored.kind === 'Read' ? (stored.values['default']?.samples ?? []) : [];
    expect(samples.length).toBeGreaterThan(50);
    expect(samples).toEqual(value.samples.slice(-samples.length));
  });

  it('is refused when it is cut at any byte, or any byte is another', () => {
    const bytes = growthBytes({ default: aValue(2, 3) });
    for (let at = 0; at < bytes.length; at++) {
      expect(readGrowth(bytes.slice(0, at)).kind).toBe('Refused');
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(readGrowth(changed).kind).toBe('Refused');
    }
  });

  it('says why it is refused', () => {
    const bytes = growthBytes({ default: aValue(1, 1) });
    const withByte = (at: number, value: number): Uint8Array => Uint8Array.from(bytes).fill(value, at, at + 1);
    expect(readGrowth(withByte(0, 1))).toMatchObject({ reason: 'Foreign' });
    expect(readGrowth(withByte(4, 9))).toMatchObject({ reason: 'OtherVersion' });
    expect(readGrowth(withByte(12, 200))).toMatchObject({ reason: 'Torn' });
    expect(readGrowth(withByte(12, 200))).toMatchObject({
      sentence: 'The stored growth of the subnets is not whole: its checksum does not match.',
    });
  });
});
