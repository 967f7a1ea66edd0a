/**
 * Checks that hold for every status the operator ever writes, each with a number, so that a failure names the rule.
 * In the spirit of the condition checker of fluxcd/pkg/runtime.
 */
import { expect } from 'vitest';
import type { Condition, CniTuningStatus } from '../../src/api/cnituning.generated.ts';
import { ABNORMAL_TRUE_TYPES, CONDITION_TYPES, REASONS_BY_TYPE } from '../../src/api/conditions.ts';

type Seen = {
  readonly conditions: readonly Condition[];
  readonly status: CniTuningStatus;
  readonly generation: number;
  readonly before: CniTuningStatus | undefined;
};
type Rule = { readonly number: number; readonly says: string; readonly breaks: (seen: Seen) => boolean };

function of(type: string, { conditions }: Pick<Seen, 'conditions'>): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

export const RULES: readonly Rule[] = [
  { number: 1, says: 'there is a Ready condition', breaks: (seen) => of('Ready', seen) === undefined },
  {
    number: 2,
    says: 'each type is known and occurs once',
    breaks: ({ conditions }) =>
      new Set(conditions.map(({ type }) => type)).size !== conditions.length ||
      conditions.some(({ type }) => !CONDITION_TYPES.some((known) => known === type)),
  },
  {
    number: 3,
    says: 'Reconciling and Stalled are present only while True, and never both',
    breaks: (seen) =>
      ABNORMAL_TRUE_TYPES.some((type) => (of(type, seen)?.status ?? 'True') !== 'True') ||
      ABNORMAL_TRUE_TYPES.every((type) => of(type, seen) !== undefined),
  },
  {
    number: 4,
    says: 'Ready is Unknown exactly while Reconciling, and False exactly while Stalled',
    breaks: (seen) => {
      const ready = of('Ready', seen)?.status;
      return (
        (ready === 'Unknown') !== (of('Reconciling', seen) !== undefined) ||
        (ready === 'False') !== (of('Stalled', seen) !== undefined)
      );
    },
  },
  {
    number: 5,
    says: 'each reason is one that its type may carry with its status',
    breaks: ({ conditions }) =>
      conditions.some(({ type, status, reason }) => {
        const known = CONDITION_TYPES.find((each) => each === type);
        return known !== undefined && !REASONS_BY_TYPE[known][status].some((each) => each === reason);
      }),
  },
  {
    number: 6,
    says: 'a companion of Ready says what Ready says',
    breaks: (seen) => {
      const ready = of('Ready', seen);
      return ABNORMAL_TRUE_TYPES.some((type) => {
        const companion = of(type, seen);
        return companion !== undefined && (companion.reason !== ready?.reason || companion.message !== ready.message);
      });
    },
  },
  {
    number: 7,
    says: 'every message is a sentence (or ends with a command) of at most 2,048 characters',
    breaks: ({ conditions }) => conditions.some(({ message }) => message.length > 2_048 || !/[.):'…-]$/.test(message)),
  },
  {
    number: 8,
    says: 'no observedGeneration is ahead of the object',
    breaks: ({ conditions, status, generation }) =>
      status.observedGeneration > generation ||
      conditions.some(({ observedGeneration }) => (observedGeneration ?? 0) > generation),
  },
  {
    number: 9,
    says: 'lastTransitionTime moves exactly when the status of the condition does',
    breaks: ({ conditions, before }) =>
      (before?.conditions ?? []).some((old) => {
        const now = of(old.type, { conditions });
        return now !== undefined && old.status === now.status && now.lastTransitionTime !== old.lastTransitionTime;
      }),
  },
  {
    number: 10,
    says: 'every list is within its bound',
    breaks: ({ status }) =>
      (status.changes?.length ?? 0) > 10 ||
      (status.subnets?.length ?? 0) > 50 ||
      (status.nodes?.skipped?.length ?? 0) > 16,
  },
];

/** The rules a status breaks, as `3: Reconciling and …`. */
export function brokenRules(status: CniTuningStatus, generation: number, before?: CniTuningStatus): readonly string[] {
  const seen = { conditions: status.conditions ?? [], status, generation, before };
  return RULES.filter(({ breaks }) => breaks(seen)).map(({ number, says }) => `${number}: ${says}`);
}

export function expectSoundStatus(status: CniTuningStatus, generation: number, before?: CniTuningStatus): void {
  const broken = brokenRules(status, generation, before);
  expect(broken, JSON.stringify(status.conditions, undefined, 1)).toEqual([]);
}
