/** What must hold of every plan, whatever the demand. Seeded; a failure prints its seed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aDaemonSet,
  anAccount,
  anEnvEntry,
  aNode,
  aSnapshot,
  aSpec,
  DAY_MS,
  HOUR_MS,
  interfacesOf,
  MINUTE_MS,
  MONDAY_MS,
} from '../../test/support/builders.ts';
import { demandOf } from '../../test/support/demand.ts';
import type { TuningSpec } from '../api/tuning-spec.ts';
import { replay } from '../ipamd/simulate.ts';
import { fromEnv, toEnv } from '../ipamd/warm-settings.ts';
import type { SettingValues } from './advice.ts';
import { censusOf } from './census.ts';
import { DemandHistory } from './demand.ts';
import { evaluate } from './evaluate.ts';
import { isWithinBounds } from './evaluate/candidates.ts';
import { ReplayMemo } from './evaluate/replay-memo.ts';
import { envOf, liveSettingsOf } from './live-settings.ts';
import { makePlan } from './plan.ts';
import { recommend } from './recommend.ts';
import { nodesBySubnet } from './recommend/node-subnets.ts';
import { rolloutOf } from './rollout.ts';
import type { ClusterSnapshot, DaemonSetView } from './snapshot.ts';

const SEED = 20_260_302;

type World = {
  readonly prefix: boolean;
  readonly live: number;
  readonly spec: TuningSpec;
  readonly nodes: number;
  readonly steadyPods: number;
  readonly burstPods: number;
  readonly burstEveryMs: number;
  readonly freeAddresses: number;
};

function boundsOf(least: number): fc.Arbitrary<{ readonly min: number; readonly max: number }> {
  return fc.tuple(fc.integer({ min: least, max: 4 }), fc.integer({ min: least, max: 4 })).map(([a, b]) => ({
    min: Math.min(a, b),
    max: Math.max(a, b),
  }));
}

const worlds: fc.Arbitrary<World> = fc.record({
  prefix: fc.boolean(),
  live: fc.integer({ min: 1, max: 4 }),
  spec: fc
    .record({ warmENI: boundsOf(0), warmPrefix: boundsOf(1), share: fc.constantFrom(0, 0.001, 0.05, 1) })
    .map(({ warmENI, warmPrefix, share }) =>
      aSpec({
        mode: 'Apply',
        settings: { warmENI, warmPrefix },
        objectives: { delayedPodsShare: share, subnetReserve: { kind: 'Share', share: 0.1 } },
      }),
    ),
  nodes: fc.integer({ min: 1, max: 3 }),
  steadyPods: fc.integer({ min: 0, max: 12 }),
  burstPods: fc.integer({ min: 0, max: 12 }),
  burstEveryMs: fc.integer({ min: 5, max: 60 }).map((minutes) => minutes * MINUTE_MS),
  freeAddresses: fc.integer({ min: 0, max: 1_000 }),
});

/** The same worlds where the IP pair may be set too. */
const pairWorlds: fc.Arbitrary<World> = fc
  .tuple(worlds, boundsOf(1), boundsOf(0))
  .map(([world, warmIP, minimumIP]) => ({
    ...world,
    spec: { ...world.spec, settings: { ...world.spec.settings, warmIP, minimumIP } },
  }));

function nodesOf({ nodes, prefix }: World) {
  return Array.from({ length: nodes }, (_, at) => aNode(`n${at}`, { maxPods: prefix ? 110 : 29 }));
}

function daemonSetOf(world: World, values: SettingValues = {}): DaemonSetView {
  const env = {
    ENABLE_IPv4: 'true',
    ENABLE_PREFIX_DELEGATION: String(world.prefix),
    ...toEnv({ warmENI: world.live, warmPrefix: world.live }),
    ...toEnv(values),
  };
  return aDaemonSet({
    env: Object.entries(env).map(([name, value]) => anEnvEntry(name, value, 'cni-tuner')),
    desired: world.nodes,
  });
}

function snapshotOf(world: World, daemonSet: DaemonSetView, nowMs: number): ClusterSnapshot {
  const nodes = nodesOf(world);
  const subnets = [
    {
      ...(anAccount().subnets?.[0] ?? { id: 's', vpcId: 'v', zone: 'z', cidr: 'c', sizeAddresses: 1_019 }),
      freeAddresses: world.freeAddresses,
      freePrefixes: undefined,
      heldByClusterAddresses: undefined,
      heldByOthersAddresses: undefined,
    },
  ];
  const account = anAccount({ takenAtMs: nowMs, subnets, nodes: interfacesOf(nodes) });
  return aSnapshot({ takenAtMs: nowMs, nodes, daemonSet, account });
}

/** What the tuner would do in this world with these values live, after so many hours of its demand. */
function decide(world: World, live: SettingValues, hours: number, memo = new ReplayMemo()) {
  const nowMs = MONDAY_MS + hours * HOUR_MS;
  const daemonSet = daemonSetOf(world, live);
  const snapshot = snapshotOf(world, daemonSet, nowMs);
  const { spec } = world;
  const memory = new DemandHistory({ seed: 1 });
  for (const change of demandOf(nodesOf(world), { ...world, fromMs: MONDAY_MS, untilMs: nowMs })) memory.record(change);
  const liveSettings = liveSettingsOf(daemonSet);
  const { shapes, segments, evidence } = memory.recall({ history: spec.history, nodeSelector: {}, nowMs });
  const seen = { spec, snapshot, live: liveSettings, census: censusOf(snapshot, {}), nowMs };
  // As if seen for as long as a confident answer takes: how boldly it steps is not what is asked here.
  const watchedMs = Math.max(hours * HOUR_MS, 4 * DAY_MS);
  const asked = { liveSettings: liveSettings.settings, spec, watchedMs, requestedAtMs: nowMs };
  const subnets = nodesBySubnet(seen.census, snapshot.account);
  const request = { shapes, segments, evidence, ...asked, subnets };
  const evaluation = evaluate(request, memo, { replay, nowMs: () => nowMs, cpuMs: () => 0 });
  const recommendation = recommend({ ...seen, watchedMs, evaluation });
  const plan = makePlan({
    ...seen,
    name: 'default',
    rollout: rolloutOf(snapshot),
    ownRolloutOpen: false,
    undone: undefined,
    changes: [],
    recommendation,
    originals: [],
    conflictWith: undefined,
  });
  return { recommendation, plan, daemonSet };
}

function check(predicate: (world: World) => void, runs: number, among = worlds): void {
  fc.assert(fc.property(among, predicate), { seed: SEED, numRuns: runs });
}

describe('every recommendation', () => {
  it('stays inside the bounds and keeps the CNI starting', () => {
    check((world) => {
      const { recommendation, daemonSet } = decide(world, {}, 7);
      if (recommendation.kind !== 'Advice') return;
      expect(isWithinBounds(recommendation.values, world.spec.settings)).toBe(true);
      const counting = world.prefix ? ['warmPrefix'] : ['warmENI'];
      expect(Object.keys(recommendation.values)).toEqual(counting);
      expect(fromEnv({ ...envOf(daemonSet), ...toEnv(recommendation.values) }).refusal).toBeUndefined();
    }, 25);
  });

  it('with the IP pair, stays inside the bounds and never leaves a minimum alone', () => {
    const isUsed = { pair: 0, without: 0 };
    check(
      (world) => {
        const { recommendation, daemonSet } = decide(world, {}, 7);
        if (recommendation.kind !== 'Advice') return;
        const { values } = recommendation;
        expect(isWithinBounds(values, world.spec.settings)).toBe(true);
        expect((values.minimumIP ?? 0) > 0 && values.warmIP === 0).toBe(false);
        expect(fromEnv({ ...envOf(daemonSet), ...toEnv(values) }).refusal).toBeUndefined();
        isUsed[values.warmIP === 0 ? 'without' : 'pair'] += 1;
      },
      12,
      pairWorlds,
    );
    expect(isUsed.pair).toBeGreaterThan(0);
  });

  it('is the same for the same input', () => {
    check((world) => {
      expect(decide(world, {}, 7)).toEqual(decide(world, {}, 7));
    }, 8);
  });
});

describe('every plan', () => {
  it('once applied on the same demand, is to keep or to hold', () => {
    check((world) => {
      const memo = new ReplayMemo();
      const first = decide(world, {}, 7, memo);
      if (first.plan.kind !== 'Change') return;
      const second = decide(world, first.plan.to, 7, memo);
      // Little evidence allows one step at a time: the next step may only go on in the same direction.
      const { confidence } = first.recommendation.kind === 'Advice' ? first.recommendation : { confidence: 'High' };
      const next = second.plan.kind === 'Change' ? valueOf(second.plan.to) : undefined;
      const after = valueOf(first.plan.to);
      const goesOn = confidence === 'Low' && Math.sign(after - world.live) === Math.sign((next ?? after) - after);
      expect(next === undefined || goesOn).toBe(true);
    }, 25);
  });

  it.each([
    ['targets by interface and prefix', worlds, 6],
    ['the IP pair too', pairWorlds, 4],
  ] as const)(
    'on stationary demand with enough evidence, changes at most once over three days: %s',
    (_, among, runs) => {
      const changesAtMostOnce = (world: World): void => {
        const stationary = { ...world, nodes: 1, burstPods: Math.max(2, world.burstPods), burstEveryMs: 5 * MINUTE_MS };
        const memo = new ReplayMemo();
        let live: SettingValues = {};
        let changes = 0;
        for (const hours of [13, 24, 48, 72]) {
          const { plan, recommendation } = decide(stationary, live, hours, memo);
          expect(recommendation).not.toMatchObject({ confidence: 'Low' });
          if (plan.kind !== 'Change') continue;
          changes += 1;
          live = { ...live, ...plan.to };
        }
        expect(changes).toBeLessThanOrEqual(1);
      };
      check(changesAtMostOnce, runs, among);
    },
  );
});

function valueOf(values: SettingValues): number {
  return values.warmENI ?? values.warmPrefix ?? 0;
}
