import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerHeap } from './timer-heap.ts';

describe('TimerHeap', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs what is due in order of time, whatever the order of arrival', () => {
    const ran: number[] = [];
    const heap = new TimerHeap(Date.now);
    const start = Date.now();
    for (const after of [50, 10, 30, 20, 40, 10]) heap.at(start + after, () => ran.push(after));
    vi.advanceTimersByTime(35);
    expect(ran).toEqual([10, 10, 20, 30]);
    vi.advanceTimersByTime(100);
    expect(ran).toEqual([10, 10, 20, 30, 40, 50]);
  });

  it('keeps one timer of the event loop for all of them', () => {
    const heap = new TimerHeap(Date.now);
    for (let after = 1; after <= 1000; after += 1) heap.at(Date.now() + after, () => {});
    expect(vi.getTimerCount()).toBe(1);
    heap.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not run what was cancelled, and goes on with the rest', () => {
    const ran: string[] = [];
    const heap = new TimerHeap(Date.now);
    const cancelled = heap.at(Date.now() + 5, () => ran.push('cancelled'));
    heap.at(Date.now() + 6, () => ran.push('kept'));
    cancelled.cancel();
    vi.advanceTimersByTime(10);
    expect(ran).toEqual(['kept']);
  });

  it('lets what runs ask for a later turn', () => {
    let turns = 0;
    const heap = new TimerHeap(Date.now);
    const turn = () => {
      turns += 1;
      heap.at(Date.now() + 10, turn);
    };
    turn();
    vi.advanceTimersByTime(95);
    expect(turns).toBe(10);
    heap.stop();
  });
});
