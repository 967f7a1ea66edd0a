/** `npm run testbed -- up | down`: see arguments.ts. */
import { HELP, parseArguments } from './arguments.ts';
import { MissingPrerequisite } from './control-plane/missing-prerequisite.ts';
import { down, serve, up } from './background.ts';

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const command = parseArguments(argv);
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'refused':
      say(command.sentence);
      return 2;
    case 'down':
      return await down(say);
    case 'serve':
      return await serve(command.up);
    case 'up':
      return await up(argv, say);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof MissingPrerequisite ? error.exitCode : 1;
}
