/**
 * How full the subnets of one CniTuning were over the last week: every ten minutes of the last day, and of the days
 * before the fullest moment of each hour. Time in which EC2 was not read is missing, never filled.
 *
 * Bounded: MOST_SUBNETS subnets x MOST_SAMPLES samples x 16 bytes, and 100 bytes a sample: 261 KB at most; with three
 * subnets 43 KB.
 */
import type { SubnetView } from '../snapshot.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
export const SAMPLE_EVERY_MS = 10 * MINUTE_MS;
const KEPT_MS = 7 * DAY_MS;
/** As many as status shows. */
export const MOST_SUBNETS = 50;
/** A day of ten minutes, six days of hours, and one more of each for where they meet. */
const MOST_SAMPLES = 24 * 6 + 6 * 24 + 2;
const COLUMNS = 4;
const BYTES_PER_VALUE = 4;
const BYTES_PER_SAMPLE = 100;
const UNKNOWN = -1;

export type SubnetUse = {
  readonly freeAddresses: number;
  /** Undefined when the interfaces could not be read. */
  readonly freeBlocks: number | undefined;
  readonly heldAddresses: number | undefined;
  /** Nodes of the cluster with an interface in the subnet. */
  readonly nodes: number;
};

export type GrowthReading = {
  readonly atMs: number;
  /** The same for as long as the CNI's settings are the same. */
  readonly settingsKey: string;
  readonly subnets: readonly (SubnetUse & Pick<SubnetView, 'id'>)[];
};

/** `era` counts changes of the CNI's settings. */
export type GrowthSample = SubnetUse & { readonly atMs: number; readonly era: number };

/** Plain, so that it can be kept over a restart. A row of a sample: free, blocks, held, nodes; -1 is unknown. */
export type GrowthValue = {
  readonly settingsKey: string;
  readonly subnetIds: readonly string[];
  readonly samples: readonly { readonly atMs: number; readonly era: number; readonly rows: readonly number[] }[];
};

type Sample = { readonly atMs: number; readonly era: number; readonly rows: Int32Array };

export class SubnetGrowth {
  /** By row: which subnet it is about. */
  #subnetIds: string[] = [];
  #samples: Sample[] = [];
  #settingsKey = '';

  /** The last sample is ten minutes old. */
  isDue(atMs: number): boolean {
    const last = this.#samples.at(-1);
    return last === undefined || atMs - last.atMs >= SAMPLE_EVERY_MS;
  }

  /** Takes the reading, if a sample is due. */
  note(reading: GrowthReading): void {
    if (!this.isDue(reading.atMs)) return;
    const last = this.#samples.at(-1);
    const isNewEra = last !== undefined && this.#settingsKey !== reading.settingsKey;
    this.#settingsKey = reading.settingsKey;
    const fullest = reading.subnets.toSorted((a, b) => a.freeAddresses - b.freeAddresses).slice(0, MOST_SUBNETS);
    this.#makeRowsFor(fullest.map(({ id }) => id));
    const rows = new Int32Array(this.#subnetIds.length * COLUMNS).fill(UNKNOWN);
    for (const use of fullest) {
      const { freeAddresses, freeBlocks = UNKNOWN, heldAddresses = UNKNOWN, nodes } = use;
      rows.set([freeAddresses, freeBlocks, heldAddresses, nodes], this.#subnetIds.indexOf(use.id) * COLUMNS);
    }
    this.#samples.push({ atMs: reading.atMs, era: (last?.era ?? 0) + Number(isNewEra), rows });
    this.#thin(reading.atMs);
  }

  /** Ascending; the times at which this subnet was read. */
  samplesOf(subnetId: string): readonly GrowthSample[] {
    const row = this.#subnetIds.indexOf(subnetId);
    if (row === -1) return [];
    return this.#samples.flatMap(({ atMs, era, rows }) => {
      const [free = UNKNOWN, blocks = UNKNOWN, held = UNKNOWN, nodes = 0] = rows.subarray(row * COLUMNS);
      return free === UNKNOWN
        ? []
        : [{ atMs, era, freeAddresses: free, freeBlocks: known(blocks), heldAddresses: known(held), nodes }];
    });
  }

  /** When the last sample was taken; -Infinity before there is one. */
  get newestMs(): number {
    return this.#samples.at(-1)?.atMs ?? -Infinity;
  }

  get bytes(): number {
    return this.#samples.reduce((sum, { rows }) => sum + rows.length * BYTES_PER_VALUE + BYTES_PER_SAMPLE, 0);
  }

  value(): GrowthValue {
    return {
      settingsKey: this.#settingsKey,
      subnetIds: this.#subnetIds,
      samples: this.#samples.map(({ atMs, era, rows }) => ({ atMs, era, rows: [...rows] })),
    };
  }

  /** From an earlier value; what is too old by now goes with the next reading. */
  static from({ settingsKey, subnetIds, samples }: GrowthValue): SubnetGrowth {
    const growth = new SubnetGrowth();
    growth.#settingsKey = settingsKey;
    growth.#subnetIds = subnetIds.slice(0, MOST_SUBNETS);
    growth.#samples = samples
      .slice(-MOST_SAMPLES)
      .map(({ atMs, era, rows }) => ({ atMs, era, rows: Int32Array.from(rows.slice(0, MOST_SUBNETS * COLUMNS)) }));
    return growth;
  }

  /** A subnet that is new takes a free row, else the row of one that is not read any more. */
  #makeRowsFor(ids: readonly string[]): void {
    for (const id of ids.filter((each) => !this.#subnetIds.includes(each))) {
      const left = this.#subnetIds.findIndex((each) => !ids.includes(each));
      const row = this.#subnetIds.length < MOST_SUBNETS || left === -1 ? this.#subnetIds.length : left;
      this.#subnetIds[row] = id;
      for (const { rows } of this.#samples) rows.fill(UNKNOWN, row * COLUMNS, (row + 1) * COLUMNS);
    }
  }

  /** Of each hour that is older than a day one sample stays: for each subnet its fullest moment. */
  #thin(nowMs: number): void {
    const kept: Sample[] = [];
    for (const sample of this.#samples) {
      if (sample.atMs <= nowMs - KEPT_MS) continue;
      const before = kept.at(-1);
      const joins = before !== undefined && sample.atMs <= nowMs - DAY_MS && isSameHour(before, sample);
      if (joins) kept[kept.length - 1] = fuller(before, sample);
      else kept.push(sample);
    }
    this.#samples = kept.slice(-MOST_SAMPLES);
  }
}

function known(value: number): number | undefined {
  return value === UNKNOWN ? undefined : value;
}

function isSameHour(a: Sample, b: Sample): boolean {
  return a.era === b.era && Math.floor(a.atMs / HOUR_MS) === Math.floor(b.atMs / HOUR_MS);
}

function fuller(before: Sample, after: Sample): Sample {
  const rows = Int32Array.from(after.rows);
  for (let at = 0; at < before.rows.length; at += COLUMNS) {
    const [wasFree = UNKNOWN, isFree = UNKNOWN] = [before.rows[at], after.rows[at]];
    if (wasFree !== UNKNOWN && (isFree === UNKNOWN || wasFree < isFree))
      rows.set(before.rows.subarray(at, at + COLUMNS), at);
  }
  return { ...after, rows };
}
