/** The command line: one line per command. A command's code is loaded only when it is called. */
import { VERSION } from '../controller/version.ts';

type Command = {
  readonly about: string;
  /** Resolves to the exit code: 0 done, 1 it did not work, 2 wrong input. */
  readonly run: (argv: readonly string[]) => Promise<number>;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  run: {
    about: 'the operator: watches CniTuning objects and tunes aws-node',
    run: async (argv) => await (await import('../controller/run.ts')).runOperator(argv, process.env),
  },
};

function helpText(): string {
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  return `cni-tuner tunes the warm pools of the Amazon VPC CNI.\n\nusage: cni-tuner <command> [flags]\n\n${lines.join('\n')}\n\n\`cni-tuner <command> --help\` lists the flags of a command; \`cni-tuner --version\` says which version this is.\n`;
}

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(helpText());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await command.run(argv);
  process.stderr.write(`There is no command "${name}"; \`cni-tuner --help\` lists them.\n`);
  return 2;
}

// What is still open (a connection that will not close) must not keep the process.
process.exit(await main(process.argv.slice(2)));
