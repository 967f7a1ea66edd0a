import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ReplayMemo } from './replay-memo.ts';
import { ReplayMemos } from './replay-memos.ts';
import type { SegmentSums } from './segment-rows.ts';

const SUMS: SegmentSums = {
  countedMs: 21_600_000,
  heldAddressMs: 432_000_000.5,
  assignedAddressMs: 86_400_000,
  p99HeldAddresses: 20,
  podStarts: 48,
  delayedPods: 2,
  unavoidableDelayedPods: 1,
  tightPods: 3,
  ec2Calls: 30,
  mutatingEc2Calls: 7,
  enisCreated: 2,
  enisFreed: 1,
  eniCycles: 4,
};

const aSegment = (at: number) => ({ id: `0b5f9c2e-7d41-4c55-9d2a-${at}#0@${at}`, fromMs: at, settled: true });
const history = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => aSegment(from + index));

/** One evaluation of these segments under these settings: asks for each, and fills in what is not known. */
function evaluate(memo: ReplayMemo, segments: readonly ReturnType<typeof aSegment>[], keys: readonly string[]): number {
  let known = 0;
  memo.begins(segments);
  for (const segment of segments) {
    for (const key of keys) {
      if (memo.get(segment.id, key) === undefined) memo.set(segment, key, SUMS);
      else known += 1;
    }
  }
  memo.finished();
  return known;
}

/** What such an evaluation leaves behind when there is room for all. */
function bytesOf(segments: number, keys: readonly string[]): number {
  const memo = new ReplayMemo();
  evaluate(memo, history(0, segments), keys);
  return memo.bytes;
}

const knows = (memo: ReplayMemo, at: number, key: string): boolean => memo.get(aSegment(at).id, key) !== undefined;
const keysOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `settings-${at}`);

describe('the memo of replays', () => {
  it('gives back what it was given, the latest of each segment and settings', () => {
    const memo = new ReplayMemo();
    for (const key of keysOf(20)) memo.set(aSegment(1), key, { ...SUMS, ec2Calls: Number(key.slice(9)) });
    memo.set(aSegment(1), 'settings-7', SUMS);
    expect(memo.get(aSegment(1).id, 'settings-7')).toEqual(SUMS);
    expect(memo.get(aSegment(1).id, 'settings-19')).toEqual({ ...SUMS, ec2Calls: 19 });
    expect([memo.get(aSegment(1).id, 'other'), memo.get(aSegment(2).id, 'settings-7')]).toEqual([undefined, undefined]);
  });

  it('stays below its bound at any moment', () => {
    for (const mostBytes of [0, 1_000, 10_000, bytesOf(50, keysOf(9)) - 1]) {
      const memo = new ReplayMemo(mostBytes);
      memo.begins(history(0, 50));
      for (const segment of history(0, 50).toReversed()) {
        for (const key of keysOf(9)) {
          memo.set(segment, key, SUMS);
          expect(memo.bytes).toBeLessThanOrEqual(mostBytes);
        }
      }
    }
  });

  it('drops segments that left the history before it drops settings', () => {
    const memo = new ReplayMemo(bytesOf(10, ['gone', 'kept']));
    evaluate(memo, history(0, 10), ['gone', 'kept']);
    evaluate(memo, history(0, 10), ['kept']);
    expect(evaluate(memo, history(5, 15), ['kept'])).toBe(5);
    expect(evaluate(memo, history(5, 15), ['kept'])).toBe(10);
    expect([knows(memo, 4, 'gone'), knows(memo, 5, 'gone')]).toEqual([false, true]);
  });

  it('drops settings that are candidates no more before it drops a segment', () => {
    const memo = new ReplayMemo(bytesOf(10, keysOf(9)));
    evaluate(memo, history(0, 10), ['gone', 'kept']);
    evaluate(memo, history(0, 10), ['kept']);
    evaluate(memo, history(0, 10), ['kept', ...keysOf(8)]);
    expect(memo.segments).toBe(10);
    expect([knows(memo, 0, 'gone'), knows(memo, 0, 'kept'), knows(memo, 9, 'settings-7')]).toEqual([false, true, true]);
  });

  it('keeps settings of the last evaluation that this one may still ask for', () => {
    const memo = new ReplayMemo(bytesOf(10, keysOf(8)) + 200);
    evaluate(memo, history(0, 10), keysOf(8));
    expect(evaluate(memo, history(0, 10), ['new', ...keysOf(8)])).toBeGreaterThanOrEqual(8);
  });

  it('keeps settings that are candidates no more while there is room', () => {
    const memo = new ReplayMemo();
    evaluate(memo, history(0, 3), ['a', 'b']);
    for (let turn = 0; turn < 3; turn++) evaluate(memo, history(0, 3), ['a']);
    expect(knows(memo, 2, 'b')).toBe(true);
  });

  it('keeps the newest segments of a history that is too large for it, and knows them again next time', () => {
    const keys = keysOf(4);
    const memo = new ReplayMemo(bytesOf(10, keys));
    const mixed = history(0, 30).map((_, at) => aSegment((at * 7) % 30));
    evaluate(memo, mixed, keys);
    const known = history(0, 30).filter(({ fromMs }) => knows(memo, fromMs, 'settings-0'));
    expect(known).toEqual(history(20, 30));
    expect(evaluate(memo, mixed.toReversed(), keys)).toBe(10 * 4);
  });

  it('forgets open segments with the evaluation, one that was aborted too', () => {
    const memo = new ReplayMemo();
    const open = { ...aSegment(1), settled: false };
    memo.begins([open]);
    memo.set(open, 'a', SUMS);
    expect(knows(memo, 1, 'a')).toBe(true);
    memo.begins([open]);
    expect(knows(memo, 1, 'a')).toBe(false);
    memo.set(open, 'a', SUMS);
    memo.finished();
    expect(memo.segments).toBe(0);
  });

  it('counts no less than it takes, and not twice as much', () => {
    const [segments, keys] = [history(0, 4_000), keysOf(30)];
    const before = bytesInUse();
    const memo = new ReplayMemo();
    evaluate(memo, segments, keys);
    const taken = bytesInUse() - before;
    expect(taken).toBeLessThan(memo.bytes);
    expect(taken).toBeGreaterThan(memo.bytes / 2);
  });
});

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let turn = 0; turn < 2; turn++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('the memos of several CniTunings', () => {
  it('share one bound', () => {
    const keys = keysOf(4);
    const memos = new ReplayMemos(bytesOf(20, keys));
    evaluate(memos.of('one'), history(0, 20), keys);
    expect(memos.of('one').segments).toBe(20);
    evaluate(memos.of('two'), history(0, 20), keys);
    expect([memos.of('one').segments, memos.of('two').segments]).toEqual([9, 9]);
    memos.forget('one');
    evaluate(memos.of('two'), history(0, 20), keys);
    expect(memos.of('two').segments).toBe(20);
  });
});
