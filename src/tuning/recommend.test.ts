import { describe, expect, it } from 'vitest';
import { SHAPE, STARTS, sumsOf, advice, askedAbout } from '../../test/support/asked-recommendation.ts';
import { aDaemonSet, anEnvEntry, aSpec, DAY_MS, HOUR_MS, MONDAY_MS } from '../../test/support/builders.ts';
import type { Did } from '../../test/support/asked-recommendation.ts';
import { liveSettingsOf } from './live-settings.ts';
import type { DaySums, Evaluation } from './evaluation.ts';

describe('the recommendation', () => {
  it('is the cheapest value that meets the limits', () => {
    const found = advice({ did: [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }] });
    expect(found).toMatchObject({ values: { warmENI: 0 }, binding: 'score', confidence: 'High', unmet: undefined });
    expect(found.summary).toBe(
      'WARM_ENI_TARGET 1→0 takes idle addresses per node from 15 to 5, with delayed pod starts still at 0% and EC2 ' +
        'calls per node-hour still at 0.',
    );
  });

  it('goes up at once when too many pods wait', () => {
    const found = advice({ did: [{ idle: 5, delayed: 900 }, { idle: 15, delayed: 200 }, { idle: 25 }, { idle: 35 }] });
    expect(found).toMatchObject({ values: { warmENI: 2 }, binding: 'delayedPods' });
    expect(found.candidates.find(({ values }) => values.warmENI === 1)?.lostBecause).toBe(
      '0.2% of pod starts would wait for an address; objectives.delayedPods allows 0.1%',
    );
  });

  it('goes down only with room to spare, so that it need not come back', () => {
    const found = advice({ did: [{ idle: 5, delayed: 80 }, { idle: 15 }, { idle: 25 }, { idle: 35 }] });
    expect(found).toMatchObject({ values: { warmENI: 1 }, binding: 'delayedPods' });
    expect(found.candidates.find(({ values }) => values.warmENI === 0)?.lostBecause).toBe(
      'it would delay 0.08% of pod starts, and a step down must stay below half of 0.1%',
    );
    const stays = advice({ did: [{ idle: 5, delayed: 80 }, { idle: 15 }, { idle: 25 }, { idle: 35 }], live: 0 });
    expect(stays.values).toEqual({ warmENI: 0 });
  });

  it('goes up past a value that so few starts leave in doubt', () => {
    const day = (delayedPods: number): DaySums => ({
      podStarts: 900,
      delayedPods,
      unavoidableDelayedPods: 0,
      tightPods: 0,
    });
    const did = [
      { idle: 5, delayed: 900 },
      { idle: 15, delayed: 90, badDay: day(1) },
      { idle: 25, badDay: day(0) },
    ];
    const found = advice({ did, live: 0 });
    expect(found.values).toEqual({ warmENI: 2 });
    expect(found.candidates.find(({ values }) => values.warmENI === 1)?.lostBecause).toBe(
      'it would have delayed 1 of 900 pod starts, too close to 0.1% to be sure of it',
    );
    expect(advice({ did, live: 1 }).values).toEqual({ warmENI: 1 });
  });

  it('leaves room for bursts half again as large, the more the fewer starts were seen', () => {
    const day = (tightPods: number, podStarts = 900): DaySums => {
      return { podStarts, delayedPods: 0, unavoidableDelayedPods: 0, tightPods };
    };
    const did = [{ idle: 5, badDay: day(2) }, { idle: 15, badDay: day(1) }, { idle: 25 }];
    const found = advice({ did, live: 2 });
    expect(found.values).toEqual({ warmENI: 1 });
    expect(found.candidates.find(({ values }) => values.warmENI === 0)?.lostBecause).toBe(
      'with bursts half again as large it would have delayed 2 of 900 pod starts, too many to be sure of 0.1%',
    );
    // 15 may be delayed of 15,000: of 226 that larger bursts would have delayed each fifteenth counts.
    const many = (tightPods: number) => [{ idle: 5, badDay: day(tightPods, 15_000) }, { idle: 15 }, { idle: 25 }];
    expect(advice({ did: many(226), live: 2 }).values).toEqual({ warmENI: 1 });
    expect(advice({ did: many(225), live: 2 }).values).toEqual({ warmENI: 0 });
  });

  it('does not go down for a quiet week that had one bad Monday', () => {
    const badDay = { podStarts: 1_000, delayedPods: 5, unavoidableDelayedPods: 0, tightPods: 0 };
    const found = advice({ did: [{ idle: 5, delayed: 5, badDay }, { idle: 15 }, { idle: 25 }, { idle: 35 }] });
    expect(found.values).toEqual({ warmENI: 1 });
    expect(found.candidates.find(({ values }) => values.warmENI === 0)?.lostBecause).toBe(
      'on 2026-03-02 it would have delayed 5 of 1000 pod starts, more than 0.1%',
    );
  });

  it('holds the subnet reserve before the delays', () => {
    // 102 of 1,019 must stay free; one more warm interface takes 10 addresses on each of 10 nodes.
    const did = [{ idle: 5, delayed: 900 }, { idle: 15, delayed: 500 }, { idle: 25 }, { idle: 35 }];
    const found = advice({ did, subnet: { freeAddresses: 150 } });
    expect(found.values).toEqual({ warmENI: 1 });
    expect(found.unmet?.limit).toBe('delayedPods');
    expect(found.candidates.find(({ values }) => values.warmENI === 2)?.lostBecause).toBe(
      'subnet subnet-a (eu-central-1a) would keep 50 of 1,019 addresses free; objectives.subnetReserve asks for 102',
    );
  });

  it('takes the least violating value when none meets the limits, and says what would help', () => {
    const did = [{ idle: 5, delayed: 900 }, { idle: 15, delayed: 300 }, { idle: 25, delayed: 200 }, { idle: 35 }];
    const found = advice({ did, spec: { settings: { warmENI: { min: 0, max: 2 } } } });
    expect(found).toMatchObject({ values: { warmENI: 2 }, uncapped: { warmENI: 3 }, binding: 'settings.warmENI.max' });
    expect(found.unmet?.sentence).toBe(
      '0.2% of pod starts would wait for an address; objectives.delayedPods allows 0.1%; WARM_ENI_TARGET=3 would meet it; ' +
        'the bounds in spec.settings exclude it.',
    );
  });

  it('says which bound decided', () => {
    const found = advice({
      did: [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }],
      spec: { settings: { warmENI: { min: 1, max: 3 } } },
    });
    expect(found).toMatchObject({ values: { warmENI: 1 }, uncapped: { warmENI: 0 }, binding: 'settings.warmENI.min' });
    expect(found.candidates[0]?.lostBecause).toBe('outside settings.warmENI, which allows 1 to 3');
  });

  it('steps down one value at a time on little evidence', () => {
    const did = [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];
    const history = { ...aSpec().history, minimumMs: HOUR_MS };
    expect(advice({ did, live: 3, spec: { history }, watchedMs: HOUR_MS })).toMatchObject({
      values: { warmENI: 2 },
      binding: 'confidence',
    });
    expect(advice({ did, live: 3 })).toMatchObject({ values: { warmENI: 0 } });
  });

  it('pays for calls: a value that flaps costs more than it saves', () => {
    const found = advice({ did: [{ idle: 5, calls: 160 }, { idle: 15 }, { idle: 25 }, { idle: 35 }] });
    expect(found.values).toEqual({ warmENI: 1 });
    expect(found.candidates.find(({ values }) => values.warmENI === 0)?.lostBecause).toBe(
      'it costs 85 per node-hour against 15',
    );
  });

  it('has an id that changes with the proposal and not with the figures', () => {
    const one = advice({ did: [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }] });
    const other = advice({ did: [{ idle: 6 }, { idle: 16 }, { idle: 25 }, { idle: 35 }] });
    const up = advice({ did: [{ idle: 5, delayed: 900 }, { idle: 15, delayed: 300 }, { idle: 25 }, { idle: 35 }] });
    expect(other.id).toBe(one.id);
    expect(up.id).not.toBe(one.id);
  });

  it('says which values the evidence leaves possible: one where it is clear, more where few starts were seen', () => {
    const did = [{ idle: 5, delayed: 900 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];
    expect(advice({ did }).ranges).toEqual({ warmENI: { lower: 1, upper: 1 } });
    // Nothing delayed of a thousand starts is up to 0.3 %: more than 0.1 % cannot be ruled out.
    expect(advice({ did: did.map((each) => ({ ...each, delayed: 0, starts: 1_000 })) }).ranges).toEqual({
      warmENI: { lower: 0, upper: 0 },
    });
    const near = [{ idle: 12, delayed: 2, starts: 1_000 }, ...[15, 25, 35].map((idle) => ({ idle, starts: 1_000 }))];
    expect(advice({ did: near })).toMatchObject({
      values: { warmENI: 1 },
      ranges: { warmENI: { lower: 0, upper: 2 } },
    });
  });

  it('says what one value for all costs each kind of node', () => {
    const did = [{ idle: 5, delayed: 900 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];
    const small = { idle: 2 };
    const twoShapes = did.map((each, value) => {
      const { byShape, ...sums } = sumsOf(value, each);
      const other = sumsOf(value, value === 0 ? small : each).byShape[SHAPE];
      return { ...sums, byShape: { ...byShape, ...(other === undefined ? {} : { 'c5.large/29': other }) } };
    });
    const shape = { maxENIs: 3, ipv4PerENI: 10, prefixCapable: true, maxPods: 29 };
    const found = advice({
      did,
      evaluated: {
        candidates: twoShapes,
        podsByShape: { [SHAPE]: { p50: 4, p99: 9 }, 'c5.large/29': { p50: 1, p99: 2 } },
        ...askedAbout({
          [SHAPE]: { ...shape, instanceType: 'm5.large' },
          'c5.large/29': { ...shape, instanceType: 'c5.large' },
        }),
      },
    });
    expect(found.values).toEqual({ warmENI: 1 });
    const told = found.shapes.map(({ instanceType, nodes: count, podsP99, best, regretPerNodeHour }) => [
      instanceType,
      count,
      podsP99,
      best,
      regretPerNodeHour,
    ]);
    expect(told).toEqual([
      ['m5.large', 10, 9, { warmENI: 1 }, 0],
      ['c5.large', 0, 2, { warmENI: 0 }, 13],
    ]);
  });

  it('tells what the IP pair would do where it may not be set, and takes no part of it', () => {
    const did = [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];
    const withPair = (pair: Did) => {
      const addressPair = { ...sumsOf(0, pair), values: { warmIP: 2, minimumIP: 8 } };
      return advice({ did, evaluated: { aside: { addressPair, otherMode: undefined } } });
    };
    const better = withPair({ idle: 3, calls: 1 });
    expect(better.values).toEqual({ warmENI: 0 });
    expect(better.addressPair).toMatchObject({
      isBetter: true,
      sentence:
        'WARM_IP_TARGET=2, MINIMUM_IP_TARGET=8 would do better: idle addresses per node 3 instead of 5, delayed pod starts ' +
        '0% as well, EC2 calls per node-hour 2 instead of 0; spec.settings.warmIP and minimumIP would allow it.',
    });
    expect(withPair({ idle: 3, delayed: 900 }).addressPair).toMatchObject({ isBetter: false });
    expect(withPair({ idle: 3, calls: 10 }).addressPair?.sentence).toMatch(/would not do better/);
  });

  it('tells what the other mode would do, and what that needs of subnets and instance types', () => {
    const did = [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];
    const told = (shapes: Evaluation['request']['shapes'], toPrefix: boolean, free: number | undefined = 25) => {
      const sums = { ...sumsOf(0, { idle: 27 }), values: toPrefix ? { warmPrefix: 1 } : { warmENI: 1 } };
      const aside = { addressPair: undefined, otherMode: { toPrefix, best: sums, byDefault: sums } };
      const { otherMode } = advice({
        did,
        subnet: { freePrefixes: free },
        evaluated: { aside, ...askedAbout(shapes) },
      });
      return otherMode;
    };
    const m5 = { instanceType: 'm5.large', maxENIs: 3, ipv4PerENI: 10, prefixCapable: true, maxPods: 29 };
    // 32 addresses held at the most are two blocks, on ten nodes.
    expect(told({ [SHAPE]: m5 }, true)).toMatchObject({ mode: 'prefix', best: { values: { warmPrefix: 1 } } });
    expect(told({ [SHAPE]: m5 }, true)?.needs[0]).toBe('20 free /28 blocks in subnet subnet-a, which has 25');
    const old = { ...m5, instanceType: 'm4.large', prefixCapable: false };
    expect(told({ [SHAPE]: m5, 'm4.large/20': old }, true)?.needs[0]).toBe(
      'Nitro instances, which m4.large are not: they stay as they are',
    );
    expect(told({ [SHAPE]: { ...m5, maxPods: 110 } }, false)?.needs).toEqual([
      'a lower max-pods on m5.large (110 pods, 27 addresses)',
    ]);
    expect(told({ [SHAPE]: m5 }, false)?.needs).toEqual(['no other max-pods']);
  });

  it('stands after its own change, until the next evaluation', () => {
    const did = [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];
    const before = aDaemonSet({ env: [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', '1')] });
    const request = {
      shapes: {},
      spec: aSpec({ settings: { warmENI: { min: 0, max: 3 } } }),
      watchedMs: 7 * DAY_MS,
      subnets: [],
      requestedAtMs: MONDAY_MS,
    };
    const evidence = { fromMs: 0, toMs: MONDAY_MS, nodeHours: 1_000, podStarts: STARTS };
    const evaluated = { request: { ...request, evidence, liveSettings: liveSettingsOf(before).settings } };
    const found = advice({ did, live: 0, evaluated });
    expect(found).toMatchObject({ values: { warmENI: 0 }, current: { idleAddressesPerNode: 5 } });
  });
});
