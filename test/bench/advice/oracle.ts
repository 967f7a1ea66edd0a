/** What the real ipamd did on sampled stretches of demand logs: grid.csv and sample.csv of the oracle. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WarmVariable } from '../../../src/ipamd/warm-settings.ts';
import { WARM_VARIABLES } from '../../../src/ipamd/warm-settings.ts';

/** The columns that are compared. Shares in percent, figures per node or per node-hour. */
export const COLUMNS = [
  { name: 'held', grid: 'held', digits: 2 },
  { name: 'idle', grid: 'idle', digits: 2 },
  { name: 'delayed old %', grid: 'delayed_empty_old_pct', digits: 3 },
  { name: 'delayed all %', grid: 'delayed_empty_pct', digits: 3 },
  { name: 'calls/h', grid: 'calls_per_h', digits: 3 },
  { name: 'mutating/h', grid: 'mutating_per_h', digits: 3 },
] as const;
export type ColumnName = (typeof COLUMNS)[number]['name'];

export type OracleCell = {
  readonly log: string;
  readonly setting: string;
  readonly prefix: boolean;
  /** The variables the setting sets; the manifest's stay beside them. */
  readonly env: Readonly<Partial<Record<WarmVariable, string>>>;
  readonly truth: Readonly<Record<ColumnName, number>>;
  /** Standard error of the truth from the sampling of stretches. */
  readonly truthError: Readonly<Record<ColumnName, number>>;
  readonly podStarts: number;
  readonly podStartsOld: number;
};

export type OracleStretch = {
  readonly node: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly weight: number;
};

export type Oracle = {
  readonly cells: ReadonlyMap<string, readonly OracleCell[]>;
  readonly stretches: ReadonlyMap<string, readonly OracleStretch[]>;
};

type Row = Readonly<Record<string, string>>;

function rowsOf(path: string): readonly Row[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}

/** Undefined when the folder has no grid and sample. */
export function readOracle(folder: string): Oracle | undefined {
  const [grid, sample] = [join(folder, 'grid.csv'), join(folder, 'sample.csv')];
  if (!existsSync(grid) || !existsSync(sample)) return undefined;
  return {
    cells: Map.groupBy(rowsOf(grid).map(cellOf), ({ log }) => log),
    stretches: new Map(
      [...Map.groupBy(rowsOf(sample), (row) => row['log'] ?? '')].map(([log, rows]) => [log, rows.map(stretchOf)]),
    ),
  };
}

function cellOf(row: Row): OracleCell {
  const set = WARM_VARIABLES.filter((name) => (row[name] ?? '') !== '').map((name) => [name, row[name]]);
  const figures = (column: (grid: string) => string): Record<ColumnName, number> =>
    Object.fromEntries(COLUMNS.map(({ name, grid }) => [name, Number(row[column(grid)] ?? 0)])) as Record<
      ColumnName,
      number
    >;
  return {
    log: row['log'] ?? '',
    setting: row['setting'] ?? '',
    prefix: row['mode'] === 'prefix',
    env: Object.fromEntries(set),
    truth: figures((grid) => grid),
    truthError: figures((grid) => (grid === 'calls_per_h' ? 'calls_se' : `${grid.replace(/_pct$/, '')}_se`)),
    podStarts: Number(row['sample_starts']),
    podStartsOld: Number(row['sample_starts_old']),
  };
}

function stretchOf(row: Row): OracleStretch {
  return {
    node: row['node'] ?? '',
    fromMs: Math.round(Number(row['from_s']) * 1000),
    untilMs: Math.round(Number(row['to_s']) * 1000),
    weight: Number(row['weight']),
  };
}
