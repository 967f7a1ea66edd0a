/** What came of a request to undo, for people and programs. */
import { ROLLBACK_ANNOTATION } from '../api/cnituning.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { TuningObject } from '../reconcile/ports.ts';
import { variableOf } from '../tuning/counting-settings.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import type { DaemonSetView } from '../tuning/snapshot.ts';
import { textsIn } from '../tuning/undo-steps.ts';
import type { Answered } from './command.ts';
import { EXIT } from './command.ts';
import type { Section } from './output.ts';

/** Nothing was asked for, as nothing would have come of it. */
export function nothingUndone(tuning: string, message = 'Nothing was undone.'): Answered {
  const value = { tuning, isUndone: false, message };
  const sections = [{ kind: 'Paragraph', text: `${tuning}: ${message}` } as const];
  return { kind: 'Answer', exitCode: EXIT.failed, answer: { value, sections } };
}

export function undoneAnswer(object: TuningObject, daemonSet: DaemonSetView | undefined, token: string): Answered {
  const { name, status } = object;
  const { undone = '', back = '', message = '' } = status?.rollback ?? {};
  const variables = variablesOf(daemonSet);
  const wanted = textsIn(back);
  const asked = variables.filter(({ setting }) => setting in wanted);
  const isUndone = asked.length > 0 && asked.every(({ setting, value }) => value === wanted[setting]);
  const rows = asked.map(({ variable, value, owner }) => ({ variable, value: value ?? 'unset', owner }));
  const columns = [
    { key: 'variable', title: 'VARIABLE' },
    { key: 'value', title: 'VALUE NOW' },
    { key: 'owner', title: 'OWNER' },
  ];
  const allow = `kubectl annotate cnit ${name} ${ROLLBACK_ANNOTATION}-`;
  const sections: readonly Section[] = [
    { kind: 'Paragraph', text: `${name}: ${isUndone ? 'Undone. ' : ''}${message}` },
    { kind: 'Table', title: '', columns, rows },
    ...(undone === '' ? [] : [paragraph(`cni-tuner does not write ${undone} again. To allow it:`)]),
    ...(undone === '' ? [] : [{ kind: 'Paragraph', isVerbatim: true, text: `  ${allow}` } as const]),
  ];
  const value = { tuning: name, token, isUndone, undone, back, message, variables: rows, allowAgain: allow };
  return { kind: 'Answer', exitCode: isUndone ? EXIT.done : EXIT.failed, answer: { value, sections } };
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}

function variablesOf(daemonSet: DaemonSetView | undefined) {
  const live = daemonSet?.containerFound === true ? liveSettingsOf(daemonSet) : undefined;
  return SETTING_NAMES.map((setting) => {
    const entry = live?.entries[setting];
    const owner = entry?.valueOwners.map(({ manager }) => manager).join(', ');
    return { setting, variable: variableOf(setting), value: entry?.value, owner };
  });
}
