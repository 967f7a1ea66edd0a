/**
 * `npm run bench:forecast`: how often does a subnet run into its reserve within the forecast's band, and how does the
 * alert by it compare with a line through the last hours? Needs ../shared/demand and ../shared/traces, or the folders
 * given with `--demand` and `--traces`; `--write` puts the table into docs/benchmarks.md.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { logFilesIn } from './advice/demand-folder.ts';
import { machineText, markdownTable, writeSection } from './benchmarks-page.ts';
import type { Tally } from './forecast/back-test.ts';
import { addTally, backTest, emptyTally, FORECASTERS } from './forecast/back-test.ts';
import type { UseSeries } from './forecast/use-series.ts';
import { seriesOfLog, seriesOfTraces } from './forecast/use-series.ts';

const { values: flags } = parseArgs({
  options: {
    demand: { type: 'string', default: '../shared/demand' },
    traces: { type: 'string', default: '../shared/traces' },
    write: { type: 'boolean', default: false },
  },
});

const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`);

function row(name: string, tally: Tally): readonly string[] {
  const { forecasts, inBand, beforeBand, came, alarms } = tally;
  return [
    name,
    String(forecasts),
    share(inBand, forecasts),
    share(beforeBand, forecasts),
    String(came),
    ...FORECASTERS.map((who) => `${alarms[who].foretold} / ${alarms[who].given} / ${alarms[who].wrong}`),
  ];
}

async function readSeries(): Promise<readonly UseSeries[]> {
  const logs: UseSeries[] = [];
  if (existsSync(flags.demand)) for (const file of logFilesIn(flags.demand, [])) logs.push(await seriesOfLog(file));
  return [...logs, ...seriesOfTraces(flags.traces)];
}

const started = performance.now();
const series = await readSeries();
if (series.length === 0) {
  console.error(
    'bench:forecast: there are no demand logs and no traces; pass their folders with --demand and --traces.',
  );
  process.exitCode = 2;
} else {
  const all = emptyTally();
  const rows = series.flatMap((each) => {
    const tally = backTest(each);
    addTally(all, tally);
    return tally.forecasts === 0 ? [] : [row(each.name, tally)];
  });
  const head = ['series', 'forecasts', 'in band', 'before it', 'came in 3 days', ...FORECASTERS];
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const text = `${machineText()}; ${seconds} s\n\n${markdownTable([head, ...rows, row('**all**', all)])}`;
  console.log(text);
  if (flags.write) writeSection('bench:forecast', text);
}
