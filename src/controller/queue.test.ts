import { beforeEach, describe, expect, it } from 'vitest';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import type { QueueOptions, WorkResult } from './queue.ts';
import { WorkQueue } from './queue.ts';

type Run = { readonly key: string; readonly atMs: number };

let timer: FakeTimer;
let runs: Run[];
let endings: (() => void)[];

beforeEach(() => {
  timer = new FakeTimer();
  runs = [];
  endings = [];
});

function aQueue(result: (key: string) => WorkResult = () => ({ kind: 'Done' }), more: Partial<QueueOptions> = {}) {
  const run = async (key: string): Promise<WorkResult> => {
    runs.push({ key, atMs: timer.nowMs() });
    return result(key);
  };
  const backoff = { baseMs: 1_000, maxMs: 60_000 };
  return new WorkQueue({ timer, random: () => 1, run, workers: 1, debounceMs: 100, backoff, ...more });
}

/** A queue whose runs last until the test ends them. */
function aSlowQueue(more: Partial<QueueOptions> = {}) {
  const run = (key: string): Promise<WorkResult> => {
    runs.push({ key, atMs: timer.nowMs() });
    return new Promise((resolve) => endings.push(() => resolve({ kind: 'Done' })));
  };
  return aQueue(undefined, { run, ...more });
}

const endFirst = () => endings.shift()?.();

describe('WorkQueue', () => {
  it('runs nothing before it is opened and everything that was asked for after', async () => {
    const queue = aQueue();
    queue.add('a');
    queue.addAfter('b', 0);
    await timer.advance(10_000);
    expect(runs).toEqual([]);
    queue.open();
    await timer.advance(0);
    expect(runs.map(({ key }) => key)).toEqual(['b', 'a']);
  });

  it('merges a burst into one run after the debounce of the first request', async () => {
    const queue = aQueue();
    queue.open();
    for (let event = 0; event < 10; event += 1) {
      queue.add('a');
      await timer.advance(9);
    }
    await timer.advance(1_000);
    expect(runs).toEqual([{ key: 'a', atMs: 100 }]);
  });

  it.each([
    { first: 5_000, second: 500, ranAtMs: 500 },
    { first: 500, second: 5_000, ranAtMs: 500 },
  ])('lets the earliest of two requests win ($first ms and $second ms)', async ({ first, second, ranAtMs }) => {
    const queue = aQueue();
    queue.open();
    queue.addAfter('a', first);
    queue.addAfter('a', second);
    await timer.advance(20_000);
    expect(runs).toEqual([{ key: 'a', atMs: ranAtMs }]);
  });

  it('holds a request that arrives while its key runs and runs it after', async () => {
    const queue = aSlowQueue({ workers: 4 });
    queue.open();
    queue.addAfter('a', 0);
    await timer.advance(0);
    queue.addAfter('a', 0);
    await timer.advance(5_000);
    expect(runs).toHaveLength(1);
    endFirst();
    await timer.advance(0);
    expect(runs).toEqual([
      { key: 'a', atMs: 0 },
      { key: 'a', atMs: 5_000 },
    ]);
  });

  it('gives a free worker to another key while one key runs', async () => {
    const queue = aSlowQueue({ workers: 2 });
    queue.open();
    for (const key of ['a', 'b', 'c']) queue.addAfter(key, 0);
    await timer.advance(0);
    expect(runs.map(({ key }) => key)).toEqual(['a', 'b']);
    endFirst();
    await timer.advance(0);
    expect(runs.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it('comes back when the run asked to', async () => {
    const queue = aQueue(() => (runs.length < 3 ? { kind: 'Again', afterMs: 2_000 } : { kind: 'Done' }));
    queue.open();
    queue.addAfter('a', 0);
    await timer.advance(60_000);
    expect(runs.map(({ atMs }) => atMs)).toEqual([0, 2_000, 4_000]);
  });

  it('doubles the pause with each failure up to the longest and forgets failures after a success', async () => {
    const fails = 8;
    const queue = aQueue(() => (runs.length <= fails ? { kind: 'Failed', retryAfterMs: undefined } : { kind: 'Done' }));
    queue.open();
    queue.addAfter('a', 0);
    await timer.advance(1_000_000);
    const gaps = runs.slice(1).map(({ atMs }, index) => atMs - (runs[index]?.atMs ?? 0));
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('waits as long as the other side asked for', async () => {
    const queue = aQueue(() => (runs.length < 2 ? { kind: 'Failed', retryAfterMs: 9_000 } : { kind: 'Done' }));
    queue.open();
    queue.addAfter('a', 0);
    await timer.advance(60_000);
    expect(runs.map(({ atMs }) => atMs)).toEqual([0, 9_000]);
  });

  it('counts a run that throws as failed and goes on', async () => {
    const run = async (key: string): Promise<WorkResult> => {
      runs.push({ key, atMs: timer.nowMs() });
      if (runs.length === 1) throw new Error('bug');
      return { kind: 'Done' };
    };
    const queue = aQueue(undefined, { run });
    queue.open();
    queue.addAfter('a', 0);
    await timer.advance(60_000);
    expect(runs.map(({ atMs }) => atMs)).toEqual([0, 1_000]);
  });

  it('drops what waits for a forgotten key', async () => {
    const queue = aQueue();
    queue.open();
    queue.addAfter('a', 1_000);
    queue.forget('a');
    await timer.advance(60_000);
    expect(runs).toEqual([]);
    expect(queue.state().waiting).toBe(0);
  });

  it('runs nothing while paused and catches up when opened again', async () => {
    const queue = aQueue();
    queue.open();
    queue.pause();
    queue.add('a');
    await timer.advance(1_000);
    expect(runs).toEqual([]);
    queue.open();
    await timer.advance(0);
    expect(runs).toHaveLength(1);
  });

  it('waits for the running key when closed and takes nothing more', async () => {
    const queue = aSlowQueue();
    queue.open();
    queue.addAfter('a', 0);
    queue.addAfter('b', 0);
    await timer.advance(0);
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    queue.addAfter('c', 0);
    await timer.advance(1_000);
    expect(closed).toBe(false);
    endFirst();
    await closing;
    await timer.advance(60_000);
    expect(runs.map(({ key }) => key)).toEqual(['a']);
    expect(timer.pending).toBe(0);
  });
});
