/** The command line. A command's heavy code is loaded only when it is called. */
import { VERSION } from '../controller/version.ts';
import { EXIT } from './command.ts';
import { allCommands, COMMANDS, RUN_COMMAND } from './commands.ts';
import { endOnSignals } from './first-process.ts';
import { overviewText } from './help.ts';
import { progressOn } from './progress.ts';
import { runCommand } from './run-command.ts';

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === '--version') return say(`${VERSION}\n`);
  if (name === '--help' || name === '-h' || name === 'help') return say(overviewText(allCommands()));
  if (name === undefined) return await refuse(overviewText(allCommands()));
  if (name === RUN_COMMAND.name) return await (await import('../controller/run.ts')).runOperator(argv, process.env);
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return await refuse(`There is no command "${name}"; \`cni-tuner --help\` lists them.\n`);
  const { stdout, stderr } = process;
  const write = (text: string): void => void stderr.write(text);
  const progress = progressOn({ isTerminal: stderr.isTTY, nowMs: Date.now, write });
  const isAnswered = process.stdin.isTTY && stderr.isTTY;
  const surroundings = { env: process.env, nowMs: Date.now, progress, ...(isAnswered ? { ask } : {}) };
  const screen = { isTerminal: stdout.isTTY, columns: stdout.columns };
  const printed = await runCommand(command, argv, surroundings, screen);
  await written(stdout, printed.stdout);
  await written(stderr, printed.stderr);
  return printed.exitCode;
}

/** On the error stream: the answer may go to a file. */
async function ask(text: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(text);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function say(text: string): Promise<number> {
  await written(process.stdout, text);
  return EXIT.done;
}

async function refuse(text: string): Promise<number> {
  await written(process.stderr, text);
  return EXIT.wrongInput;
}

/** A pipe takes long answers in pieces: the process must not end before the last one. */
async function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text !== '') await new Promise<void>((resolve) => stream.write(text, () => resolve()));
}

endOnSignals();
// What is still open (a connection that will not close) must not keep the process.
process.exit(await main(process.argv.slice(2)));
