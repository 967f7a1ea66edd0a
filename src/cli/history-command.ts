/** `cni-tuner history [NAME]`. */
import type { Command } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { STATE_FLAGS, stateFrom, tuningOf } from './state-input.ts';

export const historyCommand: Command = {
  name: 'history',
  about: 'the last changes that the operator made, and why',
  teaches:
    'Lists the last ten changes of the DaemonSet, newest first, as the status of the CniTuning keeps them: what was written, why, and whether it reached every node.',
  examples: [{ line: 'cni-tuner history default -o wide', says: 'with the reasons' }],
  flags: [...STATE_FLAGS, OUTPUT_FLAG],
  argument: { shape: 'NAME', about: 'the CniTuning; not needed where there is only one', isRequired: false },
  answer: async (given, surroundings) => {
    const { name, status } = tuningOf(await stateFrom(given, surroundings), given.argument);
    const changes = status?.changes ?? [];
    const rows = changes.map(({ time, from, to, result, because }) => ({ time, from, to, result, because }));
    const columns = [
      { key: 'time', title: 'TIME' },
      { key: 'from', title: 'FROM' },
      { key: 'to', title: 'TO' },
      { key: 'result', title: 'RESULT' },
      { key: 'because', title: 'BECAUSE', wideOnly: true },
    ];
    const table = { kind: 'Table', title: '', columns, rows } as const;
    const none = { kind: 'Paragraph', text: `The operator has changed nothing for ${name} yet.` } as const;
    return {
      kind: 'Answer',
      answer: { value: { tuning: name, changes }, sections: [rows.length === 0 ? none : table] },
    };
  },
};
