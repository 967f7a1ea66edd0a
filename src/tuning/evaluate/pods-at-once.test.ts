import { describe, expect, it } from 'vitest';
import { aSegment } from '../../../test/support/an-evaluation-request.ts';
import { podsByShape } from './pods-at-once.ts';

const HOUR_MS = 3_600_000;

describe('pods at once', () => {
  it('are counted over time, not by event', () => {
    // Two pods for all of the hour; eight more within its last minute, which is more than 1 % of it.
    const burst = Array.from({ length: 8 }, (_, at) => [HOUR_MS - 60_000 + at, 1, 10 + at]).flat();
    const segment = aSegment('a', { startingPods: [1, 2], events: Float64Array.from(burst) });
    expect(podsByShape([segment])).toEqual({ 'm5.large': { p50: 2, p99: 10 } });
  });

  it('weigh by what a stretch stands for, and apart for each shape', () => {
    const few = aSegment('a', { startingPods: [1], events: new Float64Array(), weight: 3 });
    const many = aSegment('b', { startingPods: [1, 2, 3, 4], events: new Float64Array() });
    const other = aSegment('c', { startingPods: [], events: new Float64Array(), shapeKey: 'c5.large' });
    expect(podsByShape([few, many, other])).toEqual({ 'm5.large': { p50: 1, p99: 4 }, 'c5.large': { p50: 0, p99: 0 } });
  });
});
