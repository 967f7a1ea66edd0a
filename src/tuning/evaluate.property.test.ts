/** What must hold of every evaluation, whatever the demand. Seeded; a failure prints its seed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aDaemonSet,
  anAccount,
  anEnvEntry,
  aNode,
  aSpec,
  aSubnet,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  MONDAY_MS,
} from '../../test/support/builders.ts';
import { demandOf } from '../../test/support/demand.ts';
import type { Bounds, TuningSpec } from '../api/tuning-spec.ts';
import { replay } from '../ipamd/simulate.ts';
import type { Advice } from './advice.ts';
import { censusOf } from './census.ts';
import { DemandHistory } from './demand.ts';
import { evaluate } from './evaluate.ts';
import { CandidateTally } from './evaluate/candidate-tally.ts';
import { Race } from './evaluate/race.ts';
import { ReplayBench } from './evaluate/replay-bench.ts';
import { ReplayMemo } from './evaluate/replay-memo.ts';
import type { Evaluation, EvaluationRequest } from './evaluation.ts';
import { liveSettingsOf } from './live-settings.ts';
import { recommend } from './recommend.ts';
import { nodesBySubnet } from './recommend/node-subnets.ts';
import type { ClusterSnapshot } from './snapshot.ts';

const SEED = 20_260_302;
const HOURS = 18;
const NOW_MS = MONDAY_MS + HOURS * HOUR_MS;

type World = {
  readonly live: number;
  readonly settings: TuningSpec['settings'];
  readonly share: number;
  readonly types: readonly string[];
  readonly steadyPods: number;
  readonly burstPods: number;
  readonly burstEveryMs: number;
  readonly freeAddresses: number;
};

/** Three pods more now and then, and pairs of all sizes: many cost more than twice what the best one does. */
const CALM: World = {
  live: 1,
  settings: { warmENI: { min: 0, max: 3 }, warmIP: { min: 1, max: 24 }, minimumIP: { min: 0, max: 32 } },
  share: 0.05,
  types: ['m5.large', 'm5.large'],
  steadyPods: 3,
  burstPods: 3,
  burstEveryMs: 40 * MINUTE_MS,
  freeAddresses: 1_000,
};

const bounds = (least: number, most: number): fc.Arbitrary<Bounds> =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

const worlds: fc.Arbitrary<World> = fc.record({
  live: fc.integer({ min: 0, max: 3 }),
  settings: fc.record({ warmENI: bounds(0, 3), warmIP: bounds(1, 24), minimumIP: bounds(0, 32) }),
  share: fc.constantFrom(0.01, 0.05),
  types: fc.constantFrom(['m5.large', 'm5.large'], ['m5.large', 'c5.4xlarge']),
  steadyPods: fc.integer({ min: 0, max: 10 }),
  burstPods: fc.integer({ min: 1, max: 10 }),
  burstEveryMs: fc.integer({ min: 10, max: 60 }).map((minutes) => minutes * MINUTE_MS),
  freeAddresses: fc.constantFrom(0, 110, 1_000),
});

function snapshotOf(world: World): ClusterSnapshot {
  const nodes = world.types.map((instanceType, at) => aNode(`n${at}`, { instanceType, maxPods: 29 }));
  const env = [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', String(world.live))];
  const held = (instanceId: string) => ({ instanceId, subnetIds: ['subnet-a'], enis: 2, heldAddresses: 20 });
  return {
    takenAtMs: NOW_MS,
    synced: true,
    staleSinceMs: undefined,
    nodes,
    podsByNode: new Map(),
    addressFailures: [],
    daemonSet: aDaemonSet({ env }),
    awsNodePods: nodes.map(({ name }) => ({ nodeName: name, ready: true, updated: true })),
    account: anAccount({
      subnets: [aSubnet('subnet-a', { freeAddresses: world.freeAddresses })],
      nodes: new Map(nodes.map(({ instanceId }) => [instanceId, held(instanceId)])),
    }),
  };
}

function specOf({ settings, share }: World): TuningSpec {
  const subnetReserve = { kind: 'Share', share: 0.1 } as const;
  return aSpec({ settings, objectives: { delayedPodsShare: share, subnetReserve } });
}

function requestOf(world: World, watchedMs: number): EvaluationRequest {
  const snapshot = snapshotOf(world);
  const spec = specOf(world);
  const memory = new DemandHistory({ seed: 1 });
  const during = { ...world, fromMs: MONDAY_MS, untilMs: NOW_MS };
  for (const change of demandOf(snapshot.nodes, during)) memory.record(change);
  const recalled = memory.recall({ history: spec.history, nodeSelector: {}, nowMs: NOW_MS });
  const { settings: liveSettings } = liveSettingsOf(snapshot.daemonSet ?? aDaemonSet());
  const subnets = nodesBySubnet(censusOf(snapshot, {}), snapshot.account);
  return { ...recalled, liveSettings, spec, subnets, watchedMs, requestedAtMs: NOW_MS };
}

function adviceFrom(world: World, evaluation: Evaluation): Advice {
  const snapshot = snapshotOf(world);
  const live = liveSettingsOf(snapshot.daemonSet ?? aDaemonSet());
  const seen = { snapshot, live, census: censusOf(snapshot, {}), watchedMs: 7 * DAY_MS, nowMs: NOW_MS };
  const advice = recommend({ ...seen, spec: specOf(world), evaluation });
  if (advice.kind !== 'Advice') throw new Error(`undecided: ${advice.reason}`);
  return advice;
}

const tools = { replay, nowMs: () => NOW_MS, cpuMs: () => 0 };

/** Seen for 18 hours, as if for a week, so that hopeless candidates may be dropped; or not at all, so that none may. */
function evaluated(world: World, watchedMs: number): { readonly evaluation: Evaluation; readonly advice: Advice } {
  const evaluation = evaluate(requestOf(world, watchedMs), new ReplayMemo(), tools);
  return { evaluation, advice: adviceFrom(world, evaluation) };
}

/** Every value that the bounds allow, and none left out. */
function onFullGrid(world: World): Advice {
  const request = requestOf(world, 0);
  const race = new Race(
    request,
    new ReplayBench(request.liveSettings, new ReplayMemo(), replay),
    new CandidateTally({ warmENI: world.live, warmIP: 0, minimumIP: 0 }),
  );
  const { warmENI, warmIP, minimumIP } = world.settings;
  const off = valuesOf(warmENI).map((value) => ({ warmENI: value, warmIP: 0, minimumIP: 0 }));
  const pairs = valuesOf(warmIP).flatMap((warm) =>
    valuesOf(minimumIP).map((minimum) => ({ warmENI: world.live, warmIP: warm, minimumIP: minimum })),
  );
  for (const _step of race.run([...off, ...pairs].map((values) => new CandidateTally(values))));
  const { evaluation } = evaluated(world, 0);
  return adviceFrom(world, { ...evaluation, candidates: race.finished.map((tally) => tally.sums()) });
}

function valuesOf(bounds: Bounds = { min: 0, max: -1 }): readonly number[] {
  return Array.from({ length: bounds.max - bounds.min + 1 }, (_, index) => bounds.min + index);
}

describe('an evaluation that drops hopeless candidates', () => {
  it('leads to the same advice as one that replays all of them', () => {
    const dropped = { cost: 0, delayedPods: 0 };
    fc.assert(
      fc.property(worlds, (world) => {
        const bold = evaluated(world, 7 * DAY_MS);
        const whole = evaluated(world, 0);
        expect(whole.evaluation.dropped).toEqual([]);
        for (const { because } of bold.evaluation.dropped) dropped[because] += 1;
        const { candidates: _some, ...told } = bold.advice;
        const { candidates: _all, ...toldOfAll } = whole.advice;
        expect(told).toEqual(toldOfAll);
      }),
      { seed: SEED, numRuns: 4, endOnFailure: true, examples: [[CALM]] },
    );
    expect(dropped.cost).toBeGreaterThan(0);
    expect(dropped.delayedPods).toBeGreaterThan(0);
  });
});

describe('an evaluation whose memo is too small', () => {
  it('leads to the same advice, again and again, and replays more for it', () => {
    const bounds = fc.constantFrom(0, 5_000, 20_000);
    fc.assert(
      fc.property(worlds, bounds, (world, mostBytes) => {
        const request = requestOf(world, 7 * DAY_MS);
        const [tiny, free] = [new ReplayMemo(mostBytes), new ReplayMemo()];
        let runs = 0;
        const counted: typeof tools = { ...tools, replay: (options) => (runs++, replay(options)) };
        for (let turn = 0; turn < 2; turn++) {
          const [scarce, plenty] = [tiny, free].map((memo) => {
            runs = 0;
            return { advice: adviceFrom(world, evaluate(request, memo, counted)), runs };
          });
          expect(scarce?.advice).toEqual(plenty?.advice);
          expect(tiny.bytes).toBeLessThanOrEqual(mostBytes);
          if (turn > 0) expect(scarce?.runs).toBeGreaterThan(plenty?.runs ?? 0);
        }
      }),
      { seed: SEED, numRuns: 3, endOnFailure: true, examples: [[CALM, 5_000]] },
    );
  });
});

describe('an evaluation that begins coarsely', () => {
  it('finds a value within a twentieth of the best of all that the bounds allow', () => {
    const smaller = worlds.map((world) => ({ ...world, freeAddresses: 1_000, types: ['m5.large'] }));
    fc.assert(
      fc.property(smaller, (world) => {
        const [coarse, full] = [evaluated(world, 0).advice, onFullGrid(world)];
        expect(coarse.unmet === undefined).toBe(full.unmet === undefined);
        if (full.unmet !== undefined) return;
        expect(coarse.expected.scorePerNodeHour).toBeLessThanOrEqual(full.expected.scorePerNodeHour * 1.05);
      }),
      { seed: SEED, numRuns: 3, endOnFailure: true },
    );
  });
});
