/**
 * When a subnet runs into its reserve, from how its use went. "Every hour of a coming day is like the same hour of the
 * days seen, plus the growth per day": a daily wave is no growth, whatever its size. Deterministic, and monotone: whoever
 * used more or grew faster never gets a later time.
 */
import type { Point, Slope } from './growth-slope.ts';
import { slopeOf } from './growth-slope.ts';

export const HORIZON_DAYS = 30;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS_OF_DAY = 24;

/** Three days give three slopes; two give one, which says nothing of how sure it is. */
const FEWEST_DAYS = 3;
/** A day of which less was seen has no known peak. */
const FEWEST_HOURS = 22;
/** The pace of the last hours counts for as many hours to come, and no longer. */
const PACE_MS = 3 * HOUR_MS;
const FEWEST_PACE_POINTS = 6;
/** The level that is taken to stay: the median of the last hour, so that a spike of minutes is none. */
const RECENT_MS = HOUR_MS;

/** At `at` (ms) `value` addresses were not free. */
export type Use = {
  /** Ascending, one at least. */
  readonly points: readonly Point[];
  /** What may be in use until the reserve is touched. */
  readonly capacity: number;
  /** Addresses that nodes under way will take within minutes. */
  readonly pending: number;
};

/** Times in ms; undefined: not within HORIZON_DAYS. */
export type Outlook = {
  readonly earliestMs: number | undefined;
  readonly likelyMs: number | undefined;
  readonly latestMs: number | undefined;
  /** Undefined with too little data: fewer than FEWEST_DAYS seen. Then only the present pace says anything. */
  readonly growthPerDay: number | undefined;
};

type Hours = readonly (number | undefined)[];

/** As of the last point. */
export function outlookOf(use: Use): Outlook {
  const nowMs = use.points.at(-1)?.at ?? 0;
  const days = daysOf(hourlyPeaks(use.points, nowMs));
  const paceMs = atPresentPace(use, nowMs);
  const growth =
    days.length < FEWEST_DAYS ? undefined : slopeOf(days.map(({ age, peak }) => ({ at: -age, value: peak })));
  if (growth === undefined) {
    return { earliestMs: paceMs, likelyMs: undefined, latestMs: undefined, growthPerDay: undefined };
  }
  const band = crossings({ use, days, nowMs }, growth);
  return { ...band, earliestMs: sooner(band.earliestMs, paceMs), growthPerDay: growth.middle };
}

/** The highest use of each hour, counted back from now; undefined where nothing was seen. */
function hourlyPeaks(points: readonly Point[], nowMs: number): Hours {
  const peaks: (number | undefined)[] = [];
  for (const { at, value } of points) {
    const age = Math.floor((nowMs - at) / HOUR_MS);
    peaks[age] = Math.max(peaks[age] ?? -Infinity, value);
  }
  return peaks;
}

type Day = {
  /** 0: the last 24 hours. */
  readonly age: number;
  readonly peak: number;
  readonly hours: Hours;
};

function daysOf(hours: Hours): readonly Day[] {
  const ages = Array.from({ length: Math.ceil(hours.length / HOURS_OF_DAY) }, (_, age) => age);
  return ages.flatMap((age) => {
    const ofDay = hours.slice(age * HOURS_OF_DAY, (age + 1) * HOURS_OF_DAY);
    const seen = ofDay.filter((value) => value !== undefined);
    return seen.length < FEWEST_HOURS ? [] : [{ age, peak: Math.max(...seen), hours: ofDay }];
  });
}

type Ground = { readonly use: Use; readonly days: readonly Day[]; readonly nowMs: number };

/** The band: growth and level both at their highest, both in the middle, both at their lowest. */
function crossings(ground: Ground, growth: Slope): Pick<Outlook, 'earliestMs' | 'likelyMs' | 'latestMs'> {
  const { nowMs } = ground;
  const early = waveCrossing(ground, growth.high, (sorted) => sorted.at(-1));
  const likely = waveCrossing(ground, growth.middle, median);
  const late = waveCrossing(ground, growth.low, (sorted) => sorted[0]);
  const staysHigh = levelCrossing(ground, growth.high);
  const stays = levelCrossing(ground, growth.middle);
  return {
    earliestMs: within(sooner(early === undefined ? undefined : early - HOUR_MS, staysHigh), nowMs),
    likelyMs: within(sooner(likely === undefined ? undefined : likely - HOUR_MS / 2, stays), nowMs),
    latestMs: within(late, nowMs),
  };
}

function within(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined || atMs > nowMs + HORIZON_DAYS * DAY_MS ? undefined : Math.max(atMs, nowMs);
}

function sooner(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** The end of the first coming hour in which the same hour of the days seen, grown since, reaches the capacity. */
function waveCrossing(
  { use, days, nowMs }: Ground,
  perDay: number,
  pick: (sorted: readonly number[]) => number | undefined,
): number | undefined {
  let first: number | undefined;
  for (let hour = 0; hour < HOURS_OF_DAY; hour++) {
    const grown = days.flatMap(({ age, hours }) => {
      const value = hours[hour];
      return value === undefined ? [] : [value + perDay * age];
    });
    const today = pick(grown.toSorted((a, b) => a - b));
    if (today === undefined) continue;
    const inDays = daysUntil(use.capacity - today, perDay);
    if (inDays !== undefined) first = sooner(first, nowMs + inDays * DAY_MS - hour * HOUR_MS);
  }
  return first;
}

/** Whole days, 1 at least, after which `perDay` has filled `room`; undefined: never. */
function daysUntil(room: number, perDay: number): number | undefined {
  if (perDay <= 0) return room - perDay <= 0 ? 1 : undefined;
  return Math.max(1, Math.ceil(room / perDay));
}

/** If what is in use now stays, nodes under way included, and grows on. */
function levelCrossing({ use, nowMs }: Ground, perDay: number): number | undefined {
  const level = recentLevel(use, nowMs) + use.pending;
  if (level >= use.capacity) return nowMs;
  return perDay <= 0 ? undefined : nowMs + ((use.capacity - level) / perDay) * DAY_MS;
}

/** If the pace of the last hours goes on for as many hours more: the first hours of a runaway, or of a wave. */
function atPresentPace({ points, capacity, pending }: Use, nowMs: number): number | undefined {
  const level = (points.at(-1)?.value ?? 0) + pending;
  if (level >= capacity) return nowMs;
  const recent = points.filter(({ at }) => at >= nowMs - PACE_MS);
  if (recent.length < FEWEST_PACE_POINTS) return undefined;
  const pace = slopeOf(recent)?.middle ?? 0;
  const waitMs = pace <= 0 ? Infinity : (capacity - level) / pace;
  return waitMs > PACE_MS ? undefined : nowMs + waitMs;
}

function recentLevel({ points }: Use, nowMs: number): number {
  const recent = points.filter(({ at }) => at > nowMs - RECENT_MS).map(({ value }) => value);
  return median(recent.toSorted((a, b) => a - b)) ?? 0;
}

function median(sorted: readonly number[]): number | undefined {
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
