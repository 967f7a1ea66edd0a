/**
 * What a request to undo comes to. It is decided from the record of the last change and of what was there before our
 * first write. Two passes: the first puts on record what is to go back, the second writes it, so that a crash between
 * any two steps is continued and no request is carried out twice.
 */
import type { ChangeStatus, RollbackStatus } from '../api/cnituning.generated.ts';
import { clipped } from '../api/clipped.ts';
import type { SettingName } from '../api/tuning-spec.ts';
import type { Original, SettingValues, Undo } from './advice.ts';
import { assignments, variableOf } from './counting-settings.ts';
import type { LiveSettings } from './live-settings.ts';
import { refusalAfterTexts } from './live-settings.ts';
import { ownedValues } from './originals.ts';
import { listed } from './recommend/wording.ts';
import type { DaemonSetView } from './snapshot.ts';
import type { UndoStep } from './undo-steps.ts';
import { stepSentence, undoSteps } from './undo-steps.ts';

/** What the schema allows. */
const MOST_TOKEN = 256;
const MOST_MESSAGE = 1_024;

export type UndoSeen = {
  /** The value of the annotation; empty and undefined: nobody asks. */
  readonly token: string | undefined;
  readonly lastHandled: string | undefined;
  /** What is on record of a request, this one or an earlier one. */
  readonly noted: RollbackStatus | undefined;
  /** Newest first. */
  readonly changes: readonly ChangeStatus[];
  /** Why nothing of this DaemonSet may be written at all, as a sentence. */
  readonly forbidden: string | undefined;
  readonly daemonSet: DaemonSetView | undefined;
  readonly live: LiveSettings | undefined;
  readonly originals: readonly Original[];
};

/** Undefined: nobody asks, or it is done. */
export function undoOf(seen: UndoSeen): Undo | undefined {
  const token = clipped(seen.token ?? '', MOST_TOKEN);
  if (token === '' || token === seen.lastHandled) return undefined;
  const { daemonSet, live, forbidden } = seen;
  if (forbidden !== undefined) return nothing(token, forbidden);
  if (daemonSet === undefined || live === undefined) return nothing(token, 'there is no such DaemonSet or container.');
  const ready = { ...seen, token, daemonSet, live };
  return seen.noted?.token === token ? carriedOut(ready, seen.noted) : asked(ready);
}

/** Is there a request that was put on record and not yet carried out? */
export function isUndoUnderWay(
  status: { readonly rollback?: RollbackStatus; readonly lastHandledRollback?: string } | undefined,
): boolean {
  return status?.rollback !== undefined && status.rollback.token !== status.lastHandledRollback;
}

type Ready = UndoSeen & {
  readonly token: string;
  readonly daemonSet: DaemonSetView;
  readonly live: LiveSettings;
};

/** The first pass: is there anything to undo? */
function asked(seen: Ready): Undo {
  const { token, changes } = seen;
  const [last, before] = changes;
  if (last === undefined) return nothing(token, 'cni-tuner has written nothing yet.');
  if (before?.result === 'Undone') {
    const say =
      `the last change, at ${last.time}, was itself an undo. Deleting the CniTuning gives every variable back as it was ` +
      `before cni-tuner's first write.`;
    return nothing(token, say);
  }
  const steps = undoSteps({ ...seen, undone: last.to, back: last.from });
  const refused = refusalOf(seen, steps);
  if (refused !== undefined) return refused;
  const texts = textsOf(steps);
  if (steps.some(({ state }) => state === 'Ours')) return { ...common(token, steps), way: 'Note', ...texts };
  return { kind: 'Undo', token, way: 'Answer', ...texts, message: `Nothing to write: ${texts.back} stands already.` };
}

/** A later pass: goes by what was put on record, whatever has happened since. */
function carriedOut(seen: Ready, { undone = '', back = '' }: RollbackStatus): Undo {
  const { token, live, originals } = seen;
  const steps = undoSteps({ ...seen, undone, back });
  const refused = refusalOf(seen, steps);
  if (refused !== undefined) return refused;
  const all = { ...common(token, steps), ...textsOf(steps) };
  const open = steps.filter(({ state }) => state !== 'Foreign');
  const given = open.flatMap(({ original }) => original ?? []);
  // What is back and still recorded is not handed over yet: a process may have ended in between.
  if (given.length === open.length) return { ...all, way: 'Restore', originals: given };
  if (open.every(({ state }) => state === 'Back')) return { ...all, way: 'Record' };
  const gone = new Set(open.flatMap(({ setting, back: text }) => (text === undefined ? [setting] : [])));
  const values = { ...ownedValues(live), ...numbersOf(open) };
  return {
    ...all,
    way: 'Apply',
    values: Object.fromEntries(Object.entries(values).filter(([setting]) => !isOf(gone, setting))),
    originals: originals.filter(({ setting }) => !gone.has(setting)),
  };
}

function isOf(settings: ReadonlySet<string>, setting: string): boolean {
  return settings.has(setting);
}

/** One apply can write numbers only. */
function numbersOf(steps: readonly UndoStep[]): SettingValues {
  return Object.fromEntries(
    steps.flatMap(({ setting, back }) => (isNumber(back) ? [[setting, Number(back)] as const] : [])),
  );
}

function isNumber(text: string | undefined): boolean {
  return /^\d{1,9}$/.test(text ?? '');
}

/** Why none of it goes back; undefined when some does, or is back already. */
function refusalOf({ token, daemonSet }: Ready, steps: readonly UndoStep[]): Undo | undefined {
  const open = steps.filter(({ state }) => state !== 'Foreign');
  if (open.length === 0) {
    const owned = steps.map(({ setting, owners }) => `${variableOf(setting)} (${owners.join(', ') || 'nobody'})`);
    return nothing(token, `what the last change wrote is not cni-tuner's any more: ${listed(owned)} owns it now.`);
  }
  const mixed = open.filter(({ original }) => original === undefined).length > 0;
  const text = open.find(({ back }) => mixed && back !== undefined && !isNumber(back));
  if (text !== undefined) {
    const say = `${variableOf(text.setting)} was "${text.back}", which goes back only when the CniTuning is deleted.`;
    return nothing(token, say);
  }
  const after: Partial<Record<SettingName, string | undefined>> = {};
  for (const { setting, back } of open) after[setting] = back;
  const refusal = refusalAfterTexts(daemonSet, after);
  return refusal === undefined
    ? undefined
    : nothing(token, `with ${assignments(after)} the CNI would not start: ${refusal}`);
}

/** The texts as status and history show them. */
function textsOf(steps: readonly UndoStep[]): { readonly undone: string; readonly back: string } {
  const open = steps.filter(({ state }) => state !== 'Foreign');
  const text = (of: (step: UndoStep) => string | undefined): string =>
    clipped(assignments(Object.fromEntries(open.map((step) => [step.setting, of(step)]))), 512);
  return { undone: text(({ undone }) => undone), back: text(({ back }) => back) };
}

function common(token: string, steps: readonly UndoStep[]): Pick<Undo, 'kind' | 'token' | 'message'> {
  const left = steps.filter(({ state }) => state === 'Foreign').map(({ setting }) => variableOf(setting));
  const others = left.length === 0 ? '' : ` Left alone, since somebody else has changed it: ${listed(left)}.`;
  const going = steps.filter(({ state }) => state !== 'Foreign').map(stepSentence);
  return { kind: 'Undo', token, message: clipped(`${going.join(' ')}${others}`, MOST_MESSAGE) };
}

function nothing(token: string, because: string): Undo {
  const message = clipped(`Nothing was undone: ${because}`, MOST_MESSAGE);
  return { kind: 'Undo', token, way: 'Answer', undone: '', back: '', message };
}
