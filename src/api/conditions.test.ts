import { describe, expect, it } from 'vitest';
import { brokenRules, RULES } from '../../test/support/condition-check.ts';
import type { CniTuningStatus, Condition } from './cnituning.generated.ts';
import type { Situation } from './conditions.ts';
import { CONDITION_TYPES, REASONS_BY_TYPE, setCondition, situationOfHold, summarizeReady } from './conditions.ts';
import { HOLD_REASONS, OTHER_REASONS, REASON_MEANINGS } from './reasons.ts';

const NOW_MS = Date.UTC(2026, 2, 2, 12);

function summarized(situation: Situation, conditions: readonly Condition[] = [], nowMs = NOW_MS): readonly Condition[] {
  return summarizeReady({ conditions, situation, generation: 3, nowMs });
}

function seen(conditions: readonly Condition[]): Readonly<Record<string, string>> {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]));
}

/** What `kubectl wait`-like tools make of it: the order of kstatus' generic reader. */
function kstatus(conditions: readonly Condition[], observedGeneration: number, generation: number): string {
  const status = (type: string): string | undefined => conditions.find((each) => each.type === type)?.status;
  if (observedGeneration !== generation || status('Reconciling') === 'True') return 'InProgress';
  if (status('Stalled') === 'True') return 'Failed';
  return status('Ready') === undefined || status('Ready') === 'True' ? 'Current' : 'InProgress';
}

const message = 'Why.';

describe('Ready', () => {
  it.each([
    { situation: { kind: 'Progressing', reason: 'Pending', message }, ready: 'Unknown/Pending', reads: 'InProgress' },
    {
      situation: { kind: 'Progressing', reason: 'RollingOut', message },
      ready: 'Unknown/RollingOut',
      reads: 'InProgress',
    },
    {
      situation: { kind: 'Working', reason: 'CollectingHistory', message },
      ready: 'True/CollectingHistory',
      reads: 'Current',
    },
    { situation: { kind: 'Working', reason: 'RecommendMode', message }, ready: 'True/RecommendMode', reads: 'Current' },
    { situation: { kind: 'Stalled', reason: 'Conflict', message }, ready: 'False/Conflict', reads: 'Failed' },
    {
      situation: { kind: 'Stalled', reason: 'PermissionMissing', message },
      ready: 'False/PermissionMissing',
      reads: 'Failed',
    },
    { situation: { kind: 'Stalled', reason: 'WriteRefused', message }, ready: 'False/WriteRefused', reads: 'Failed' },
    { situation: { kind: 'Suspended', message }, ready: 'True/Suspended', reads: 'Current' },
    { situation: { kind: 'Interrupted', message }, ready: 'Unknown/Pending', reads: 'InProgress' },
  ] as const)('is $ready when first $situation.kind, which tools read as $reads', ({ situation, ready, reads }) => {
    const conditions = summarized(situation);
    expect(seen(conditions)['Ready']).toBe(ready);
    expect(kstatus(conditions, 3, 3)).toBe(reads);
  });

  it('keeps the last verdict and its time while interrupted or suspended', () => {
    const before = summarized({ kind: 'Working', reason: 'Tuned', message });
    for (const kind of ['Interrupted', 'Suspended'] as const) {
      expect(summarized({ kind, message: 'Later.' }, before, NOW_MS + 60_000)).toEqual(before);
    }
  });

  it('claims a new generation as judged while suspended, and not while interrupted', () => {
    const conditions = summarized({ kind: 'Working', reason: 'Tuned', message });
    const generationAfter = (kind: 'Interrupted' | 'Suspended'): number | undefined =>
      summarizeReady({ conditions, situation: { kind, message }, generation: 4, nowMs: NOW_MS })[0]?.observedGeneration;
    expect(generationAfter('Suspended')).toBe(4);
    expect(generationAfter('Interrupted')).toBe(3);
  });

  it("says today's trouble while nothing could be judged yet", () => {
    const before = summarized({ kind: 'Interrupted', message: 'No watch has delivered.' });
    const after = summarized({ kind: 'Interrupted', message: 'EC2 was not read.' }, before);
    expect(after.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'Unknown',
      message: 'EC2 was not read.',
    });
  });

  it('takes Reconciling and Stalled away when they are over', () => {
    const rolling = summarized({ kind: 'Progressing', reason: 'RollingOut', message });
    const stalled = summarized({ kind: 'Stalled', reason: 'Conflict', message }, rolling);
    expect(seen(stalled)).toEqual({ Ready: 'False/Conflict', Stalled: 'True/Conflict' });
    expect(seen(summarized({ kind: 'Working', reason: 'Tuned', message }, stalled))).toEqual({ Ready: 'True/Tuned' });
  });

  it('is False for a foreign owner in Apply mode only', () => {
    const hold = { reason: 'FieldsOwnedElsewhere', message } as const;
    expect(situationOfHold(hold, 'Apply').kind).toBe('Stalled');
    expect(situationOfHold(hold, 'Recommend').kind).toBe('Working');
  });
});

describe('a condition', () => {
  it('moves its transition time only when its status changes', () => {
    const update = { type: 'Applied', status: 'False', reason: 'RollingOut', message, generation: 1 } as const;
    const first = setCondition([], update, NOW_MS);
    const later = setCondition(first, { ...update, reason: 'GainTooSmall' }, NOW_MS + 60_000);
    expect(later[0]).toMatchObject({ reason: 'GainTooSmall', lastTransitionTime: '2026-03-02T12:00:00Z' });
    const turned = setCondition(later, { ...update, status: 'True', reason: 'Tuned' }, NOW_MS + 60_000);
    expect(turned[0]?.lastTransitionTime).toBe('2026-03-02T12:01:00Z');
  });

  it('never carries more than the schema allows', () => {
    const update = { type: 'Applied', status: 'True', reason: 'Tuned', generation: 1 } as const;
    const [condition] = setCondition([], { ...update, message: 'x'.repeat(5_000) }, NOW_MS);
    expect(condition?.message).toHaveLength(2_048);
  });

  it('stands in the order of the types', () => {
    const update = { status: 'False', reason: 'Suspended', message, generation: 1 } as const;
    const conditions = ['Applied', 'Ready', 'Recommended'] as const;
    const set = conditions.reduce<readonly Condition[]>(
      (all, type) => setCondition(all, { ...update, type }, NOW_MS),
      [],
    );
    expect(set.map(({ type }) => type)).toEqual(['Ready', 'Recommended', 'Applied']);
  });
});

describe('reasons', () => {
  it('all mean something and are carried by some condition', () => {
    const carried = new Set(CONDITION_TYPES.flatMap((type) => Object.values(REASONS_BY_TYPE[type]).flat()));
    const all = [...HOLD_REASONS, ...OTHER_REASONS];
    expect(Object.keys(REASON_MEANINGS).toSorted()).toEqual([...all].toSorted());
    expect(all.filter((reason) => !carried.has(reason))).toEqual([]);
  });
});

/** A sound status, and for each rule one change that breaks exactly this rule. */
describe('the check of every status', () => {
  const time = '2026-03-02T12:00:00Z';
  const ready: Condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Tuned',
    message,
    lastTransitionTime: time,
    observedGeneration: 3,
  };
  const unknown: Condition = { ...ready, status: 'Unknown', reason: 'RollingOut' };
  const reconciling: Condition = { ...unknown, type: 'Reconciling', status: 'True' };
  const sound: CniTuningStatus = { observedGeneration: 3, conditions: [ready] };
  const change = { time, from: 'a', to: 'b', because: 'c', result: 'Complete' } as const;

  it('finds nothing wrong with a sound one', () => {
    expect(brokenRules(sound, 3)).toEqual([]);
    expect(brokenRules({ ...sound, conditions: [unknown, reconciling] }, 3)).toEqual([]);
  });

  it.each([
    [1, { ...sound, conditions: [] }],
    [2, { ...sound, conditions: [ready, { ...ready, type: 'Perfect' }] }],
    [3, { ...sound, conditions: [ready, { ...reconciling, status: 'False' }] }],
    [4, { ...sound, conditions: [unknown] }],
    [5, { ...sound, conditions: [{ ...ready, reason: 'RollingOut' }] }],
    [6, { ...sound, conditions: [unknown, { ...reconciling, message: 'Other.' }] }],
    [7, { ...sound, conditions: [{ ...ready, message: 'no sentence' }] }],
    [8, { ...sound, observedGeneration: 4 }],
    [10, { ...sound, changes: Array.from({ length: 11 }, () => change) }],
  ] as const)('finds what breaks rule %d', (number, status) => {
    expect(brokenRules(status, 3).map((rule) => Number.parseInt(rule, 10))).toContain(number);
  });

  it('finds a transition time that moved without a transition', () => {
    const later = { ...sound, conditions: [{ ...ready, lastTransitionTime: '2026-03-02T12:01:00Z' }] };
    expect(brokenRules(later, 3, sound)).toEqual([`9: ${RULES[8]?.says ?? ''}`]);
  });
});
