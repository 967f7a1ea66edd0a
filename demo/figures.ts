/** What one run came to, for the README and its picture: `npm run demo -- --figures docs/images/demo.json`. */
import type { Reading } from './reading.ts';

/** `of` is what a whole bar would be. */
type Bar = { readonly title: string; readonly of: number; readonly before: number; readonly after: number };

export type Figures = {
  readonly nodes: number;
  /** WARM_ENI_TARGET. */
  readonly before: string;
  readonly after: string;
  readonly bars: readonly Bar[];
  /** As it was printed. */
  readonly because: string;
  readonly table: readonly string[];
  readonly end: string;
};

export function barsOf(before: Reading, after: Reading): Figures['bars'] {
  const of = before.heldAddresses;
  return [
    { title: 'Addresses held', of, before: before.heldAddresses, after: after.heldAddresses },
    { title: 'of these idle', of, before: before.idleAddresses, after: after.idleAddresses },
    ...before.subnets.map(({ zone, sizeAddresses, freeAddresses }, at) => ({
      title: `Free in zone ${zone.slice(-2)}`,
      of: sizeAddresses,
      before: freeAddresses,
      after: after.subnets[at]?.freeAddresses ?? freeAddresses,
    })),
  ];
}
