/** A pass that found as much as a status can tell, and every text of it longer than there is room for. */
import { SETTING_NAMES } from '../../src/api/tuning-spec.ts';
import type { PassRecord } from '../../src/reconcile/pass-record.ts';
import { LIMITS } from '../../src/tuning/advice.ts';
import type { Advice, Original, ShapeAdvice } from '../../src/tuning/advice.ts';
import { censusOf } from '../../src/tuning/census.ts';
import { SETTING_VARIABLES } from '../../src/tuning/counting-settings.ts';
import type { SubnetForecast } from '../../src/tuning/forecast.ts';
import { liveSettingsOf } from '../../src/tuning/live-settings.ts';
import type { EnvEntryView } from '../../src/tuning/snapshot.ts';
import { NODE_SKIP_REASONS } from '../../src/tuning/snapshot.ts';
import { anAdvice, aPassRecord, aTuningObject, someFigures } from './a-pass-record.ts';
import { aDaemonSet, anAccount, aNode, aSnapshot, aSpec, aSubnet, DAY_MS, HOUR_MS, MONDAY_MS } from './builders.ts';

const NOW_MS = MONDAY_MS + 7 * DAY_MS;
/** Longer than any text of a status, and each character four bytes of UTF-8. */
export const LONG = `1${'🐘'.repeat(3_000)}`;
const MANAGERS = Array.from({ length: 9 }, (_, at) => `${at}${'m'.repeat(120)}`);
const OWNERS = MANAGERS.map((manager) => ({ manager, operation: 'Apply' }) as const);
const VALUES = { warmENI: 15, warmPrefix: 32, warmIP: 256, minimumIP: 256 };
const FIGURES = someFigures({ idleAddressesPerNode: 12_345.67, scorePerNodeHour: 123_456.78 });

const times = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));

function aFullAdvice(): Advice {
  const violations = LIMITS.map((limit) => ({ limit, relativeExcess: 1, sentence: LONG }));
  const told = { values: VALUES, figures: FIGURES };
  return anAdvice({
    id: 'a'.repeat(64),
    values: VALUES,
    uncapped: VALUES,
    ranges: Object.fromEntries(SETTING_NAMES.map((name) => [name, { lower: 0, upper: 256 }])),
    current: FIGURES,
    expected: FIGURES,
    candidates: times(10, () => ({ ...told, violations, lostBecause: LONG })),
    shapes: times(20, aShape),
    addressPair: { ...told, isBetter: true, sentence: LONG },
    otherMode: { mode: 'prefix', best: told, byDefault: told, needs: [LONG], sentence: LONG },
    binding: LONG,
    summary: LONG,
    evidence: { fromMs: MONDAY_MS, toMs: NOW_MS, nodeHours: 840_000, podStarts: 123_456_789 },
    evaluatedAtMs: NOW_MS,
    liveViolations: violations,
    unmet: violations[0],
  });
}

const aShape = (at: number): ShapeAdvice => ({
  instanceType: `x2iedn-${at}.metal-48xl`,
  maxPods: 737,
  nodes: 5_000,
  podsP50: 700,
  podsP99: 737,
  current: FIGURES,
  expected: FIGURES,
  best: VALUES,
  regretPerNodeHour: 123.45,
});

function aForecast(at: number): SubnetForecast {
  const outlook =
    (['Expected', 'Possible', 'NotExpected', 'TooLittleData', 'InReserve'] as const)[at % 5] ?? 'Expected';
  return {
    subnetId: aSubnetId(at),
    outlook,
    earliestMs: NOW_MS + DAY_MS,
    likelyMs: NOW_MS + 2 * DAY_MS,
    latestMs: NOW_MS + 3 * DAY_MS,
    growthPerDay: at % 2 === 0 ? 4_321.5 : -4_321.5,
    reserveAddresses: 6_553,
  };
}

const aSubnetId = (at: number): string => `subnet-0123456789abcde${String(at).padStart(2, '0')}`;

function whatWasBefore() {
  const changes = times(10, (at) => ({
    time: new Date(NOW_MS - at * HOUR_MS).toISOString(),
    from: 'f'.repeat(512),
    to: 't'.repeat(512),
    because: 'b'.repeat(1_024),
    recommendationID: 'i'.repeat(64),
    result: 'Complete' as const,
  }));
  const rollback = {
    token: 't'.repeat(256),
    time: new Date(NOW_MS).toISOString(),
    undone: 'u'.repeat(512),
    back: 'b'.repeat(512),
    message: 'm'.repeat(1_024),
  };
  return { observedGeneration: 1, changes, rollback, lastHandledRollback: 'h'.repeat(256) };
}

/** With a change just written; with another plan and outcome, what they fill. */
export function aFullRecord(more: Partial<PassRecord> = {}): PassRecord {
  const entries = SETTING_NAMES.map(
    (name): EnvEntryView => ({ name: SETTING_VARIABLES[name], value: LONG, hasValueFrom: false, valueOwners: OWNERS }),
  );
  const daemonSet = aDaemonSet({ env: entries });
  const nodes = [aNode('tuned'), ...NODE_SKIP_REASONS.map((platformSkip, at) => aNode(`n${at}`, { platformSkip }))];
  const account = anAccount({ subnets: times(60, (at) => aSubnet(aSubnetId(at), { freeAddresses: at })) });
  const snapshot = aSnapshot({ nodes, daemonSet, account });
  const live = liveSettingsOf(daemonSet);
  const settings = Object.fromEntries(SETTING_NAMES.map((name) => [name, { min: 0, max: 256 }]));
  const originals = SETTING_NAMES.map(
    (setting): Original => ({ setting, state: 'value', value: LONG, owners: OWNERS }),
  );
  const from = Object.fromEntries(SETTING_NAMES.map((name) => [name, LONG]));
  return aPassRecord({
    object: aTuningObject({
      spec: aSpec({ settings }),
      status: whatWasBefore(),
      annotations: { 'cnituning.dev/reconcile': LONG, 'cnituning.dev/rollback': LONG },
    }),
    finishedAtMs: NOW_MS,
    snapshot,
    live,
    census: censusOf(snapshot, {}),
    rollout: {
      desired: 5_000,
      updated: 0,
      complete: false,
      inProgress: true,
      unhealthy: 0,
      waitingFor: [],
      notReady: 0,
    },
    originals,
    forecast: times(60, aForecast),
    keeping: { kind: 'NotKept', reason: 'CheckpointFailed', message: LONG },
    recommendation: aFullAdvice(),
    plan: {
      kind: 'Change',
      from,
      to: VALUES,
      because: LONG,
      emergency: LONG,
      recommendationId: 'a'.repeat(64),
    },
    outcome: { kind: 'Applied', generation: 2, forced: true, changed: true },
    ...more,
  });
}
