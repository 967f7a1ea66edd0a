/** Which values are worth a replay: all inside the user's bounds, and those beyond that could make a difference. */
import type { Bounds, SettingName, TuningSpec } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import type { SettingValues } from '../advice.ts';
import { IP_PAIR, valuesThatCount } from '../counting-settings.ts';
import { coarsePairs, pairSwitchedOff, tunesPair } from './address-pairs.ts';

/** Of more values than these some are left out at first: they follow around the best (finer.ts). */
const COARSE = 7;

/** The largest value that can still change what some node holds: every interface, or a prefix for every 16 pods. */
function largestUseful(setting: SettingName, shapes: readonly NodeShape[]): number {
  const most = shapes.map((shape) => (setting === 'warmENI' ? shape.maxENIs : Math.ceil(shape.maxPods / 16) + 1));
  return Math.min(setting === 'warmENI' ? 15 : 32, Math.max(1, ...most));
}

/** At most COARSE of them: both ends, evenly between, and the live value. */
function spread(values: readonly number[], live: number): readonly number[] {
  if (values.length <= COARSE) return values;
  const step = (values.length - 1) / (COARSE - 1);
  const at = new Set(Array.from({ length: COARSE }, (_, index) => Math.round(index * step)));
  return values.filter((value, index) => at.has(index) || value === live);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

export function clamp(value: number, { min, max }: Bounds): number {
  return Math.min(max, Math.max(min, value));
}

export function isWithinBounds(values: SettingValues, bounds: TuningSpec['settings']): boolean {
  return settingOutside(values, bounds) === undefined;
}

/** The first setting whose value counts and lies outside its bounds. An IP pair of zeros is always allowed. */
export function settingOutside(values: SettingValues, bounds: TuningSpec['settings']): SettingName | undefined {
  const counted = valuesThatCount(values);
  return SETTING_NAMES.find((name) => {
    const value = counted[name];
    const allowed = bounds[name];
    return value !== undefined && allowed !== undefined && (value < allowed.min || value > allowed.max);
  });
}

export type Question = {
  readonly counting: readonly SettingName[];
  readonly bounds: TuningSpec['settings'];
  readonly live: CniSettings;
  readonly shapes: readonly NodeShape[];
};

/**
 * The first round: every combination inside the bounds, then for each setting the values beyond its bounds with the
 * others at their live value. One setting with bounds 0..3 on nodes of 4 interfaces: 0, 1, 2, 3 and 4. Of long ranges a
 * few values that lie evenly. Where the IP pair may be set, these with the pair at 0, and coarsely spread pairs.
 */
export function candidateValues(question: Question): readonly SettingValues[] {
  const { counting, live } = question;
  if (!tunesPair(counting)) return targetValues(question);
  const targets = counting.filter((name) => !IP_PAIR.some((other) => other === name));
  const off = pairSwitchedOff(question);
  const withoutPair = off === undefined ? [] : targetValues({ ...question, counting: targets });
  const unread = Object.fromEntries(targets.map((name) => [name, live[name]]));
  return [
    ...withoutPair.map((values) => ({ ...values, ...off })),
    ...coarsePairs(question).map((pair) => ({ ...unread, ...pair })),
  ];
}

function targetValues(question: Question): readonly SettingValues[] {
  const inside = combinations(question);
  const beyond = question.counting.flatMap((setting) => valuesBeyond(setting, question));
  const seen = new Set<string>();
  return [...inside, ...beyond].filter((values) => {
    const key = JSON.stringify(question.counting.map((name) => values[name]));
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function combinations({ counting, bounds, live }: Question): readonly SettingValues[] {
  let all: readonly SettingValues[] = [{}];
  for (const name of counting) {
    const allowed = bounds[name];
    if (allowed === undefined) continue;
    const values = spread(range(allowed.min, allowed.max), live[name]);
    all = all.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  return all;
}

function valuesBeyond(setting: SettingName, { counting, bounds, live, shapes }: Question): readonly SettingValues[] {
  const allowed = bounds[setting];
  if (allowed === undefined) return [];
  const others = Object.fromEntries(
    counting
      .filter((name) => name !== setting)
      .map((name) => [name, clamp(live[name], bounds[name] ?? { min: 0, max: 32 })]),
  );
  const beyond = usefulValues(setting, shapes).filter((value) => value < allowed.min || value > allowed.max);
  return spread(beyond, live[setting]).map((value) => ({ ...others, [setting]: value }));
}

/** WARM_PREFIX_TARGET=0 alone makes aws-node exit in prefix mode; the schema's lower bound says the same. */
export function usefulValues(setting: SettingName, shapes: readonly NodeShape[]): readonly number[] {
  return range(setting === 'warmPrefix' ? 1 : 0, largestUseful(setting, shapes));
}

/** Every value inside the bounds. */
export function valuesWithin({ min, max }: Bounds): readonly number[] {
  return range(min, max);
}
