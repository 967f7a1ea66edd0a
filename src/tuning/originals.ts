/** What the DaemonSet held before our first write, as recorded in its annotation. */
import { FIELD_MANAGER } from '../api/cnituning.ts';
import { fieldsOf, oneOf, stringOf, Unreadable } from '../api/fields.ts';
import type { SettingName } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Original, SettingValues } from './advice.ts';
import type { LiveSettings } from './live-settings.ts';
import { originalOf } from './live-settings.ts';
import type { FieldOwner } from './snapshot.ts';

/** An annotation that somebody has damaged records nothing: then nothing is given back. */
export function parseOriginals(text: string | undefined): readonly Original[] {
  if (text === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.map((item, index) => readOriginal(item, `originals[${index}]`)) : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Unreadable) return [];
    throw error;
  }
}

function readOriginal(item: unknown, path: string): Original {
  const fields = fieldsOf(item, path);
  const owners: unknown = fields['owners'];
  return {
    setting: oneOf<SettingName>(fields['setting'], `${path}.setting`, SETTING_NAMES),
    state: oneOf(fields['state'], `${path}.state`, ['absent', 'value']),
    value: stringOf(fields['value'], `${path}.value`),
    owners: Array.isArray(owners) ? owners.map((owner) => readOwner(owner, `${path}.owners`)) : [],
  };
}

function readOwner(item: unknown, path: string): FieldOwner {
  const fields = fieldsOf(item, path);
  return {
    manager: stringOf(fields['manager'], `${path}.manager`),
    operation: oneOf(fields['operation'], `${path}.operation`, ['Apply', 'Update']),
  };
}

/** What was recorded first stays; a setting that is written for the first time is recorded as it stands now. */
export function originalsBefore(
  recorded: readonly Original[],
  live: LiveSettings,
  values: SettingValues,
): readonly Original[] {
  return SETTING_NAMES.flatMap((setting) => {
    const known = recorded.find((original) => original.setting === setting);
    if (known !== undefined) return [known];
    return values[setting] === undefined ? [] : [originalOf(setting, live.entries[setting])];
  });
}

/** The values of the entries that we own now: an apply that leaves one out would release it. */
export function ownedValues(live: LiveSettings): SettingValues {
  const owned = SETTING_NAMES.filter((setting) =>
    live.entries[setting]?.valueOwners.some(
      ({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply',
    ),
  );
  return Object.fromEntries(owned.map((setting) => [setting, live.settings[setting]]));
}
