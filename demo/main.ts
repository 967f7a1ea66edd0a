/**
 * `npm run demo`: from nothing to a closed loop on this machine, told as a story. Whatever happens, nothing that was
 * started stays behind, unless `--keep` asks for it.
 */
import { writeFile } from 'node:fs/promises';
import { showProgressOn } from '../testbed/control-plane/build-progress.ts';
import { ensureBinaries } from '../testbed/control-plane/ensure-binaries.ts';
import { MissingPrerequisite } from '../testbed/control-plane/missing-prerequisite.ts';
import { type DemoArguments, parseArguments } from './arguments.ts';
import { showWhatNext } from './what-next.ts';
import { barsOf, type Figures } from './figures.ts';
import { tellStory, type Told } from './story.ts';
import { duration } from './table.ts';
import { type Terminal, createTerminal } from './terminal.ts';
import { checkClaims } from './verify.ts';

const EXIT = { closed: 0, open: 1, unusable: 2, interrupted: 130 } as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const COLUMNS_WITHOUT_TERMINAL = 96;

process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  if (parsed.kind === 'Help') process.stdout.write(parsed.text);
  if (parsed.kind === 'Refused') process.stderr.write(`${parsed.sentence}\n`);
  if (parsed.kind !== 'Run') return parsed.kind === 'Help' ? EXIT.closed : EXIT.unusable;
  const terminal = terminalOfProcess();
  const interrupted = untilInterrupted();
  const stops: (() => Promise<void>)[] = [];
  let exitCode: number;
  try {
    exitCode = await Promise.race([demo(parsed.demo, terminal, { stops, interrupted }), interrupted]);
  } catch (error) {
    exitCode = failed(error);
  }
  if (exitCode === EXIT.interrupted) process.stdout.write('\n   Interrupted.\n');
  await stopAll(stops);
  return exitCode;
}

async function demo(
  { nodes, seed, keep, figures }: DemoArguments,
  terminal: Terminal,
  running: { readonly stops: (() => Promise<void>)[]; readonly interrupted: Promise<number> },
): Promise<number> {
  const binaries = await ensureBinaries(showProgressOn(process.stderr));
  const startedMs = performance.now();
  const onStarted = (stop: () => Promise<void>) => void running.stops.push(stop);
  const told = await tellStory({ terminal, binaries, nodes, seed, onStarted });
  terminal.heading('Is all of that true?');
  const claims = await checkClaims(told);
  for (const { ok, sentence } of claims) terminal.result(ok, sentence);
  const closed = claims.every(({ ok }) => ok);
  terminal.blank();
  const end = closed
    ? `The loop is closed. That took ${duration(performance.now() - startedMs)}.`
    : 'The loop did not close: see the lines marked FAIL.';
  terminal.paragraph(end);
  if (figures !== undefined && closed) await writeFigures(figures, { nodes, told, end });
  showWhatNext(terminal, keep, told.cluster);
  if (keep) await running.interrupted;
  return closed ? EXIT.closed : EXIT.open;
}

type Run = { readonly nodes: number; readonly told: Told; readonly end: string };

async function writeFigures(file: string, { nodes, told, end }: Run): Promise<void> {
  const { because, table } = told;
  const { from, to } = { from: told.before.to, to: told.after.to };
  const figures: Figures = {
    nodes,
    before: from.warmENI,
    after: to.warmENI,
    bars: barsOf(from, to),
    because,
    table,
    end,
  };
  await writeFile(file, `${JSON.stringify(figures, undefined, 2)}\n`);
}

function failed(error: unknown): number {
  if (error instanceof MissingPrerequisite) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.unusable;
  }
  process.stderr.write(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  return EXIT.open;
}

/** Last started, first stopped. One that cannot be stopped does not keep the others running. */
async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  for (const stop of stops.toReversed()) {
    await stop().catch((error: unknown) => {
      process.stderr.write(`While stopping: ${error instanceof Error ? error.message : String(error)}\n`);
    });
  }
}

/** Never rejects. A second signal changes nothing: stopping is under way. */
function untilInterrupted(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve(EXIT.interrupted));
  });
}

function terminalOfProcess(): Terminal {
  const { stdout } = process;
  const isTerminal = stdout.isTTY === true;
  return createTerminal({
    write: (text) => void stdout.write(text),
    isTerminal,
    columns: isTerminal ? stdout.columns : COLUMNS_WITHOUT_TERMINAL,
    colour: isTerminal && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
    now: () => performance.now(),
  });
}
