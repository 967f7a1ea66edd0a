/**
 * `npm run bench:advice`: is the model's answer the real ipamd's (`--part a`), and how good is advice that was
 * learned on the first half of a log on its second half (`--part b`)? Needs ../shared/oracle and ../shared/demand, or
 * the folders given with `--oracle` and `--demand`. `--only x,y` takes the logs whose name has such a part, `--seeds N`
 * (8) replays each cell of part a so often, `--results DIR` keeps what was measured and goes on from there, `--write`
 * puts tables and plot into docs/benchmarks.md.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DemandLogError } from '../../src/cli/demand-log.ts';
import { logFilesIn } from './advice/demand-folder.ts';
import type { LogFile } from './advice/demand-folder.ts';
import { compareLog } from './advice/fidelity.ts';
import type { ComparedCell } from './advice/fidelity.ts';
import { fidelityText } from './advice/fidelity-table.ts';
import { advicePlot } from './advice/advice-plot.ts';
import type { JudgedLog } from './advice/judgement.ts';
import { judgeLog } from './advice/judgement.ts';
import { judgementText } from './advice/judgement-table.ts';
import { KeptResults } from './advice/kept-results.ts';
import { readOracle } from './advice/oracle.ts';
import { ReplayThreads } from './advice/replay-threads.ts';
import { machineText, writePlot, writeSection } from './benchmarks-page.ts';

const { values: flags } = parseArgs({
  options: {
    demand: { type: 'string', default: '../shared/demand' },
    oracle: { type: 'string', default: '../shared/oracle' },
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '8' },
    part: { type: 'string', default: 'ab' },
    results: { type: 'string', default: '' },
    details: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

type Part<T> = {
  readonly name: string;
  readonly measure: (file: LogFile, threads: ReplayThreads) => Promise<T>;
  readonly told: (result: T) => string;
  readonly write: (results: KeptResults<T>) => void;
};

async function run<T>({ name, measure, told, write }: Part<T>): Promise<void> {
  const results = new KeptResults<T>(flags.results === '' ? '' : join(flags.results, name));
  const only = flags.only.split(',').filter((part) => part !== '');
  const files = logFilesIn(flags.demand, only).filter((file) => !results.has(file.name));
  for (const file of files) {
    const threads = new ReplayThreads(Math.min(2, availableParallelism()));
    const startedMs = process.cpuUsage();
    const result = await measure(file, threads);
    const { user, system } = process.cpuUsage(startedMs);
    await threads.close();
    const cpuSeconds = (user + system) / 1_000_000;
    results.keep({ log: file.name, cpuSeconds, result });
    console.log(`${told(result)}\n${file.name}: ${cpuSeconds.toFixed(0)} s of CPU`);
    // After each log, so that a run that is stopped leaves what it measured.
    if (flags.write) write(results);
  }
  if (flags.write && files.length === 0) write(results);
}

async function fidelity(): Promise<void> {
  const oracle = readOracle(flags.oracle);
  if (oracle === undefined) {
    console.error(`bench:advice: ${flags.oracle} has no grid.csv and sample.csv; pass their folder with --oracle.`);
    process.exitCode = 2;
    return;
  }
  await run<readonly ComparedCell[]>({
    name: 'a',
    measure: async (file, threads) => await compareLog(file, oracle, threads, Number(flags.seeds)),
    told: (cells) => fidelityText(cells, flags.details),
    write: (results) => {
      const cells = results.all().flatMap(({ result }) => result);
      const seeds = `${flags.seeds} seeds`;
      writeSection('bench:advice fidelity', `${spentText(results, seeds)}\n\n${fidelityText(cells, false)}`);
    },
  });
}

async function judgement(): Promise<void> {
  await run<JudgedLog>({
    name: 'b',
    measure: judgeLog,
    told: (judged) => `${judgementText([judged])}\n(learned in ${judged.learnSeconds.toFixed(1)} s)`,
    write: (results) => {
      const logs = results.all().map(({ result }) => result);
      const picture = '![idle addresses and delays by setting](advice.svg)';
      writePlot('advice.svg', advicePlot(logs));
      writeSection('bench:advice', `${spentText(results, 'two seeds')}\n\n${picture}\n\n${judgementText(logs)}`);
    },
  });
}

function spentText(results: KeptResults<unknown>, what: string): string {
  return `${machineText()}; ${what}, ${results.cpuSeconds().toFixed(0)} s of CPU in all, in two threads`;
}

try {
  if (flags.part.includes('a')) await fidelity();
  if (flags.part.includes('b')) await judgement();
} catch (error) {
  if (!(error instanceof DemandLogError)) throw error;
  console.error(`bench:advice: ${error.message}`);
  process.exitCode = 2;
}
