/** Which settings count: the CNI reads one kind of target in each mode and ignores the rest. */
import type { SettingName, TuningSpec } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { CniSettings, WarmVariable } from '../ipamd/warm-settings.ts';
import { effectiveVariables, targetMode, toEnv } from '../ipamd/warm-settings.ts';
import type { SettingValues } from './advice.ts';

/** `warmENI` → `WARM_ENI_TARGET`. */
export function variableOf(setting: SettingName): string {
  const [variable] = Object.keys(toEnv({ [setting]: 0 }));
  return variable ?? setting;
}

/** `{ warmENI: 'WARM_ENI_TARGET', … }`. */
export const SETTING_VARIABLES: Readonly<Record<SettingName, string>> = {
  warmENI: variableOf('warmENI'),
  warmPrefix: variableOf('warmPrefix'),
  warmIP: variableOf('warmIP'),
  minimumIP: variableOf('minimumIP'),
};

/** The pair that overrides all other targets as soon as one of the two is above 0. */
export const IP_PAIR = ['warmIP', 'minimumIP'] as const satisfies readonly SettingName[];

/** Do these values rule the pool by addresses, whatever else is set? */
export function rulesByAddresses(values: SettingValues): boolean {
  return IP_PAIR.some((name) => (values[name] ?? 0) > 0);
}

/** The values that the CNI reads: beside an IP pair nothing else, beside a pair of zeros everything else. */
export function valuesThatCount(values: SettingValues): SettingValues {
  const isPair = (name: SettingName): boolean => IP_PAIR.some((other) => other === name);
  const byAddresses = rulesByAddresses(values);
  const kept = SETTING_NAMES.filter((name) => values[name] !== undefined && isPair(name) === byAddresses);
  return Object.fromEntries(kept.map((name) => [name, values[name]]));
}

/** These values, with those that the CNI does not read beside them left as they are live: nobody need write them. */
export function withUnreadAsLive(values: SettingValues, live: SettingValues): SettingValues {
  const counted = valuesThatCount(values);
  const unread = rulesByAddresses(values) ? SETTING_NAMES.filter((name) => name in values && !(name in counted)) : [];
  return { ...values, ...Object.fromEntries(unread.map((name) => [name, live[name]])) };
}

/** What CNI settings become when these values are written. */
export function withValues(settings: CniSettings, values: SettingValues): CniSettings {
  return { ...settings, ...values };
}

/**
 * The settings among ours that a candidate may move to some effect, in the order of SETTING_NAMES: where the IP pair is
 * ours, also the targets that count once it is off.
 */
export function countingSettings(
  settings: CniSettings,
  shapes: readonly NodeShape[],
  ours: TuningSpec['settings'],
): readonly SettingName[] {
  if (ours.warmIP === undefined || shapes.length === 0) return effectiveSettings(settings, shapes, ours);
  const withoutPair = effectiveSettings({ ...settings, warmIP: 0, minimumIP: 0 }, shapes, ours);
  return [...withoutPair, ...IP_PAIR.filter((name) => ours[name] !== undefined)];
}

/** The settings among ours that the pool of at least one shape depends on now. */
export function effectiveSettings(
  settings: CniSettings,
  shapes: readonly NodeShape[],
  ours: TuningSpec['settings'],
): readonly SettingName[] {
  const variables = new Set<WarmVariable>(
    shapes.flatMap(({ prefixCapable }) => effectiveVariables(targetMode(settings, prefixCapable))),
  );
  const names: readonly string[] = [...variables];
  return SETTING_NAMES.filter((name) => ours[name] !== undefined && names.includes(variableOf(name)));
}

/** `WARM_ENI_TARGET=0, WARM_PREFIX_TARGET=1`. */
export function assignments(values: Readonly<Partial<Record<SettingName, string | number | undefined>>>): string {
  return SETTING_NAMES.filter((name) => name in values)
    .map((name) => `${variableOf(name)}${values[name] === undefined ? ' unset' : `=${values[name]}`}`)
    .join(', ');
}

export function sameValues(a: SettingValues, b: SettingValues): boolean {
  return SETTING_NAMES.every((name) => a[name] === b[name]);
}
