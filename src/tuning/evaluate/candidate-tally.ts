/** Adds up what one candidate did over all segments: by shape with their weights, by day as counted. */
import type { SettingValues } from '../advice.ts';
import type { CandidateSums, DaySums, LifeSegment, Scatter, ShapeSums } from '../evaluation.ts';
import { costMs } from '../score.ts';
import type { SegmentSums } from './segment-rows.ts';

const DAY_MS = 86_400_000;

type Weighted = { -readonly [Key in keyof ShapeSums]: number };
type Day = { -readonly [Key in keyof DaySums]: number };

/** Of a shape on which nothing was replayed yet. */
export const NO_SUMS: ShapeSums = {
  countedMs: 0,
  heldAddressMs: 0,
  assignedAddressMs: 0,
  p99HeldAddresses: 0,
  podStarts: 0,
  delayedPods: 0,
  unavoidableDelayedPods: 0,
  ec2Calls: 0,
  mutatingEc2Calls: 0,
  enisCreated: 0,
  enisFreed: 0,
  eniCycles: 0,
};

const ADDED = [
  'countedMs',
  'heldAddressMs',
  'assignedAddressMs',
  'podStarts',
  'delayedPods',
  'unavoidableDelayedPods',
  'ec2Calls',
  'mutatingEc2Calls',
  'enisCreated',
  'enisFreed',
  'eniCycles',
] as const satisfies readonly (keyof SegmentSums)[];

export class CandidateTally {
  readonly values: SettingValues;
  readonly #byShape = new Map<string, Weighted>();
  readonly #byDay = new Map<string, Day>();
  readonly #scatter: { -readonly [Key in keyof Scatter]: number } = { costCost: 0, costTime: 0, timeTime: 0 };

  constructor(values: SettingValues) {
    this.values = values;
  }

  add(segment: LifeSegment, sums: SegmentSums): void {
    const shape = this.#byShape.get(segment.shapeKey) ?? { ...NO_SUMS };
    this.#byShape.set(segment.shapeKey, shape);
    for (const name of ADDED) shape[name] += segment.weight * sums[name];
    // Held as a sum over time until the end, so that long segments count for more.
    shape.p99HeldAddresses += segment.weight * sums.countedMs * sums.p99HeldAddresses;
    const [cost, time] = [segment.weight * costMs(sums, 1), segment.weight * sums.countedMs];
    this.#scatter.costCost += cost * cost;
    this.#scatter.costTime += cost * time;
    this.#scatter.timeTime += time * time;
    const dayKey = String(Math.floor(segment.fromMs / DAY_MS));
    const day = this.#byDay.get(dayKey) ?? { podStarts: 0, delayedPods: 0, unavoidableDelayedPods: 0, tightPods: 0 };
    this.#byDay.set(dayKey, day);
    day.podStarts += sums.podStarts;
    day.delayedPods += sums.delayedPods;
    day.unavoidableDelayedPods += sums.unavoidableDelayedPods;
    day.tightPods += sums.tightPods;
  }

  sums(): CandidateSums {
    const byShape = [...this.#byShape].map(([key, shape]) => [
      key,
      { ...shape, p99HeldAddresses: shape.countedMs > 0 ? shape.p99HeldAddresses / shape.countedMs : 0 },
    ]);
    return {
      values: this.values,
      byShape: Object.fromEntries(byShape),
      byDay: Object.fromEntries(this.#byDay),
      scatter: { ...this.#scatter },
    };
  }
}
