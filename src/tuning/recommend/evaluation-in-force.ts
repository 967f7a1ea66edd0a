/** Whether a finished evaluation still answers today's question. */
import type { TuningSpec } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import { sameValues, withUnreadAsLive } from '../counting-settings.ts';
import type { CandidateSums, Evaluation } from '../evaluation.ts';
import { liveValues } from '../live-settings.ts';
import type { LiveSettings } from '../live-settings.ts';

export type InForce = { readonly evaluation: Evaluation; readonly live: CandidateSums };

/**
 * The evaluation with the live values' sums, or undefined when it answers another question: other bounds, or an
 * environment that differs in more than the values it has replayed. After a change of ours the new live value is one
 * of its candidates, so the advice does not vanish until the next evaluation.
 */
export function evaluationInForce(
  evaluation: Evaluation | undefined,
  live: LiveSettings,
  spec: Pick<TuningSpec, 'settings' | 'objectives'>,
): InForce | undefined {
  if (evaluation === undefined || !sameBounds(evaluation.request.spec.settings, spec.settings)) return undefined;
  // Under another objective those that were dropped might do.
  const { delayedPodsShare } = evaluation.request.spec.objectives;
  if (evaluation.dropped.length > 0 && delayedPodsShare !== spec.objectives.delayedPodsShare) return undefined;
  const replayed = evaluation.request.liveSettings;
  if (sameSettings(replayed, live.settings)) return { evaluation, live: evaluation.live };
  const values = liveValues(live, evaluation.counting);
  if (!sameSettings({ ...replayed, ...values }, live.settings)) return undefined;
  const sums = evaluation.candidates.find((each) => sameValues(withUnreadAsLive(each.values, values), values));
  return sums === undefined ? undefined : { evaluation, live: sums };
}

function sameBounds(a: TuningSpec['settings'], b: TuningSpec['settings']): boolean {
  return SETTING_NAMES.every((name) => a[name]?.min === b[name]?.min && a[name]?.max === b[name]?.max);
}

function sameSettings(a: CniSettings, b: CniSettings): boolean {
  const ofB: Readonly<Record<string, unknown>> = b;
  return Object.entries(a).every(([name, value]) => ofB[name] === value);
}
