import { describe, expect, it } from 'vitest';
import { anEvaluationRequest, aSegment } from '../../test/support/an-evaluation-request.ts';
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import { replay } from '../ipamd/simulate.ts';
import type { Replay } from '../ipamd/simulate.ts';
import { fromEnv } from '../ipamd/warm-settings.ts';
import { evaluate, evaluationSteps } from './evaluate.ts';
import { candidateValues } from './evaluate/candidates.ts';
import type { CandidateSums } from './evaluation.ts';
import { ReplayMemo } from './evaluate/replay-memo.ts';

const clocks = { nowMs: () => 1_000, cpuMs: () => 0 };
const SHAPE = { instanceType: 'm5.large', maxENIs: 3, ipv4PerENI: 10, prefixCapable: true, maxPods: 29 };

/** The real model, and how often it was asked. */
function counted(): { readonly replay: Replay; readonly runs: () => number } {
  let runs = 0;
  return {
    replay: (options) => {
      runs += 1;
      return replay(options);
    },
    runs: () => runs,
  };
}

describe('candidates', () => {
  const bounds = { warmENI: { min: 0, max: 1 }, warmPrefix: { min: 1, max: 4 } };
  const live = fromEnv({ WARM_ENI_TARGET: '1' }).settings;

  it('are all values inside the bounds and those beyond that a node could still use', () => {
    const values = candidateValues({ counting: ['warmENI'], bounds, live, shapes: [SHAPE] });
    expect(values).toEqual([{ warmENI: 0 }, { warmENI: 1 }, { warmENI: 2 }, { warmENI: 3 }]);
  });

  it('never name a warm prefix of 0, with which the CNI would not start', () => {
    const values = candidateValues({ counting: ['warmPrefix'], bounds, live, shapes: [SHAPE] });
    expect(values).toEqual([{ warmPrefix: 1 }, { warmPrefix: 2 }, { warmPrefix: 3 }, { warmPrefix: 4 }]);
  });

  it('combine two settings that count on different nodes', () => {
    const values = candidateValues({ counting: ['warmENI', 'warmPrefix'], bounds, live, shapes: [SHAPE] });
    expect(values).toHaveLength(2 * 4 + 2);
  });
});

describe('an evaluation', () => {
  it('holds more addresses the more interfaces are kept warm', () => {
    const { candidates } = evaluate(anEvaluationRequest(), new ReplayMemo(), { replay, ...clocks });
    const held = candidates.map(({ values, byShape }) => [values.warmENI, byShape['m5.large']?.heldAddressMs ?? 0]);
    expect(held.map(([value]) => value)).toEqual([0, 1, 2, 3]);
    expect(held.every(([, ms], at) => at === 0 || (ms ?? 0) >= (held[at - 1]?.[1] ?? 0))).toBe(true);
    expect(held[0]?.[1]).toBeLessThan(held[2]?.[1] ?? 0);
  });

  it('replays a settled segment once, and an open one every time', () => {
    const memo = new ReplayMemo();
    const segments = [aSegment('a'), aSegment('b', { settled: false })];
    const first = counted();
    evaluate(anEvaluationRequest({ segments }), memo, { ...first, ...clocks });
    const second = counted();
    const again = evaluate(anEvaluationRequest({ segments }), memo, { ...second, ...clocks });
    expect(second.runs()).toBeLessThan(first.runs());
    expect([again.replayedSegments, again.reusedSegments]).toEqual([1, 1]);
  });

  it('says the same with a memo as without', () => {
    const memo = new ReplayMemo();
    evaluate(anEvaluationRequest(), memo, { replay, ...clocks });
    const reused = evaluate(anEvaluationRequest(), memo, { replay, ...clocks });
    const fresh = evaluate(anEvaluationRequest(), new ReplayMemo(), { replay, ...clocks });
    expect(reused.candidates).toEqual(fresh.candidates);
  });

  it('forgets segments that are no longer asked for', () => {
    const memo = new ReplayMemo();
    evaluate(anEvaluationRequest({ segments: [aSegment('a'), aSegment('b')] }), memo, { replay, ...clocks });
    for (let turn = 0; turn < 2; turn++) {
      evaluate(anEvaluationRequest({ segments: [aSegment('b')] }), memo, { replay, ...clocks });
    }
    expect(memo.segments).toBe(1);
  });

  it('forgets nothing when it is aborted', () => {
    const memo = new ReplayMemo();
    evaluate(anEvaluationRequest(), memo, { replay, ...clocks });
    evaluationSteps(anEvaluationRequest({ segments: [aSegment('c')] }), memo, { replay, ...clocks }).next();
    const after = counted();
    evaluate(anEvaluationRequest(), memo, { ...after, ...clocks });
    expect(after.runs()).toBe(0);
  });

  it('reports after each segment of each round', () => {
    const steps = [...evaluationSteps(anEvaluationRequest(), new ReplayMemo(), { replay, ...clocks })];
    expect(steps.slice(0, 2)).toEqual([1, 2].map((doneSegments) => ({ doneSegments, segments: 2 })));
    expect(steps.every(({ doneSegments, segments }) => doneSegments <= segments)).toBe(true);
  });

  it('drops candidates that can no longer win, counts what that saves, and says by which one', () => {
    const calm = { startingPods: [0, 1, 2, 3], events: Float64Array.from([600_000, 1, 4]) };
    const segments = Array.from({ length: 8 }, (_, at) => aSegment(`s${at}`, calm));
    const settings = { warmENI: { min: 0, max: 1 }, warmIP: { min: 1, max: 16 }, minimumIP: { min: 0, max: 24 } };
    const spec = { ...DEFAULT_SPEC, settings };
    const evidence = { fromMs: 0, toMs: 86_400_000, nodeHours: 24, podStarts: 264 };
    const request = anEvaluationRequest({ segments, spec, evidence, watchedMs: 86_400_000 });
    const bold = counted();
    const { candidates, dropped, skippedReplays } = evaluate(request, new ReplayMemo(), { ...bold, ...clocks });
    const whole = counted();
    const all = evaluate({ ...request, watchedMs: 0 }, new ReplayMemo(), { ...whole, ...clocks });
    expect([all.dropped, all.skippedReplays]).toEqual([[], 0]);
    expect(dropped.length).toBeGreaterThan(0);
    expect(candidates.length + dropped.length).toBe(all.candidates.length);
    expect(skippedReplays).toBeGreaterThan(0);
    expect(bold.runs()).toBeLessThan(whole.runs());
    expect(candidates.map(({ values }) => values)).toEqual(expect.arrayContaining(dropped.map(({ by }) => by)));
  });

  it('replays the other mode beside, and the IP pair where it is not ours, and makes neither a candidate', () => {
    const aside = evaluate(anEvaluationRequest(), new ReplayMemo(), { replay, ...clocks });
    expect(aside.aside.addressPair?.values.warmIP).toBeGreaterThan(0);
    expect(aside.aside.otherMode).toMatchObject({ toPrefix: true, byDefault: { values: { warmPrefix: 1 } } });
    const held = (sums: CandidateSums | undefined) => sums?.byShape['m5.large']?.heldAddressMs ?? 0;
    expect(held(aside.aside.addressPair)).toBeLessThan(held(aside.live));
    expect(aside.candidates.every(({ values }) => Object.keys(values).join() === 'warmENI')).toBe(true);
    const settings = { warmENI: { min: 0, max: 1 }, warmIP: { min: 1, max: 2 } };
    const ours = anEvaluationRequest({ spec: { ...DEFAULT_SPEC, settings } });
    expect(evaluate(ours, new ReplayMemo(), { replay, ...clocks }).aside.addressPair).toBeUndefined();
  });

  it('begins a long range with a few values and goes on around the best', () => {
    const spec = { ...DEFAULT_SPEC, settings: { warmENI: { min: 0, max: 15 } } };
    const { candidates } = evaluate(anEvaluationRequest({ spec }), new ReplayMemo(), { replay, ...clocks });
    const values = candidates.map((each) => each.values.warmENI ?? -1).toSorted((a, b) => a - b);
    expect(values).toEqual([0, 1, 2, 3, 5, 8, 10, 13, 15]);
  });

  it('counts as unavoidable what the largest pool could not serve either', () => {
    // 30 pods at once on a node that can hold 27 addresses.
    const burst = Array.from({ length: 30 }, (_, pod) => [600_000, 1, pod]).flat();
    const request = anEvaluationRequest({ segments: [aSegment('a', { events: Float64Array.from(burst) })] });
    const { candidates } = evaluate(request, new ReplayMemo(), { replay, ...clocks });
    const [smallest] = candidates;
    const sums = smallest?.byShape['m5.large'];
    expect(sums?.unavoidableDelayedPods).toBeGreaterThanOrEqual(3);
    expect(sums?.delayedPods).toBeGreaterThan(0);
    expect((sums?.delayedPods ?? 0) + (sums?.unavoidableDelayedPods ?? 0)).toBeLessThanOrEqual(30);
  });

  it('finds the interfaces that no warm target makes come and go under steady demand', () => {
    // Nine pods fill the first interface exactly: the known flap of WARM_ENI_TARGET=0.
    const startingPods = Array.from({ length: 9 }, (_, pod) => pod);
    const segments = [aSegment('a', { startingPods, events: new Float64Array() })];
    const { candidates } = evaluate(anEvaluationRequest({ segments }), new ReplayMemo(), { replay, ...clocks });
    const cycles = candidates.map(({ byShape }) => byShape['m5.large']?.eniCycles ?? 0);
    expect(cycles[0]).toBeGreaterThan(30);
    expect(cycles[1]).toBe(0);
  });
});
