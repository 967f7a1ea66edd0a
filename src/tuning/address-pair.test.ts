/** The IP pair as a setting of its own: when it counts, which pairs are tried, and that it is written as a whole. */
import { describe, expect, it } from 'vitest';
import { anEvaluationRequest, aSegment } from '../../test/support/an-evaluation-request.ts';
import { aDaemonSet, anEnvEntry } from '../../test/support/builders.ts';
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import { replay } from '../ipamd/simulate.ts';
import { fromEnv } from '../ipamd/warm-settings.ts';
import { countingSettings, effectiveSettings, valuesThatCount } from './counting-settings.ts';
import { evaluate } from './evaluate.ts';
import { coarsePairs } from './evaluate/address-pairs.ts';
import { candidateValues, isWithinBounds, settingOutside } from './evaluate/candidates.ts';
import { ReplayMemo } from './evaluate/replay-memo.ts';
import { figuresOf } from './score.ts';
import { liveSettingsOf, refusalAfterChange, settingsToWrite } from './live-settings.ts';

const SHAPE = { instanceType: 'm5.large', maxENIs: 3, ipv4PerENI: 10, prefixCapable: true, maxPods: 29 };
const BOUNDS = { warmENI: { min: 0, max: 1 }, warmIP: { min: 1, max: 16 }, minimumIP: { min: 1, max: 32 } };
const clocks = { nowMs: () => 1_000, cpuMs: () => 0 };

const liveOf = (env: Readonly<Record<string, string>>) =>
  liveSettingsOf(aDaemonSet({ env: Object.entries(env).map(([name, value]) => anEnvEntry(name, value)) }));

describe('the IP pair', () => {
  const byENI = fromEnv({ WARM_ENI_TARGET: '1' }).settings;
  const byPair = fromEnv({ WARM_ENI_TARGET: '1', WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '10' }).settings;

  it('may be chosen on nodes that run by interfaces, and makes WARM_ENI_TARGET inert where it is set', () => {
    expect(countingSettings(byENI, [SHAPE], BOUNDS)).toEqual(['warmENI', 'warmIP', 'minimumIP']);
    expect(effectiveSettings(byENI, [SHAPE], BOUNDS)).toEqual(['warmENI']);
    expect(effectiveSettings(byPair, [SHAPE], BOUNDS)).toEqual(['warmIP', 'minimumIP']);
  });

  it('is the only thing that counts while it is above zero', () => {
    expect(valuesThatCount({ warmENI: 1, warmIP: 5, minimumIP: 10 })).toEqual({ warmIP: 5, minimumIP: 10 });
    expect(valuesThatCount({ warmENI: 1, warmIP: 0, minimumIP: 0 })).toEqual({ warmENI: 1 });
  });

  it('may always be switched off, whatever the bounds, and frees the other targets from theirs', () => {
    expect(isWithinBounds({ warmENI: 1, warmIP: 0, minimumIP: 0 }, BOUNDS)).toBe(true);
    expect(isWithinBounds({ warmENI: 9, warmIP: 2, minimumIP: 4 }, BOUNDS)).toBe(true);
    expect(settingOutside({ warmENI: 9, warmIP: 0, minimumIP: 0 }, BOUNDS)).toBe('warmENI');
    expect(settingOutside({ warmIP: 2, minimumIP: 0 }, BOUNDS)).toBe('minimumIP');
  });

  it('is tried switched off with every other target, and in few pairs that reach both bounds', () => {
    const counting = countingSettings(byENI, [SHAPE], BOUNDS);
    const values = candidateValues({ counting, bounds: BOUNDS, live: byENI, shapes: [SHAPE] });
    expect(values.filter(({ warmIP }) => warmIP === 0)).toEqual(
      [0, 1, 2, 3].map((warmENI) => ({ warmENI, warmIP: 0, minimumIP: 0 })),
    );
    expect(values).toContainEqual({ warmENI: 1, warmIP: 1, minimumIP: 1 });
    expect(values).toContainEqual({ warmENI: 1, warmIP: 16, minimumIP: 32 });
    expect(values).toHaveLength(4 + 36);
    expect(values.every((each) => counting.every((name) => each[name] !== undefined))).toBe(true);
  });

  it('keeps the live values among the pairs that are tried', () => {
    const bounds = { ...BOUNDS, warmIP: { min: 1, max: 32 } };
    const live = { ...byPair, warmIP: 7 };
    expect(coarsePairs({ counting: ['warmIP', 'minimumIP'], bounds, live })).toContainEqual({
      warmIP: 7,
      minimumIP: 10,
    });
  });

  it('is never switched off where the CNI would not start or a minimum of somebody else would remain', () => {
    const only = { warmIP: { min: 1, max: 4 } };
    const off = (env: Readonly<Record<string, string>>) =>
      candidateValues({ counting: ['warmIP'], bounds: only, live: fromEnv(env).settings, shapes: [SHAPE] }).some(
        ({ warmIP }) => warmIP === 0,
      );
    expect(off({ WARM_IP_TARGET: '2' })).toBe(true);
    expect(off({ WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '8' })).toBe(false);
    expect(off({ WARM_IP_TARGET: '2', ENABLE_PREFIX_DELEGATION: 'true' })).toBe(false);
  });

  it('is written as a whole, and not at all where both are as they should be', () => {
    const live = liveOf({ WARM_ENI_TARGET: '1', WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '10' });
    expect(settingsToWrite(live, { warmENI: 1, warmIP: 4, minimumIP: 10 })).toEqual(['warmIP', 'minimumIP']);
    expect(settingsToWrite(live, { warmENI: 0, warmIP: 5, minimumIP: 10 })).toEqual(['warmENI']);
  });

  it('is refused as a minimum alone, with which the pool stops growing', () => {
    const daemonSet = aDaemonSet({
      env: [
        ['ENABLE_IPv4', 'true'],
        ['MINIMUM_IP_TARGET', '10'],
        ['WARM_IP_TARGET', '2'],
      ].map(([name = '', value = '']) => anEnvEntry(name, value)),
    });
    expect(refusalAfterChange(daemonSet, { warmIP: 0 })).toBe(
      'MINIMUM_IP_TARGET=10 without WARM_IP_TARGET stops the growth of the pool.',
    );
    expect(refusalAfterChange(daemonSet, { warmIP: 0, minimumIP: 0 })).toBeUndefined();
  });

  it('is looked for more finely around the best coarse pair', () => {
    const request = anEvaluationRequest({ segments: [aSegment('a')], spec: { ...DEFAULT_SPEC, settings: BOUNDS } });
    const { candidates } = evaluate(request, new ReplayMemo(), { replay, ...clocks });
    const tried = candidates.map(({ values }) => JSON.stringify(values));
    expect(new Set(tried).size).toBe(tried.length);
    expect(tried.length).toBeGreaterThan(4 + 36);
    expect(tried.length).toBeLessThanOrEqual(4 + 36 + 25);
  });

  it('is looked for among pairs led by the minimum even where the best coarse pair is led by the warm target', () => {
    const burst = aSegment('burst', {
      events: Float64Array.from([0, 1, 2, 3, 4, 5, 6].flatMap((pod) => [600_000, 1, pod])),
    });
    const quiet = aSegment('quiet', { weight: 20, startingPods: [0, 1, 2, 3], events: new Float64Array(0) });
    const settings = { warmIP: { min: 1, max: 32 }, minimumIP: { min: 0, max: 64 } };
    const request = anEvaluationRequest({ segments: [burst, quiet], spec: { ...DEFAULT_SPEC, settings } });
    const { candidates } = evaluate(request, new ReplayMemo(), { replay, ...clocks });
    const [best] = candidates
      .map((sums) => ({ values: sums.values, ...figuresOf(sums, {}, false) }))
      .filter(({ delayedPodsShare }) => delayedPodsShare === 0)
      .toSorted((a, b) => a.scorePerNodeHour - b.scorePerNodeHour);
    expect(best?.values).toEqual({ warmIP: 1, minimumIP: 7 });
  });
});
