/** Live settings, recommendation, guards and mode → what is intended. */
import type { Change, Plan } from './advice.ts';
import { assignments, valuesThatCount } from './counting-settings.ts';
import { firstHold } from './guardrails.ts';
import type { GuardInput } from './guards/guard-input.ts';
import { intentOf } from './guards/guard-input.ts';
import { liveTexts } from './live-settings.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';

export function makePlan(input: GuardInput): Plan {
  const intent = intentOf(input);
  const hold = firstHold(input, intent);
  if (hold !== undefined) return hold;
  const { recommendation, live } = input;
  if (intent.kind === 'Restore') return { kind: 'Restore', originals: intent.originals, because: 'SettingRemoved' };
  if (intent.kind === 'Change' && recommendation.kind === 'Advice' && live !== undefined) {
    const names = SETTING_NAMES.filter((name) => intent.values[name] !== undefined);
    const change: Change = {
      kind: 'Change',
      from: liveTexts(live, names),
      to: intent.values,
      because: recommendation.summary,
      recommendationId: recommendation.id,
    };
    return change;
  }
  if (recommendation.kind === 'Undecided') return { kind: 'Keep', message: recommendation.message };
  const { values, unmet } = recommendation;
  const verdict =
    unmet === undefined
      ? 'the best value'
      : `the closest there is inside the bounds, where ${unmet.sentence.replace(/\.$/, '')}`;
  return { kind: 'Keep', message: `${assignments(valuesThatCount(values))} is live and still ${verdict}.` };
}
