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

/** What CNI settings become when these values are written. */
export function withValues(settings: CniSettings, values: SettingValues): CniSettings {
  return { ...settings, ...values };
}

/** The settings among ours that the pool of at least one shape depends on, in the order of SETTING_NAMES. */
export function countingSettings(
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
