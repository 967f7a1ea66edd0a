/** Commands that the demo runs before the reader's eyes, with what they print. */
import type { ControlPlane } from '../testbed/control-plane/control-plane.ts';
import { wordsOf } from './cni-tuning.ts';
import type { Terminal } from './terminal.ts';

/** Prints the command, runs it, prints its output. Throws with kubectl's words when it fails. */
export async function kubectlShown(
  terminal: Terminal,
  plane: ControlPlane,
  argv: readonly string[],
  { input, quiet = false }: { readonly input?: string; readonly quiet?: boolean } = {},
): Promise<void> {
  terminal.command(`kubectl ${argv.join(' ')}`);
  // The file on the command line is given on standard input: it may not lie in the working directory.
  const given = input === undefined ? argv : argv.map((word, at) => (argv[at - 1] === '-f' ? '-' : word));
  await run(terminal, plane, { argv: given, input, quiet });
}

/** The same for a command as a person would type it. */
export async function shown(terminal: Terminal, plane: ControlPlane, command: string): Promise<void> {
  terminal.command(command);
  await run(terminal, plane, { argv: wordsOf(command).slice(1), input: undefined, quiet: false });
}

async function run(
  terminal: Terminal,
  plane: ControlPlane,
  command: { readonly argv: readonly string[]; readonly input: string | undefined; readonly quiet: boolean },
): Promise<void> {
  const { argv, input, quiet } = command;
  const { stdout, stderr, exitCode } = await plane.kubectl(argv, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`kubectl ${argv.join(' ')} failed: ${stderr.trim()}`);
  if (!quiet) terminal.output(stdout.trimEnd().split('\n'));
}
