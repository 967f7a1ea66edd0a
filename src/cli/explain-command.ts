/** `cni-tuner explain [NAME]`. */
import type { Command } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { STATE_FLAGS, stateFrom, tuningOf } from './state-input.ts';

export const explainCommand: Command = {
  name: 'explain',
  about: 'why a CniTuning is as it is, what to do next, how to undo it',
  teaches:
    'Reads the status of a CniTuning and the cluster and tells in one page: the values, the recommendation with its numbers and its evidence, what decided, what holds it back with the exact next command, the changes so far, and how to take everything back.',
  examples: [
    { line: 'cni-tuner explain default', says: 'the whole story of the CniTuning default' },
    { line: 'cni-tuner explain -o markdown --snapshot cluster.json', says: 'to paste into a ticket' },
  ],
  flags: [...STATE_FLAGS, OUTPUT_FLAG],
  argument: { shape: 'NAME', about: 'the CniTuning; not needed where there is only one', isRequired: false },
  answer: async (given, surroundings) => {
    const state = await stateFrom(given, surroundings);
    const { name } = tuningOf(state, given.argument);
    const [{ dryPass }, { explainAnswer }] = await Promise.all([
      import('./dry-pass.ts'),
      import('./explain-answer.ts'),
    ]);
    return { kind: 'Answer', answer: explainAnswer(dryPass(state, name)) };
  },
};
