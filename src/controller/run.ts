/** The process around the operator: flags in, signals heard, exit code out. What is heavy loads after the flags are read. */
import { PortError } from '../reconcile/ports.ts';
import { createLog, errorFields } from './log.ts';
import { type Environment, parseOptions } from './options.ts';
import { CannotListen } from './server.ts';

/** `cni-tuner run`: resolves with the exit code once the process was told to stop, or cannot start. */
export async function runOperator(argv: readonly string[], env: Environment): Promise<number> {
  const parsed = parseOptions(argv, env);
  if (parsed.kind === 'Help') {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === 'Refused') return refuse(parsed.sentence);
  const log = createLog(parsed.options.logLevel);
  process.on('uncaughtExceptionMonitor', (error) => log.error('Bug: the process ends', errorFields(error)));
  const told = toldToStop();
  try {
    const { startOperator } = await import('./main.ts');
    const operator = await startOperator(parsed.options, log);
    log.info('Stopping', { signal: await told });
    await operator.stop();
    log.info('Stopped');
    return 0;
  } catch (error) {
    if (error instanceof CannotListen || error instanceof PortError) return refuse(error.message);
    throw error;
  }
}

function refuse(sentence: string): number {
  process.stderr.write(`cni-tuner run: ${sentence}\n`);
  return 2;
}

/** The first signal asks; a second one ends the process at once. */
function toldToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
