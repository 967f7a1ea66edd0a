/** A status stays within the bounds of its schema, and these far below what etcd stores. */
import { describe, expect, it } from 'vitest';
import { aFullRecord, LONG } from '../../../test/support/a-full-record.ts';
import { largestOf, refusedOf, statusSchema } from '../../../test/support/status-schema.ts';
import type { PassRecord } from '../pass-record.ts';
import { PortError } from '../ports.ts';
import { statusOf } from '../status.ts';

const KIBIBYTE = 1_024;
const sizeOf = (status: unknown): number => Buffer.byteLength(JSON.stringify(status));

/** Each fills another part. */
const FULL: readonly (readonly [string, Partial<PassRecord>])[] = [
  ['a change was written', {}],
  [
    'something is held',
    {
      plan: { kind: 'Hold', reason: 'GainTooSmall', message: LONG, recheckAtMs: 1_000 },
      outcome: { kind: 'Held' },
    },
  ],
  ['a value was given back', givenBack()],
  [
    'others own the fields',
    {
      outcome: {
        kind: 'Conflicted',
        conflicts: [{ manager: LONG, operation: 'Apply', field: LONG, setting: undefined }],
      },
    },
  ],
  ['a write failed', { outcome: { kind: 'Failed', error: new PortError('Invalid', LONG) } }],
];

function givenBack(): Partial<PassRecord> {
  const { originals } = aFullRecord();
  const restored = originals.map(({ setting }) => setting);
  return {
    plan: { kind: 'Restore', originals, because: 'SettingRemoved' },
    outcome: { kind: 'Restored', restored, skipped: restored },
  };
}

describe('the largest status', () => {
  it.each(FULL)('that a pass writes is within the bounds of the schema when %s', (_, more) => {
    const status = statusOf(aFullRecord(more));
    expect(refusedOf(statusSchema(), status)).toEqual([]);
    expect(sizeOf(status)).toBeLessThan(200 * KIBIBYTE);
  });

  it('that a pass writes has every list full, and every field but the hold', () => {
    const { conditions, candidates, shapes, subnets, changes, recommendation, ...rest } = statusOf(aFullRecord());
    expect(conditions).toHaveLength(7);
    expect([candidates, shapes, subnets, changes].map((list) => list?.length)).toEqual([10, 20, 50, 10]);
    expect(recommendation?.currentBreaks).toHaveLength(2);
    expect(Object.keys(recommendation ?? {})).toEqual(
      expect.arrayContaining(['unmet', 'currentBreaks', 'addressPair', 'otherMode']),
    );
    const fields = Object.keys({ ...rest, hold: {}, conditions, candidates, shapes, subnets, changes, recommendation });
    expect(fields.toSorted()).toEqual(Object.keys(statusSchema().properties ?? {}).toSorted());
  });

  it.each([
    ['plain letters', 'a', 160],
    ['letters of four bytes', '🐘', 512],
    ['letters that JSON spells with six', '\u0001', 700],
  ])('that the schema allows stays far below 1 MiB in %s', (_, filler, mostKibibytes) => {
    const largest = largestOf(statusSchema(), filler);
    expect(refusedOf(statusSchema(), largest)).toEqual([]);
    expect(sizeOf(largest) / KIBIBYTE).toBeLessThan(mostKibibytes);
    expect(sizeOf(largest) / KIBIBYTE).toBeGreaterThan(mostKibibytes / 2);
  });
});
