/**
 * The use of a subnet over time as it would have been under today's settings, so that a change of warm pools is not
 * taken for growth. As index numbers are chained: what nodes held before a change is multiplied by how much more one
 * node held after it than before.
 */
import type { SubnetView } from '../snapshot.ts';
import type { Point } from './growth-slope.ts';
import type { GrowthSample } from './subnet-growth.ts';

/** A rollout over the nodes, and their pools, take about so long. */
const SETTLED_AFTER_MS = 3_600_000;
const ADDRESSES_PER_BLOCK = 16;

/** With prefixes what counts is free /28 blocks: single addresses left between them are of no use. */
export function addressesForNodes(
  use: { readonly freeAddresses: number; readonly freeBlocks: number | undefined },
  takesPrefixes: boolean,
): number {
  if (!takesPrefixes || use.freeBlocks === undefined) return use.freeAddresses;
  return Math.min(use.freeAddresses, ADDRESSES_PER_BLOCK * use.freeBlocks);
}

export function rebasedUse(
  samples: readonly GrowthSample[],
  { sizeAddresses }: Pick<SubnetView, 'sizeAddresses'>,
  takesPrefixes: boolean,
): readonly Point[] {
  const factors = factorsByEra(samples);
  return samples.map((sample) => {
    const more = (sample.heldAddresses ?? 0) * ((factors.get(sample.era) ?? 1) - 1);
    return { at: sample.atMs, value: sizeAddresses - addressesForNodes(sample, takesPrefixes) + more };
  });
}

/** 20 addresses a node before, 10 after: 0.5 for the time before. */
function factorsByEra(samples: readonly GrowthSample[]): ReadonlyMap<number, number> {
  const eras = [...Map.groupBy(samples, ({ era }) => era).values()];
  const factors = new Map<number, number>();
  let factor = 1;
  for (let index = eras.length - 2; index >= 0; index--) {
    const [earlier = [], later = []] = [eras[index], eras[index + 1]];
    const startMs = later[0]?.atMs ?? 0;
    const settled = later.find(({ atMs }) => atMs >= startMs + SETTLED_AFTER_MS) ?? later.at(-1);
    factor *= ratio(perNode(settled), perNode(earlier.at(-1)));
    factors.set(earlier[0]?.era ?? 0, factor);
  }
  return factors;
}

function perNode(sample: GrowthSample | undefined): number | undefined {
  if (sample?.heldAddresses === undefined || sample.nodes === 0) return undefined;
  return sample.heldAddresses / sample.nodes;
}

/** 1 where either side is not known. */
function ratio(after: number | undefined, before: number | undefined): number {
  return after === undefined || before === undefined || before === 0 ? 1 : after / before;
}
