import { describe, expect, it } from 'vitest';
import {
  aChangeAgo,
  aGuardInput,
  inEmergency,
  undecided,
  unreadAccount,
  withEnv,
} from '../../test/support/a-guard-input.ts';
import { anAdvice, someFigures } from '../../test/support/a-pass-record.ts';
import { anEnvEntry, aSpec, HOUR_MS, MONDAY_MS, someChanges } from '../../test/support/builders.ts';
import { CHANGE_CASES } from '../../test/support/guard-cases/change-cases.ts';
import { CLUSTER_CASES } from '../../test/support/guard-cases/cluster-cases.ts';
import { HOLD_REASONS } from '../api/conditions.ts';
import type { TuningSpec } from '../api/tuning-spec.ts';
import { GUARDS } from './guardrails.ts';
import type { GuardInput } from './guards/guard-input.ts';
import { makePlan } from './plan.ts';

const CASES = [...CLUSTER_CASES, ...CHANGE_CASES];

describe('guardrails', () => {
  it('ask in the order in which the reasons are listed, each once', () => {
    expect(GUARDS.map(({ reason }) => reason)).toEqual(HOLD_REASONS);
  });

  it('let a change pass when nothing is against it', () => {
    expect(makePlan(aGuardInput())).toMatchObject({ kind: 'Change', to: { warmENI: 0 }, from: { warmENI: '1' } });
  });

  it.each(CASES)('holds for $reason when $when', ({ reason, message, input }) => {
    expect(makePlan(input)).toMatchObject({ kind: 'Hold', reason, message });
  });

  it('every reason has a case that holds for it', () => {
    expect(new Set(CASES.map(({ reason }) => reason))).toEqual(new Set(HOLD_REASONS));
  });

  it.each(['Forbidden', 'NoCredentials', 'NoRegion', 'SwitchedOff'] as const)(
    'let a change pass without subnets where EC2 will not be read: %s',
    (reason) => {
      const account = unreadAccount(reason, 'EC2 is not read.');
      expect(makePlan(aGuardInput({}, { account }))).toMatchObject({ kind: 'Change' });
    },
  );

  it('asks no gain of a change when the live value breaks a limit', () => {
    const violation = { limit: 'delayedPods' as const, relativeExcess: 1, sentence: 'too many' };
    const recommendation = anAdvice({ expected: someFigures({ scorePerNodeHour: 30 }), liveViolations: [violation] });
    expect(makePlan(aGuardInput({ recommendation }))).toMatchObject({ kind: 'Change' });
  });

  it('gives a setting back that left spec.settings, whatever the recommendation', () => {
    const original = { setting: 'warmPrefix' as const, state: 'value' as const, value: '1', owners: [] };
    const spec = aSpec({ mode: 'Apply', settings: { warmENI: { min: 0, max: 3 } } });
    const plan = makePlan(aGuardInput({ spec, originals: [original], ...undecided('Evaluating', 'x') }));
    expect(plan).toEqual({ kind: 'Restore', originals: [original], because: 'SettingRemoved' });
  });

  it('keeps what is live when it is the best', () => {
    const recommendation = anAdvice({ values: { warmENI: 1 } });
    const message = 'WARM_ENI_TARGET=1 is live and still the best value.';
    expect(makePlan(aGuardInput({ recommendation }))).toEqual({ kind: 'Keep', message });
  });

  it('prints a command that a shell takes as one, whatever a field manager calls itself', () => {
    const input = aGuardInput({}, withEnv(anEnvEntry('WARM_ENI_TARGET', '1', "it's me")));
    expect(makePlan(input)).toMatchObject({
      message: expect.stringContaining(String.raw`-p '{"spec":{"ownership":{"takeOverFrom":["it'\''s me"]}}}'. `),
    });
  });

  describe('in an emergency', () => {
    const holding = (addresses: number, scorePerNodeHour = 4) =>
      anAdvice({
        values: { warmENI: addresses < 20 ? 0 : 2 },
        expected: someFigures({ heldAddressesPerNode: addresses, scorePerNodeHour }),
      });
    const planOf = (
      which: Parameters<typeof inEmergency>[0],
      held: number,
      changes: Partial<TuningSpec['changes']>,
      more: Partial<GuardInput> = {},
    ) =>
      makePlan(
        aGuardInput(
          {
            spec: aSpec({ mode: 'Apply', changes: someChanges({ maxPerDay: 3, ...changes }) }),
            changes: [aChangeAgo(HOUR_MS)],
            recommendation: holding(held),
            ...more,
          },
          inEmergency(which),
        ),
      );
    const SUBNET = 'subnet subnet-a (eu-central-1a) has 20 of its reserve of 102 addresses free';

    it.each([
      ['fewer', 11, SUBNET],
      ['more', 30, 'pods wait for an address: 3 on 1 nodes'],
    ] as const)(
      'a change that holds %s addresses skips the interval, and its record says why',
      (which, held, because) => {
        expect(planOf(which, held, {})).toMatchObject({ kind: 'Change', emergency: because });
      },
    );

    it.each([
      ['fewer', 30],
      ['more', 11],
    ] as const)('that calls for %s addresses, a change to %i held skips nothing', (which, held) => {
      expect(planOf(which, held, {})).toMatchObject({ kind: 'Hold', reason: 'ChangedTooRecently' });
    });

    it('a change skips the gain, and no rule where none is in its way', () => {
      const small = { recommendation: holding(30, 12.9), changes: [] };
      expect(planOf('more', 30, {}, small)).toMatchObject({ kind: 'Change', emergency: expect.any(String) });
      expect(planOf('more', 30, {}, { changes: [] })).toMatchObject({ kind: 'Change', emergency: undefined });
    });

    it('the windows are skipped only with Always, and nothing with Never', () => {
      const windows = [{ schedule: '0 12 * * *', durationMs: HOUR_MS, timeZone: 'UTC' }];
      expect(planOf('fewer', 11, { windows })).toMatchObject({ reason: 'OutsideWindow' });
      expect(planOf('fewer', 11, { windows, emergency: 'Always' })).toMatchObject({ emergency: SUBNET });
      expect(planOf('fewer', 11, { emergency: 'Never' })).toMatchObject({ reason: 'ChangedTooRecently' });
      expect(planOf('both', 11, { emergency: 'Never' })).toMatchObject({ reason: 'ChangedTooRecently' });
    });

    it('the count of the day and the direction hold all the same', () => {
      expect(planOf('fewer', 11, { maxPerDay: 1 })).toMatchObject({ reason: 'TooManyToday' });
      expect(planOf('fewer', 11, { allowed: 'IncreaseOnly' })).toMatchObject({ reason: 'DirectionNotAllowed' });
    });

    it('another change may follow after two hours', () => {
      const ago = (minutes: number) => ({ changes: [aChangeAgo(minutes * 60_000, true)] });
      expect(planOf('fewer', 11, {}, ago(119))).toMatchObject({ kind: 'Hold', recheckAtMs: MONDAY_MS + 60_000 });
      expect(planOf('fewer', 11, {}, ago(120))).toMatchObject({ kind: 'Change', emergency: SUBNET });
    });
  });

  it('hold no restore for windows, interval, count or a schedule that cannot be read', () => {
    const original = { setting: 'warmPrefix' as const, state: 'value' as const, value: '1', owners: [] };
    const settings = { warmENI: { min: 0, max: 3 } };
    for (const timeZone of ['UTC', 'Mars/Olympus_Mons']) {
      const windows = [{ schedule: '0 12 * * *', durationMs: HOUR_MS, timeZone }];
      const spec = aSpec({ mode: 'Apply', settings, changes: someChanges({ windows, allowed: 'IncreaseOnly' }) });
      const input = aGuardInput({ spec, originals: [original], changes: [aChangeAgo(HOUR_MS)] });
      expect(makePlan(input)).toMatchObject({ kind: 'Restore' });
    }
  });

  it('let a change go out the millisecond the interval or the day is over, and not before', () => {
    const spec = aSpec({ mode: 'Apply', changes: someChanges({ minimumIntervalMs: 6 * HOUR_MS, maxPerDay: 1 }) });
    const plan = (ms: number) => makePlan(aGuardInput({ spec, changes: [aChangeAgo(ms)] }));
    expect(plan(6 * HOUR_MS - 1)).toMatchObject({ reason: 'ChangedTooRecently', recheckAtMs: MONDAY_MS + 1 });
    expect(plan(6 * HOUR_MS)).toMatchObject({ reason: 'TooManyToday', recheckAtMs: MONDAY_MS + 18 * HOUR_MS });
    expect(plan(24 * HOUR_MS - 1)).toMatchObject({ reason: 'TooManyToday', recheckAtMs: MONDAY_MS + 1 });
    expect(plan(24 * HOUR_MS)).toMatchObject({ kind: 'Change' });
  });
});
