/** What spec.changes promises of any course of events: asked every twenty minutes, changes as the plan says. Seeded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aGuardInput, inEmergency } from '../../test/support/a-guard-input.ts';
import { anAdvice, someFigures } from '../../test/support/a-pass-record.ts';
import { aSpec, DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import type { TuningSpec } from '../api/tuning-spec.ts';
import { BETWEEN_EMERGENCIES_MS } from './guards/emergencies.ts';
import type { RecordedChange } from './guards/guard-input.ts';
import { makePlan } from './plan.ts';
import { windowsAt } from './windows.ts';

const SEED = 20_261_127;
const STEP_MS = 20 * MINUTE_MS;
const STEPS = 60 * 3;

const WINDOWS: readonly TuningSpec['changes']['windows'][] = [
  [],
  [{ schedule: '0 22 * * *', durationMs: 5 * HOUR_MS, timeZone: 'Europe/Berlin' }],
  [
    { schedule: '30 2 * * mon', durationMs: 30 * MINUTE_MS, timeZone: 'UTC' },
    { schedule: '0 12 * * *', durationMs: HOUR_MS, timeZone: 'America/New_York' },
  ],
];

const rules: fc.Arbitrary<TuningSpec['changes']> = fc.record({
  windows: fc.constantFrom(...WINDOWS),
  minimumIntervalMs: fc.constantFrom(0, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS),
  maxPerDay: fc.integer({ min: 1, max: 10 }),
  allowed: fc.constantFrom('Both', 'IncreaseOnly', 'DecreaseOnly'),
  minimumGainShare: fc.constantFrom(0, 0.1),
  emergency: fc.constantFrom('Never', 'WithinWindow', 'Always'),
});

/** What is advised at a step, what it gains, and what is wrong then. */
type Moment = { readonly up: boolean; readonly gain: boolean; readonly wrong: 'fewer' | 'more' | 'both' | undefined };
const moments: fc.Arbitrary<Moment> = fc.record({
  up: fc.boolean(),
  gain: fc.boolean(),
  wrong: fc.constantFrom(undefined, undefined, 'fewer', 'more', 'both'),
});

type Made = RecordedChange & { readonly up: boolean; readonly wrong: Moment['wrong'] };

function courseOf(changes: TuningSpec['changes'], told: readonly Moment[]): readonly Made[] {
  const made: Made[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    const nowMs = MONDAY_MS + step * STEP_MS;
    const { up, gain, wrong } = told[Math.floor(step / 3) % told.length] ?? { up: true, gain: true, wrong: undefined };
    const [held, values] = up ? [30, { warmENI: 2 }] : [10, { warmENI: 0 }];
    const expected = someFigures({ heldAddressesPerNode: held, scorePerNodeHour: gain ? 4 : 12.9 });
    const seen = wrong === undefined ? {} : inEmergency(wrong);
    const account = seen.account && { ...seen.account, takenAtMs: nowMs };
    const input = aGuardInput(
      { spec: aSpec({ mode: 'Apply', changes }), changes: made, nowMs, recommendation: anAdvice({ values, expected }) },
      { ...seen, ...(account === undefined ? {} : { account }) },
    );
    const plan = makePlan({
      ...input,
      snapshot: {
        ...input.snapshot,
        account: input.snapshot.account && { ...input.snapshot.account, takenAtMs: nowMs },
      },
    });
    if (plan.kind === 'Change')
      made.unshift({ atMs: nowMs, wrote: 'WARM_ENI_TARGET=9', isEmergency: plan.emergency !== undefined, up, wrong });
  }
  return made;
}

describe('changes', () => {
  it('keep to windows, interval, count and direction, and skip a rule in an emergency only', () => {
    const seen = { ordinary: 0, emergency: 0 };
    const keeps = (changes: TuningSpec['changes'], told: readonly Moment[]): void => {
      const made = courseOf(changes, told);
      for (const [at, { atMs, isEmergency, up, wrong }] of made.entries()) {
        const before = made.slice(at + 1);
        const isShut = windowsAt(changes.windows, atMs).kind === 'Shut';
        expect(isShut && !(isEmergency && changes.emergency === 'Always')).toBe(false);
        const sinceMs = atMs - (before[0]?.atMs ?? -Infinity);
        expect(sinceMs < changes.minimumIntervalMs && !isEmergency).toBe(false);
        expect(before.filter((each) => atMs - each.atMs < DAY_MS).length).toBeLessThan(changes.maxPerDay);
        expect(changes.allowed).not.toBe(up ? 'DecreaseOnly' : 'IncreaseOnly');
        if (changes.emergency !== 'Never') expect(wrong).not.toBe('both');
        seen[isEmergency ? 'emergency' : 'ordinary'] += 1;
        if (!isEmergency) continue;
        expect(changes.emergency).not.toBe('Never');
        expect(wrong).toBe(up ? 'more' : 'fewer');
        const last = before.find((each) => each.isEmergency)?.atMs ?? -Infinity;
        expect(atMs - last).toBeGreaterThanOrEqual(BETWEEN_EMERGENCIES_MS);
      }
    };
    const told = fc.array(moments, { minLength: 3, maxLength: 12 });
    fc.assert(fc.property(rules, told, keeps), { seed: SEED, numRuns: 20 });
    expect(Math.min(seen.ordinary, seen.emergency)).toBeGreaterThan(20);
  });
});
