/** `cni-tuner undo [NAME]`. */
import { parseDurationMs } from '../api/quantities.ts';
import type { Command, Given } from './command.ts';
import { WrongInput } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { KUBECONFIG_FLAG, kubeconfigOf } from './state-input.ts';

export const undoCommand: Command = {
  name: 'undo',
  about: 'takes the last change of the DaemonSet back, once and for now',
  teaches:
    'Asks the operator to give back what the DaemonSet had before the last change, and waits until it has. Says first which variable goes back from what to what, and whose value that is; on a terminal it asks before it does anything. The request is an annotation (cnituning.dev/rollback) on the CniTuning, so that you need no right to write to the DaemonSet.\nIt is carried out whatever the mode, also while suspended and while a rollout is under way. The value that was undone is not written again until you remove the annotation; other values are. To give every variable back as it was before the first change, delete the CniTuning.\nExit code 1: nothing was undone, and why.',
  examples: [
    { line: 'cni-tuner undo default', says: 'says what it will do, and asks' },
    { line: 'cni-tuner undo default --yes', says: 'does it, for a script' },
    {
      line: 'kubectl annotate cnit default cnituning.dev/rollback-',
      says: 'allows the undone value again; withdraws a request that nobody has handled yet',
    },
  ],
  flags: [
    KUBECONFIG_FLAG,
    { name: 'yes', shape: '', fallback: '', about: 'Do not ask. Needed where there is no terminal to ask on.' },
    {
      name: 'timeout',
      shape: 'DURATION',
      fallback: '2m',
      about: 'How long to wait for the operator. The request stands after that, too.',
    },
    OUTPUT_FLAG,
  ],
  argument: { shape: 'NAME', about: 'the CniTuning; not needed where there is only one', isRequired: false },
  answer: async (given, surroundings) => {
    const timeoutMs = timeoutOf(given);
    const [{ atDesk }, { undoByRequest }] = await Promise.all([import('./live-desk.ts'), import('./undo-request.ts')]);
    const asking = { name: given.argument, isConfirmed: given.isOn('yes'), timeoutMs, surroundings };
    return await atDesk(kubeconfigOf(given, surroundings.env), async (desk) => await undoByRequest(desk, asking));
  },
};

function timeoutOf(given: Given): number {
  const text = given.text('timeout');
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  throw new WrongInput(`--timeout is "${text}"; it must be a duration such as 30s or 2m.`);
}
