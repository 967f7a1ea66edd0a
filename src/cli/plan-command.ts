/** `cni-tuner plan [NAME]`. */
import type { Command } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { STATE_FLAGS, stateFrom, tuningOf } from './state-input.ts';

export const planCommand: Command = {
  name: 'plan',
  about: 'what the operator would do now: values, guards, rollout',
  teaches:
    "Runs one pass of the operator's own code over the cluster, or over a snapshot, and writes nothing. Shows each variable before and after, what every guard says, and which nodes a change would reach.\nThe recommendation is the operator's: as published in the status of the CniTuning, because the history behind it lives in the operator.",
  examples: [
    { line: 'cni-tuner plan', says: 'for the only CniTuning of the current cluster' },
    { line: 'cni-tuner plan default --snapshot cluster.json -o json', says: 'from a file, for a program' },
  ],
  flags: [...STATE_FLAGS, OUTPUT_FLAG],
  argument: { shape: 'NAME', about: 'the CniTuning; not needed where there is only one', isRequired: false },
  answer: async (given, surroundings) => {
    const state = await stateFrom(given, surroundings);
    const { name } = tuningOf(state, given.argument);
    const [{ dryPass }, { planAnswer }] = await Promise.all([import('./dry-pass.ts'), import('./plan-answer.ts')]);
    return { kind: 'Answer', answer: planAnswer(dryPass(state, name)) };
  },
};
