/**
 * `npm run bench:advice`: is the model's answer the real ipamd's (part a)? Needs ../shared/oracle and ../shared/demand,
 * or the folders given with `--oracle` and `--demand`. `--only a,b` takes the logs whose name has such a part,
 * `--seeds N` (8) replays each cell so often, `--write` puts the tables into docs/benchmarks.md.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { DemandLogError } from '../../src/cli/demand-log.ts';
import { logFilesIn } from './advice/demand-folder.ts';
import { compareLog } from './advice/fidelity.ts';
import type { ComparedCell } from './advice/fidelity.ts';
import { fidelityText } from './advice/fidelity-table.ts';
import { readOracle } from './advice/oracle.ts';
import { ReplayThreads } from './advice/replay-threads.ts';
import { machineText, writeSection } from './benchmarks-page.ts';

const { values: flags } = parseArgs({
  options: {
    demand: { type: 'string', default: '../shared/demand' },
    oracle: { type: 'string', default: '../shared/oracle' },
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '8' },
    details: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const oracle = readOracle(flags.oracle);
  if (oracle === undefined) {
    console.error(`bench:advice: ${flags.oracle} has no grid.csv and sample.csv; pass their folder with --oracle.`);
    process.exitCode = 2;
    return;
  }
  const startedMs = performance.now();
  const only = flags.only.split(',').filter((part) => part !== '');
  const threads = new ReplayThreads(Math.min(2, availableParallelism()));
  const cells: ComparedCell[] = [];
  for (const file of logFilesIn(flags.demand, only)) {
    const compared = await compareLog(file, oracle, threads, Number(flags.seeds));
    cells.push(...compared);
    console.log(fidelityText(compared, flags.details));
  }
  await threads.close();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const spent = `${machineText()}; ${flags.seeds} seeds, ${seconds} s, ${(threads.cpuMs / 1000).toFixed(0)} s of CPU`;
  console.log(spent);
  if (flags.write) writeSection('bench:advice fidelity', `${spent}\n\n${fidelityText(cells, false)}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DemandLogError)) throw error;
  console.error(`bench:advice: ${error.message}`);
  process.exitCode = 2;
}
