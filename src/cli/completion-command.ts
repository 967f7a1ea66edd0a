/** `cni-tuner completion bash|zsh|fish`. */
import type { Command } from './command.ts';
import { WrongInput } from './command.ts';
import type { Completable } from './completion.ts';
import { completionScript, SHELLS } from './completion.ts';

/** `commands` is asked when the script is made: the table holds this command too. */
export function completionCommand(commands: () => readonly Completable[]): Command {
  return {
    name: 'completion',
    about: 'a script that completes commands and flags in your shell',
    teaches:
      'Prints a script for your shell, made of the same table that reads the flags. Put its loading into the start file of the shell.',
    examples: [
      {
        line: 'source <(cni-tuner completion bash)',
        says: 'completes in this shell; put the line into ~/.bashrc to keep it',
      },
      {
        line: 'cni-tuner completion fish > ~/.config/fish/completions/cni-tuner.fish',
        says: 'completes in every fish',
      },
    ],
    flags: [],
    argument: { shape: 'SHELL', about: `one of ${SHELLS.join(', ')}`, isRequired: true },
    answer: ({ argument }) => {
      const shell = SHELLS.find((known) => known === argument);
      if (shell === undefined)
        throw new WrongInput(`There is no script for "${argument}"; the shells are ${SHELLS.join(', ')}.`);
      return Promise.resolve({ kind: 'Text', text: completionScript(shell, commands()) });
    },
  };
}
