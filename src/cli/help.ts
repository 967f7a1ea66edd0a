/** What --help prints, from the command table. */
import type { Command, Flag } from './command.ts';
import { wrapped } from './output/table-text.ts';

const WIDTH = 80;
const INDENT = '      ';

export const EXIT_CODES_TEXT =
  'Exit codes: 0 done; 1 the answer is no, or could not be had (one sentence on stderr says why); 2 wrong input.';

export function overviewText(commands: readonly Pick<Command, 'name' | 'about'>[]): string {
  const lines = commands.map(({ name, about }) => `  ${name.padEnd(11)} ${about}`);
  return [
    'cni-tuner tunes the warm pools of the Amazon VPC CNI.',
    'usage: cni-tuner <command> [flags]        (also: kubectl cni-tuner <command>)',
    lines.join('\n'),
    '`cni-tuner <command> --help` explains a command; `cni-tuner --version` says\nwhich version this is.',
    wrapped(EXIT_CODES_TEXT, WIDTH).join('\n'),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

export function commandText(command: Command): string {
  const { name, about, teaches, examples, flags, argument } = command;
  const usage = `usage: cni-tuner ${name}${argument === undefined ? '' : ` ${argumentText(argument)}`}${flags.length === 0 ? '' : ' [flags]'}`;
  const parts = [
    wrapped(`cni-tuner ${name}: ${about}`, WIDTH).join('\n'),
    usage,
    wrapped(teaches, WIDTH).join('\n'),
    ...(argument === undefined ? [] : [`  ${argument.shape}\n${indented(argument.about)}`]),
    ...(flags.length === 0 ? [] : [`flags:\n${flags.map(flagText).join('\n')}`]),
    ...(examples.length === 0
      ? []
      : [`examples:\n${examples.map(({ line, says }) => `${exampleLine(line)}\n${indented(says)}`).join('\n')}`]),
    wrapped(EXIT_CODES_TEXT, WIDTH).join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function argumentText({ shape, isRequired }: NonNullable<Command['argument']>): string {
  return isRequired ? shape : `[${shape}]`;
}

export function flagSpelling({ name, shape }: Flag): string {
  return `${name === 'output' ? '-o, ' : ''}--${name}${shape === '' ? '' : ` ${shape}`}`;
}

function flagText(flag: Flag): string {
  const choices = flag.choices === undefined ? '' : ` One of ${flag.choices.join(', ')}.`;
  const fallback = flag.fallback === '' ? '' : ` Default ${flag.fallback}.`;
  return `  ${flagSpelling(flag)}\n${indented(`${flag.about}${choices}${fallback}`)}`;
}

/** A long line goes on after a backslash, so that it can still be copied. */
function exampleLine(line: string): string {
  return `  ${wrapped(line, WIDTH - INDENT.length - ' \\'.length).join(` \\\n${INDENT}`)}`;
}

function indented(text: string): string {
  return wrapped(text, WIDTH - INDENT.length)
    .map((line) => `${INDENT}${line}`)
    .join('\n');
}
