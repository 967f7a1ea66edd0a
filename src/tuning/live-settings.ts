/** The environment of the container as it stands, and what the CNI makes of it. */
import type { SettingName } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { CniSettings, EnvProblem } from '../ipamd/warm-settings.ts';
import { fromEnv, toEnv } from '../ipamd/warm-settings.ts';
import type { Original, SettingValues } from './advice.ts';
import { IP_PAIR, SETTING_VARIABLES, variableOf } from './counting-settings.ts';
import type { DaemonSetView, EnvEntryView } from './snapshot.ts';

export type LiveSettings = {
  /** As the CNI reads it. */
  readonly settings: CniSettings;
  /** What the CNI reads differently from what is written. */
  readonly problems: readonly EnvProblem[];
  /** Why the container would exit with this environment; undefined when it starts. */
  readonly refusal: string | undefined;
  /** The entry of each setting; undefined when there is none. */
  readonly entries: Readonly<Record<SettingName, EnvEntryView | undefined>>;
};

/** Kubernetes gives a container the last of two entries with one name. */
export function envOf(daemonSet: DaemonSetView): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(daemonSet.env.map(({ name, value }) => [name, value]));
}

export function liveSettingsOf(daemonSet: DaemonSetView): LiveSettings {
  const { settings, problems, refusal } = fromEnv(envOf(daemonSet));
  return { settings, problems, refusal, entries: entriesOf(daemonSet) };
}

function entriesOf(daemonSet: DaemonSetView): LiveSettings['entries'] {
  const entryOf = (setting: SettingName): EnvEntryView | undefined =>
    daemonSet.env.findLast(({ name }) => name === variableOf(setting));
  return {
    warmENI: entryOf('warmENI'),
    warmPrefix: entryOf('warmPrefix'),
    warmIP: entryOf('warmIP'),
    minimumIP: entryOf('minimumIP'),
  };
}

/** The values the CNI uses for these settings now. */
export function liveValues(live: LiveSettings, settings: readonly SettingName[]): SettingValues {
  return Object.fromEntries(settings.map((name) => [name, live.settings[name]]));
}

/** The text of these settings' entries now, as a change starts from it. */
export function liveTexts(
  live: LiveSettings,
  settings: readonly SettingName[],
): Readonly<Partial<Record<SettingName, string | undefined>>> {
  return Object.fromEntries(settings.map((name) => [name, live.entries[name]?.value]));
}

/** What an entry holds before our first write, to be given back later. */
export function originalOf(setting: SettingName, entry: EnvEntryView | undefined): Original {
  if (entry?.value === undefined) return { setting, state: 'absent', value: '', owners: entry?.valueOwners ?? [] };
  return { setting, state: 'value', value: entry.value, owners: entry.valueOwners };
}

/** Why the container would exit if these values were written; undefined when it would start. */
export function refusalAfterChange(daemonSet: DaemonSetView, values: SettingValues): string | undefined {
  const { settings, refusal } = fromEnv({ ...envOf(daemonSet), ...toEnv(values) });
  return refusal ?? minimumAlone(settings);
}

/** With a minimum and no warm addresses the CNI starts, and stops growing the pool once the minimum is reached. */
function minimumAlone({ warmIP, minimumIP }: CniSettings): string | undefined {
  if (warmIP > 0 || minimumIP === 0) return undefined;
  const { warmIP: warm, minimumIP: minimum } = SETTING_VARIABLES;
  return `${minimum}=${minimumIP} without ${warm} stops the growth of the pool.`;
}

/** Why the container would exit if the originals were given back; undefined when it would start. */
export function refusalAfterRestore(daemonSet: DaemonSetView, originals: readonly Original[]): string | undefined {
  const env = originals.map(({ setting, state, value }) => [
    variableOf(setting),
    state === 'value' ? value : undefined,
  ]);
  return fromEnv({ ...envOf(daemonSet), ...Object.fromEntries(env) }).refusal;
}

/** Why the container would exit, or its pool stop growing, with these texts in the entries; undefined when not so. */
export function refusalAfterTexts(
  daemonSet: DaemonSetView,
  texts: Readonly<Partial<Record<SettingName, string | undefined>>>,
): string | undefined {
  const env = SETTING_NAMES.filter((name) => name in texts).map((name) => [variableOf(name), texts[name]]);
  const { settings, refusal } = fromEnv({ ...envOf(daemonSet), ...Object.fromEntries(env) });
  return refusal ?? minimumAlone(settings);
}

/** The settings whose entry is written differently from these values; of the IP pair both, or none. */
export function settingsToWrite(live: LiveSettings, values: SettingValues): readonly SettingName[] {
  const differs = (name: SettingName): boolean => values[name] !== undefined && live.settings[name] !== values[name];
  const pair = IP_PAIR.some(differs) ? IP_PAIR.filter((name) => values[name] !== undefined) : [];
  return SETTING_NAMES.filter((name) => differs(name) || pair.some((other) => other === name));
}
