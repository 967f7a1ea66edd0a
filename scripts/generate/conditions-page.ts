/** docs/reference/conditions.md: every condition type with its reasons, and every reason with what it means. */
import type { ConditionType } from '../../src/api/conditions.ts';
import { ABNORMAL_TRUE_TYPES, CONDITION_TYPES, REASONS_BY_TYPE } from '../../src/api/conditions.ts';
import { HOLD_REASONS, OTHER_REASONS, REASON_MEANINGS } from '../../src/api/reasons.ts';
import type { ConditionReason } from '../../src/api/reasons.ts';

const MEANINGS: Readonly<Record<ConditionType, string>> = {
  Ready: 'The operator does what the object asks. The one to wait for.',
  Reconciling: 'Work is under way. Absent otherwise.',
  Stalled: 'Only a person can get on from here. Absent otherwise.',
  Recommended: 'There is a recommendation. Informs; does not touch Ready.',
  Applied: 'The recommended values are live on every node. Informs; does not touch Ready.',
  SubnetsObserved: 'The subnets can be read from EC2. Informs; without it no subnet is judged.',
  FailuresObserved: 'Pods that were refused an address are seen. Informs.',
  HistoryKept: 'The history outlives the operator. Informs; without it a restart begins to collect anew.',
};

const anchor = (reason: ConditionReason): string => `[${reason}](#${reason.toLowerCase()})`;

function typeSection(type: ConditionType): string {
  const rows = (['True', 'False', 'Unknown'] as const)
    .filter((status) => REASONS_BY_TYPE[type][status].length > 0)
    .map((status) => `| ${status} | ${REASONS_BY_TYPE[type][status].map(anchor).join(', ')} |`);
  const absent = ABNORMAL_TRUE_TYPES.some((known) => known === type) ? ' Present only while True.' : '';
  return `### ${type}\n\n${MEANINGS[type]}${absent}\n\n| status | reasons |\n|---|---|\n${rows.join('\n')}\n`;
}

function reasonSection(reason: ConditionReason): string {
  const { means, remedy } = REASON_MEANINGS[reason];
  return `### ${reason}\n\n${means}\n\nWhat to do: ${remedy}\n`;
}

export function conditionsPage(): string {
  return [
    '# Conditions and reasons\n',
    'Generated from `src/api/conditions.ts` and `src/api/reasons.ts` by `npm run generate`; never edited.\n',
    'The same words stand in `status.conditions`, `status.hold`, events and metrics.\n',
    '## Condition types\n',
    ...CONDITION_TYPES.map(typeSection),
    '## Why the operator does not act\n',
    'In the order in which the guards ask: the first that has something against a change is the hold.\n',
    ...HOLD_REASONS.map(reasonSection),
    '## Other reasons\n',
    ...OTHER_REASONS.map(reasonSection),
  ].join('\n');
}
