/** docs/reference/cli.md: every command, from the table that parses, teaches and completes it. */
import manifest from '../../package.json' with { type: 'json' };
import type { Command } from '../../src/cli/command.ts';
import { allCommands, COMMANDS } from '../../src/cli/commands.ts';
import { EXIT_CODES_TEXT, flagSpelling } from '../../src/cli/help.ts';
import { projectOf } from './addresses.ts';

export function cliPage(): string {
  const list = allCommands().map(({ name, about }) => `| [\`${name}\`](#${name}) | ${about} |`);
  return [
    '# The command line\n',
    'Generated from `src/cli/commands.ts` by `npm run generate`; never edited.\n',
    '`cni-tuner <command> [flags]`, or `kubectl cni-tuner <command> [flags]` with `kubectl-cni_tuner` on the PATH.\n',
    `From a checkout it is \`npx cni-tuner\`. Every release carries it as a plugin for [krew](https://krew.sigs.k8s.io), which needs Node.js 24 on the PATH: \`kubectl krew install --manifest-url https://github.com/${projectOf(manifest.repository)}/releases/latest/download/cni-tuner.yaml\`.\n`,
    `${EXIT_CODES_TEXT}\n`,
    'Answers go to stdout; progress, on a terminal only, and trouble go to stderr. Colour only on a terminal, and never with `NO_COLOR` set.\n',
    `| command | what it answers |\n|---|---|\n${list.join('\n')}\n`,
    '## run\n',
    'The operator. Its flags are in [flags.md](flags.md).\n',
    ...COMMANDS.map(commandSection),
  ].join('\n');
}

function commandSection({ name, about, teaches, examples, flags, argument }: Command): string {
  const usage = argument === undefined ? '' : ` ${argument.isRequired ? argument.shape : `[${argument.shape}]`}`;
  const rows = flags.map((flag) => {
    const choices =
      flag.choices === undefined ? '' : ` One of ${flag.choices.map((each) => `\`${each}\``).join(', ')}.`;
    return `| \`${flagSpelling(flag)}\` | ${flag.fallback === '' ? '' : `\`${flag.fallback}\``} | ${flag.about}${choices} |`;
  });
  return [
    `## ${name}\n`,
    `\`cni-tuner ${name}${usage}\`: ${about}.\n`,
    `${teaches}\n`,
    ...(argument === undefined ? [] : [`\`${argument.shape}\`: ${argument.about}\n`]),
    ...(rows.length === 0 ? [] : [`| flag | default | what it does |\n|---|---|---|\n${rows.join('\n')}\n`]),
    ...examples.map(({ line, says }) => `\`\`\`sh\n${line}   # ${says}\n\`\`\`\n`),
  ].join('\n');
}
