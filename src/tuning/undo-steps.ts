/** One variable of a change that is to be undone: what it was, what it is, and whose. */
import { FIELD_MANAGER } from '../api/cnituning.ts';
import type { SettingName } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Original } from './advice.ts';
import { variableOf } from './counting-settings.ts';
import type { LiveSettings } from './live-settings.ts';

export type UndoStep = {
  readonly setting: SettingName;
  /** As the change wrote it. */
  readonly undone: string | undefined;
  /** As it was before; undefined: there was no such entry. */
  readonly back: string | undefined;
  /** Present where `back` is what stood before our first write: then its owner gets it back, too. */
  readonly original: Original | undefined;
  /** `Back`: it is as before. `Ours`: it can go back. `Foreign`: somebody else has changed it. */
  readonly state: 'Back' | 'Ours' | 'Foreign';
  /** Who owns the value now. */
  readonly owners: readonly string[];
};

export type UndoTexts = {
  /** `WARM_ENI_TARGET=0, WARM_PREFIX_TARGET unset`, as changes are recorded. */
  readonly undone: string;
  readonly back: string;
  readonly live: LiveSettings;
  readonly originals: readonly Original[];
};

export function undoSteps({ undone, back, live, originals }: UndoTexts): readonly UndoStep[] {
  const [written, before] = [textsIn(undone), textsIn(back)];
  return SETTING_NAMES.filter((setting) => setting in written && setting in before).map((setting) => {
    const entry = live.entries[setting];
    const original = originals.find((each) => each.setting === setting && isText(before[setting], textOf(each)));
    const text = original === undefined ? before[setting] : textOf(original);
    const owners = [...new Set((entry?.valueOwners ?? []).map(({ manager }) => manager))];
    const isOurs = owners.length > 0 && owners.every((manager) => manager === FIELD_MANAGER);
    const state = entry?.value === text ? 'Back' : isOurs ? 'Ours' : 'Foreign';
    return { setting, undone: written[setting], back: text, original, state, owners };
  });
}

type Texts = Readonly<Partial<Record<SettingName, string | undefined>>>;

/** `WARM_ENI_TARGET=0, WARM_IP_TARGET unset` by setting. A value may hold a comma itself. */
export function textsIn(recorded: string): Texts {
  const parts = recorded.split(/, (?=[A-Z_]+(?:=| unset))/);
  const texts: Partial<Record<SettingName, string | undefined>> = {};
  for (const setting of SETTING_NAMES) {
    const variable = variableOf(setting);
    const part = parts.find((each) => each === `${variable} unset` || each.startsWith(`${variable}=`));
    if (part !== undefined) texts[setting] = part.includes('=') ? part.slice(variable.length + 1) : undefined;
  }
  return texts;
}

function textOf({ state, value }: Original): string | undefined {
  return state === 'value' ? value : undefined;
}

/** The record of a change may have been cut. */
function isText(recorded: string | undefined, text: string | undefined): boolean {
  if (recorded?.endsWith('…') === true) return text?.startsWith(recorded.slice(0, -1)) === true;
  return recorded === text;
}

/** `WARM_ENI_TARGET goes back from 0 to 1, which eks had set before cni-tuner's first write.` */
export function stepSentence({ setting, undone = 'unset', back, original }: UndoStep): string {
  const first = `before cni-tuner's first write`;
  const owners = [...new Set(original?.owners.map(({ manager }) => manager) ?? [])].join(' and ');
  const whose =
    original === undefined
      ? 'which cni-tuner had written before'
      : owners === ''
        ? `as it was ${first}`
        : `which ${owners} had set ${first}`;
  return `${variableOf(setting)} goes back from ${undone} to ${back ?? 'unset'}, ${whose}.`;
}
