/** Live settings, recommendation, guards and mode → what is intended. */
import type { Change, Plan } from './advice.ts';
import { assignments, valuesThatCount } from './counting-settings.ts';
import { firstHold } from './guardrails.ts';
import { changedTooRecently, outsideWindow } from './guards/budget-guards.ts';
import { gainTooSmall } from './guards/change-guards.ts';
import { emergencyFor } from './guards/emergencies.ts';
import type { GuardInput, Intent } from './guards/guard-input.ts';
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
      emergency: emergencyUsed(input, intent),
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

/** The emergency without which a guard would have held; undefined when none would have. */
function emergencyUsed(input: GuardInput, intent: Intent): string | undefined {
  const found = emergencyFor(input, intent);
  if (found.kind !== 'Permits') return undefined;
  const { spec } = input;
  const ordinary: GuardInput = { ...input, spec: { ...spec, changes: { ...spec.changes, emergency: 'Never' } } };
  const isNeeded = [outsideWindow, changedTooRecently, gainTooSmall].some(
    (guard) => guard(ordinary, intent) !== undefined,
  );
  return isNeeded ? found.because : undefined;
}
