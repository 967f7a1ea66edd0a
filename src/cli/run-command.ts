/** From a command and its arguments to what is printed and the exit code. */
import { parseArguments } from './arguments.ts';
import type { Command, Surroundings } from './command.ts';
import { CannotAnswer, EXIT, WrongInput } from './command.ts';
import { commandText } from './help.ts';
import { OUTPUT_FLAG, outputFormat } from './output-flag.ts';
import type { OutputFormat } from './output.ts';
import { render } from './output.ts';

export type Printed = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** What the standard output is. */
export type Screen = { readonly isTerminal: boolean; readonly columns: number | undefined };

const NARROW = 80;

/** Expected trouble is in `stderr`, one sentence; anything else is a bug and is thrown. */
export async function runCommand(
  command: Command,
  argv: readonly string[],
  surroundings: Surroundings,
  screen: Screen,
): Promise<Printed> {
  if (argv.includes('--help') || argv.includes('-h')) return printed(EXIT.done, commandText(command));
  try {
    const given = parseArguments(command, argv);
    const hasFormat = command.flags.some(({ name }) => name === OUTPUT_FLAG.name);
    const format = hasFormat ? outputFormat(given) : 'table';
    const answered = await command.answer(given, surroundings);
    const text = answered.kind === 'Text' ? answered.text : render(answered.answer, look(format, surroundings, screen));
    return printed(answered.exitCode ?? EXIT.done, text);
  } catch (error) {
    if (error instanceof WrongInput) return refused(EXIT.wrongInput, command, error);
    if (error instanceof CannotAnswer) return refused(EXIT.failed, command, error);
    throw error;
  }
}

/** Colour only on a terminal, and not with NO_COLOR set to anything (no-color.org). */
function look(format: OutputFormat, { env }: Surroundings, { isTerminal, columns }: Screen) {
  const hasColour = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return { format, hasColour, width: isTerminal ? Math.max(40, columns ?? NARROW) : NARROW };
}

function printed(exitCode: number, stdout: string): Printed {
  return { exitCode, stdout, stderr: '' };
}

function refused(exitCode: number, { name }: Command, { message }: Error): Printed {
  return { exitCode, stdout: '', stderr: `cni-tuner ${name}: ${message}\n` };
}
