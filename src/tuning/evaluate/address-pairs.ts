/**
 * Which pairs of WARM_IP_TARGET and MINIMUM_IP_TARGET are worth a replay. All inside usual bounds are thousands, so a
 * few at first; others follow around the best ones (finer.ts).
 */
import type { Bounds, SettingName, TuningSpec } from '../../api/tuning-spec.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import type { SettingValues } from '../advice.ts';
import { IP_PAIR } from '../counting-settings.ts';

/** Fine where one address more matters, coarse where it does not: each step is at most half again as much. */
const SCALE = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256];
/** Per target in the first round: 6 x 6 pairs at most. */
const COARSE = 6;
type Question = {
  readonly counting: readonly SettingName[];
  readonly bounds: TuningSpec['settings'];
  readonly live: CniSettings;
};

export function tunesPair(counting: readonly string[]): boolean {
  return counting.includes('warmIP');
}

/** Both at 0, where that leaves a pool that grows and a CNI that starts; undefined elsewhere. */
export function pairSwitchedOff({ counting, live }: Question): SettingValues | undefined {
  const ownsMinimum = counting.includes('minimumIP');
  if (!ownsMinimum && live.minimumIP > 0) return undefined;
  if (live.prefixDelegation && live.warmPrefix === 0 && !counting.includes('warmPrefix')) return undefined;
  return ownsMinimum ? { warmIP: 0, minimumIP: 0 } : { warmIP: 0 };
}

/** Up to COARSE values of each target, ends and live value among them, in every combination. */
export function coarsePairs(question: Question): readonly SettingValues[] {
  const { counting, live } = question;
  const values = IP_PAIR.filter((name) => counting.includes(name)).map((name) => ({
    name,
    values: spread(scaleOf(name, question), live[name]),
  }));
  return combinationsOf(values);
}

/** The scale's values inside the bounds, with both bounds and the live value. A warm target of 0 is no pair. */
export function scaleOf(name: (typeof IP_PAIR)[number], { bounds, live }: Question): readonly number[] {
  const { min, max }: Bounds = bounds[name] ?? { min: 0, max: 0 };
  const least = name === 'warmIP' ? Math.max(1, min) : min;
  const inside = [...SCALE, least, max, live[name]].filter((value) => value >= least && value <= max);
  return [...new Set(inside)].toSorted((a, b) => a - b);
}

function spread(values: readonly number[], live: number): readonly number[] {
  if (values.length <= COARSE) return values;
  const at = new Set(
    Array.from({ length: COARSE }, (_, index) => Math.round((index * (values.length - 1)) / (COARSE - 1))),
  );
  return values.filter((value, index) => at.has(index) || value === live);
}

export function combinationsOf(
  choices: readonly { readonly name: SettingName; readonly values: readonly number[] }[],
): readonly SettingValues[] {
  let all: readonly SettingValues[] = [{}];
  for (const { name, values } of choices) {
    all = all.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  return all;
}
