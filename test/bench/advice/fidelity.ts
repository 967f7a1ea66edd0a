/** Part (a): is the model's answer the real ipamd's, setting by setting? */
import { readDemandLog } from '../../../src/cli/demand-log.ts';
import { fromEnv, MANIFEST_ENV } from '../../../src/ipamd/warm-settings.ts';
import type { LogFile } from './demand-folder.ts';
import { stretchSet } from './demand-folder.ts';
import { withWholeLoops } from './loop-phase.ts';
import type { ColumnName, Oracle, OracleCell } from './oracle.ts';
import { COLUMNS } from './oracle.ts';
import type { ReplayTotals } from './replay-job.ts';
import type { ReplayThreads } from './replay-threads.ts';

/** `WithinChance`: outside the seeds' range, but no further than ipamd differs from itself (the oracle's README). */
export type Verdict = 'Ok' | 'WithinChance' | 'Failed';

export type ComparedColumn = {
  readonly name: ColumnName;
  readonly truth: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
};
export type ComparedCell = {
  readonly cell: OracleCell;
  readonly columns: readonly ComparedColumn[];
  /** The share of the model's own runs that would be equal, or fail, beside the other ones. */
  readonly itself: { readonly equal: number; readonly failed: number };
};

const HOUR_MS = 3_600_000;
/** How well the oracle itself measures (cut gaps, sampling in time): held 0.1 %, idle 0.01, calls 1 %; shares: rounding. */
const PRECISION: Readonly<Record<ColumnName, (truth: number) => number>> = {
  held: (truth) => 0.001 * truth,
  idle: () => 0.01,
  'delayed old %': () => 0.0001,
  'delayed all %': () => 0.0001,
  'calls/h': (truth) => Math.max(0.001, 0.01 * truth),
  'mutating/h': (truth) => Math.max(0.001, 0.01 * truth),
};

/** How far two runs of the real one lie apart. */
function chanceOf(name: ColumnName, { setting }: OracleCell, truth: number): number {
  if (name === 'delayed old %' || name === 'delayed all %') return (truth <= 2 ? 0.25 : 0.04) * truth;
  if (name === 'held' || name === 'idle') return (setting === 'eni=0' || setting === 'eni=1' ? 0.04 : 0.005) * truth;
  return 0;
}

export function figuresOf(totals: ReplayTotals): Figures {
  const hours = Math.max(totals.countedMs, 1) / HOUR_MS;
  return {
    held: totals.heldMs / HOUR_MS / hours,
    idle: totals.idleMs / HOUR_MS / hours,
    'delayed old %': (100 * totals.delayedOld) / Math.max(1, totals.startsOld),
    'delayed all %': (100 * totals.delayed) / Math.max(1, totals.starts),
    'calls/h': totals.calls / hours,
    'mutating/h': totals.mutating / hours,
  };
}

export async function compareLog(
  file: LogFile,
  oracle: Oracle,
  threads: ReplayThreads,
  seeds: number,
): Promise<readonly ComparedCell[]> {
  const log = await readDemandLog(file.path);
  const { name, stretches } = stretchSet(file.name, log, oracle.stretches.get(file.name) ?? [], file.prefix);
  const set = { name, stretches: stretches.map((each) => ({ ...each, life: withWholeLoops(each.life) })) };
  threads.send(set);
  const cells = oracle.cells.get(file.name) ?? [];
  return await Promise.all(
    cells.map(async (cell) => {
      const delegation = cell.prefix ? { ENABLE_PREFIX_DELEGATION: 'true' } : {};
      const { settings } = fromEnv({ ...MANIFEST_ENV, ...delegation, ...cell.env });
      const runs = Array.from({ length: seeds }, async (_, seed) => await threads.replay(set.name, settings, seed + 1));
      return compareCell(cell, (await Promise.all(runs)).map(figuresOf));
    }),
  );
}

type Figures = Readonly<Record<ColumnName, number>>;
type Truth = { readonly figures: Figures; readonly error: Figures };
const NO_ERROR = Object.fromEntries(COLUMNS.map(({ name }) => [name, 0])) as Figures;

function compareCell(cell: OracleCell, runs: readonly Figures[]): ComparedCell {
  const columns = compareWith({ figures: cell.truth, error: cell.truthError }, cell, runs);
  const itself = runs.map((figures, index) =>
    worstOf(judged(compareWith({ figures, error: NO_ERROR }, cell, runs.toSpliced(index, 1)))),
  );
  const count = (verdict: Verdict): number => itself.filter((other) => other === verdict).length / runs.length;
  return { cell, columns, itself: { equal: count('Ok'), failed: count('Failed') } };
}

function compareWith(truth: Truth, cell: OracleCell, runs: readonly Figures[]): readonly ComparedColumn[] {
  return COLUMNS.map(({ name }) => {
    const values = runs.map((run) => run[name]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const figure = truth.figures[name];
    const error = Math.hypot(standardError(values), truth.error[name] || 0);
    const beyond = Math.max(low - figure, figure - high) - 2 * error - PRECISION[name](figure);
    const verdict: Verdict = beyond <= 0 ? 'Ok' : beyond <= chanceOf(name, cell, figure) ? 'WithinChance' : 'Failed';
    return { name, truth: figure, low, high, verdict };
  });
}

/** Of the mean of the seeds. */
function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** The columns a cell is judged by. Starts on young nodes hang on how long before Ready the CNI serves: shown only. */
export function judged(columns: readonly ComparedColumn[]): readonly ComparedColumn[] {
  return columns.filter(({ name }) => name !== 'delayed all %');
}

export function worstOf(columns: readonly ComparedColumn[]): Verdict {
  if (columns.some(({ verdict }) => verdict === 'Failed')) return 'Failed';
  return columns.some(({ verdict }) => verdict === 'WithinChance') ? 'WithinChance' : 'Ok';
}
