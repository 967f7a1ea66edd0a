import { describe, expect, it } from 'vitest';
import { aGuardInput, undecided, unreadAccount, withEnv } from '../../test/support/a-guard-input.ts';
import { anAdvice, someFigures } from '../../test/support/a-pass-record.ts';
import { anEnvEntry, aSpec } from '../../test/support/builders.ts';
import { CHANGE_CASES } from '../../test/support/guard-cases/change-cases.ts';
import { CLUSTER_CASES } from '../../test/support/guard-cases/cluster-cases.ts';
import { HOLD_REASONS } from '../api/conditions.ts';
import { GUARDS } from './guardrails.ts';
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
});
