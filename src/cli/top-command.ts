/** `cni-tuner top subnets|nodes|types`. */
import type { Command } from './command.ts';
import { WrongInput } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { STATE_FLAGS, stateFrom } from './state-input.ts';

const KINDS = ['subnets', 'nodes', 'types'] as const;

export const topCommand: Command = {
  name: 'top',
  about: 'who holds the addresses: by subnet, node or instance type',
  teaches:
    "Lists what takes the addresses now, the scarcest or the largest first. HELD counts every address of every interface and 16 per prefix; USED are pods that need an address; IDLE is the difference. What EC2 alone knows is '-' where it cannot be read.",
  examples: [
    { line: 'cni-tuner top subnets', says: 'which subnet runs out first, and who fills it' },
    { line: 'cni-tuner top nodes -o csv > nodes.csv', says: 'every node, for a spreadsheet' },
  ],
  flags: [...STATE_FLAGS, OUTPUT_FLAG],
  argument: { shape: 'WHAT', about: `one of ${KINDS.join(', ')}`, isRequired: true },
  answer: async (given, surroundings) => {
    const kind = KINDS.find((known) => known === given.argument);
    if (kind === undefined)
      throw new WrongInput(`"${given.argument}" cannot be listed; it must be one of ${KINDS.join(', ')}.`);
    const state = await stateFrom(given, surroundings);
    const { topAnswer } = await import('./top-answer.ts');
    return { kind: 'Answer', answer: topAnswer(state, kind) };
  },
};
