import { expect, it } from 'vitest';
import { HOUR_MS, MONDAY_MS } from '../../../test/support/builders.ts';
import { rebasedUse } from './rebased-use.ts';
import type { GrowthSample } from './subnet-growth.ts';

const SIZE = { sizeAddresses: 1_000 };

const sample = (hour: number, era: number, more: Partial<GrowthSample>): GrowthSample => ({
  atMs: MONDAY_MS + hour * HOUR_MS,
  era,
  freeAddresses: 500,
  freeBlocks: undefined,
  heldAddresses: undefined,
  nodes: 0,
  ...more,
});

const values = (samples: readonly GrowthSample[], takesPrefixes = false) =>
  rebasedUse(samples, SIZE, takesPrefixes).map(({ value }) => value);

it('is what is not free, as long as the settings stay', () => {
  expect(values([sample(0, 0, {}), sample(1, 0, { freeAddresses: 400, heldAddresses: 100, nodes: 5 })])).toEqual([
    500, 600,
  ]);
});

it('counts the time before a change of settings with what nodes hold after it', () => {
  const before = { heldAddresses: 200, nodes: 10 };
  // 20 addresses a node before; 15 while the rollout goes on, 10 from the hour after it on; others hold 300.
  const samples = [
    sample(0, 0, before),
    sample(1, 0, before),
    sample(2, 1, { freeAddresses: 550, heldAddresses: 150, nodes: 10 }),
    sample(3, 1, { freeAddresses: 600, heldAddresses: 100, nodes: 10 }),
    sample(4, 1, { freeAddresses: 590, heldAddresses: 110, nodes: 11 }),
  ];
  expect(values(samples)).toEqual([400, 400, 450, 400, 410]);
});

it('chains changes', () => {
  const held = [10, 20, 5].flatMap((perNode, era) =>
    [0, 2].map((hour) =>
      sample(era * 4 + hour, era, { freeAddresses: 1_000 - 10 * perNode, heldAddresses: 10 * perNode, nodes: 10 }),
    ),
  );
  expect(values(held)).toEqual([50, 50, 50, 50, 50, 50]);
});

it('leaves the time before a change as it was where nothing is known of the nodes', () => {
  expect(values([sample(0, 0, {}), sample(1, 1, { heldAddresses: 100, nodes: 10 })])).toEqual([500, 500]);
  expect(values([sample(0, 0, { heldAddresses: 9, nodes: 1 }), sample(1, 1, {})])).toEqual([500, 500]);
});

it('counts free /28 blocks where prefixes are taken', () => {
  const samples = [sample(0, 0, { freeAddresses: 400, freeBlocks: 10 }), sample(1, 0, { freeAddresses: 400 })];
  expect(values(samples, true)).toEqual([840, 600]);
  expect(values(samples)).toEqual([600, 600]);
});
