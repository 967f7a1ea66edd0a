import { describe, expect, it } from 'vitest';
import type { NodeLife } from '../../../src/ipamd/simulate.ts';
import { withDrawnPhase, withWholeLoops } from './loop-phase.ts';

const ADD = 1;

function lifeWith(eventsAtMs: readonly number[], life: Partial<NodeLife> = {}): NodeLife {
  const events = Float64Array.from(eventsAtMs.flatMap((atMs, pod) => [atMs, ADD, pod]));
  return { readyAtMs: 0, fromMs: 0, untilMs: 10_000_000, startingPods: [], events, ...life };
}

function timesOf({ events }: NodeLife): readonly number[] {
  return [...events].filter((_, at) => at % 3 === 0);
}

describe('quiet gaps', () => {
  it('become whole loops, and what follows keeps its distance', () => {
    const life = withWholeLoops(lifeWith([1200, 502_300, 502_900]));
    expect(timesOf(life)).toEqual([1200, 501_200, 501_800]);
  });

  it('never move an event by more than half a loop, however many there are', () => {
    const times = Array.from({ length: 50 }, (_, index) => 1000 + index * 502_400);
    const moved = timesOf(withWholeLoops(lifeWith(times)));
    const furthest = Math.max(...moved.map((atMs, index) => Math.abs(atMs - (times[index] ?? 0))));
    expect(furthest).toBeLessThanOrEqual(2500);
  });

  it('stay as they are up to 460 s', () => {
    expect(timesOf(withWholeLoops(lifeWith([1200, 461_200])))).toEqual([1200, 461_200]);
  });

  it('take the start of counting with the event it falls on', () => {
    const life = withWholeLoops(lifeWith([1200, 502_300], { beginsAtMs: 0, fromMs: 502_300, untilMs: 600_000 }));
    expect(life.fromMs).toBe(501_200);
    expect(life.untilMs).toBe(598_900);
  });
});

describe('where a stretch begins', () => {
  it('is up to one loop earlier when it begins settled', () => {
    expect(withDrawnPhase(lifeWith([], { beginsAtMs: 100_000, fromMs: 200_000 }), () => 0.5).beginsAtMs).toBe(97_500);
  });

  it('is left alone at the birth of a node', () => {
    expect(withDrawnPhase(lifeWith([], { beginsAtMs: 0 }), () => 0.5).beginsAtMs).toBe(0);
  });
});
