/**
 * `npm run bench:advice`: is the model's answer the real ipamd's (`--part a`), and how good is advice that was
 * learned on the first half of a log on its second half (`--part b`)? Needs ../shared/oracle and ../shared/demand, or
 * the folders given with `--oracle` and `--demand`. `--only x,y` takes the logs whose name has such a part, `--seeds N`
 * (8) replays each cell of part a so often, `--write` puts tables and plot into docs/benchmarks.md.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { DemandLogError } from '../../src/cli/demand-log.ts';
import { logFilesIn } from './advice/demand-folder.ts';
import { compareLog } from './advice/fidelity.ts';
import type { ComparedCell } from './advice/fidelity.ts';
import { fidelityText } from './advice/fidelity-table.ts';
import { advicePlot } from './advice/advice-plot.ts';
import type { JudgedLog } from './advice/judgement.ts';
import { judgeLog } from './advice/judgement.ts';
import { judgementText } from './advice/judgement-table.ts';
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
    details: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

type Run = { readonly threads: ReplayThreads; readonly only: readonly string[]; readonly startedMs: number };

function spentText({ threads, startedMs }: Run, what: string): string {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  return `${machineText()}; ${what}${seconds} s, of it ${(threads.cpuMs / 1000).toFixed(0)} s of CPU in two threads`;
}

async function fidelity(run: Run): Promise<void> {
  const oracle = readOracle(flags.oracle);
  if (oracle === undefined) {
    console.error(`bench:advice: ${flags.oracle} has no grid.csv and sample.csv; pass their folder with --oracle.`);
    process.exitCode = 2;
    return;
  }
  const cells: ComparedCell[] = [];
  for (const file of logFilesIn(flags.demand, run.only)) {
    const compared = await compareLog(file, oracle, run.threads, Number(flags.seeds));
    cells.push(...compared);
    console.log(fidelityText(compared, flags.details));
    const spent = spentText(run, `${flags.seeds} seeds, `);
    console.log(spent);
    if (flags.write) writeSection('bench:advice fidelity', `${spent}\n\n${fidelityText(cells, false)}`);
  }
}

async function judgement(run: Run): Promise<void> {
  const logs: JudgedLog[] = [];
  for (const file of logFilesIn(flags.demand, run.only)) {
    const judged = await judgeLog(file, run.threads);
    logs.push(judged);
    console.log(`${judgementText([judged])}\n(learned in ${judged.learnSeconds.toFixed(1)} s)`);
    console.log(spentText(run, ''));
    // After each log, so that a run that is stopped leaves what it measured.
    if (flags.write) writeJudgement(run, logs);
  }
}

function writeJudgement(run: Run, logs: readonly JudgedLog[]): void {
  const sorted = logs.toSorted((x, y) => (x.name < y.name ? -1 : 1));
  writePlot('advice.svg', advicePlot(sorted));
  const picture = '![idle addresses and delays by setting](advice.svg)';
  writeSection('bench:advice', `${spentText(run, '')}\n\n${picture}\n\n${judgementText(sorted)}`);
}

async function main(): Promise<void> {
  const only = flags.only.split(',').filter((part) => part !== '');
  for (const [part, measure] of [
    ['a', fidelity],
    ['b', judgement],
  ] as const) {
    if (!flags.part.includes(part)) continue;
    const threads = new ReplayThreads(Math.min(2, availableParallelism()));
    await measure({ threads, only, startedMs: performance.now() });
    await threads.close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DemandLogError)) throw error;
  console.error(`bench:advice: ${error.message}`);
  process.exitCode = 2;
}
