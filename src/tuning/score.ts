/** What a candidate costs: its sums → figures per node, and one score per node-hour. Lower is better. */
import type { Figures } from './advice.ts';
import type { CandidateSums, ShapeSums } from './evaluation.ts';
import type { SubnetView } from './snapshot.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/**
 * One mutating EC2 call costs as much as half an address idle for an hour in a subnet that is not scarce: an account
 * refills 5 such calls per second (ipamd.md section 4), so 18,000 calls an hour are the whole budget of a region.
 *   6 calls per node-hour (two interfaces made) cost 3.0; ten addresses less idle pay for 20 calls.
 * Reading calls are free: each comes with a mutating one (an interface: 3 and 3), and their bucket refills four times
 * as fast.
 */
export const MUTATING_CALL_PRICE = 0.5;

/**
 * What an idle address costs by the share of its subnet that is free: 1 down to a half, then in inverse proportion,
 * 10 at most.
 *   free 80 %: 1; 50 %: 1; 25 %: 2; 10 %: 5; 5 % and less: 10.
 */
export function scarcityPrice(freeShare: number): number {
  return Math.min(HIGHEST_PRICE, Math.max(LOWEST_PRICE, 0.5 / Math.max(freeShare, 1e-9)));
}

export const LOWEST_PRICE = 1;
export const HIGHEST_PRICE = 10;

/**
 * A change restarts the CNI on each node: a node with three interfaces makes 3 mutating calls (ipamd.md section 4,
 * process start), and for some ten seconds a pod finds no ipamd, which we take as half an address-hour.
 *   (3 x 0.5 + 0.5) / 168 h = 0.012 per node-hour: a change must save at least that.
 */
const RESTART_PRICE = 3 * MUTATING_CALL_PRICE + 0.5;
const CHANGE_HORIZON_HOURS = 7 * DAY_HOURS;
/** Per node-hour. */
export const CHANGE_PRICE = RESTART_PRICE / CHANGE_HORIZON_HOURS;

/** Mean price of an idle address by shape; a shape that is absent pays 1. */
export type PriceByShape = Readonly<Record<string, number>>;

export function figuresOf(sums: CandidateSums, prices: PriceByShape, isChange: boolean): Figures {
  const shapes = Object.entries(sums.byShape);
  const total = (value: (sums: ShapeSums) => number): number =>
    shapes.reduce((sum, [, shape]) => sum + value(shape), 0);
  const countedMs = Math.max(
    1,
    total((shape) => shape.countedMs),
  );
  const nodeHours = countedMs / HOUR_MS;
  const podStarts = Math.max(
    1,
    total((shape) => shape.podStarts),
  );
  const pricedIdleMs = shapes.reduce((sum, [key, shape]) => sum + idleAddressMs(shape) * (prices[key] ?? 1), 0);
  const mutating = total((shape) => shape.mutatingEc2Calls) / nodeHours;
  return {
    heldAddressesPerNode: total((shape) => shape.heldAddressMs) / countedMs,
    assignedAddressesPerNode: total((shape) => shape.assignedAddressMs) / countedMs,
    idleAddressesPerNode: total(idleAddressMs) / countedMs,
    delayedPodsShare: total((shape) => shape.delayedPods) / podStarts,
    unavoidableDelayedPodsShare: total((shape) => shape.unavoidableDelayedPods) / podStarts,
    ec2CallsPerNodeHour: total((shape) => shape.ec2Calls) / nodeHours,
    mutatingEc2CallsPerNodeHour: mutating,
    eniCyclesPerNodeDay: (total((shape) => shape.eniCycles) / nodeHours) * DAY_HOURS,
    scorePerNodeHour: pricedIdleMs / countedMs + mutating * MUTATING_CALL_PRICE + (isChange ? CHANGE_PRICE : 0),
  };
}

function idleAddressMs(shape: Pick<ShapeSums, 'heldAddressMs' | 'assignedAddressMs'>): number {
  return shape.heldAddressMs - shape.assignedAddressMs;
}

type Costing = Pick<ShapeSums, 'heldAddressMs' | 'assignedAddressMs' | 'mutatingEc2Calls'>;

/** Idle addresses and calls as address-milliseconds, where an idle address costs `price`. Never falls as sums grow. */
export function costMs(sums: Costing, price: number): number {
  return price * idleAddressMs(sums) + sums.mutatingEc2Calls * MUTATING_CALL_PRICE * HOUR_MS;
}

/** A subnet of size 0 (a /29 has none to give) counts as full. */
export function freeShareOf(subnet: Pick<SubnetView, 'freeAddresses' | 'sizeAddresses'>): number {
  return subnet.sizeAddresses > 0 ? subnet.freeAddresses / subnet.sizeAddresses : 0;
}
