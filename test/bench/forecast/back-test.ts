/**
 * Forecasts made all along a series, each from the week before it, and judged by what came. A subnet is imagined that
 * leaves so much above the peak of that week.
 */
import type { Point } from '../../../src/tuning/forecast/growth-slope.ts';
import { HORIZON_DAYS, outlookOf } from '../../../src/tuning/forecast/outlook.ts';
import type { UseSeries } from './use-series.ts';
import { POINT_EVERY_MS } from './use-series.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EVERY_MS = 6 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const FIRST_MS = 3 * DAY_MS;
const LEAST_FUTURE_MS = 6 * HOUR_MS;
/** As in the alert CniTuningSubnetExhaustionPredicted. */
const ALARM_MS = 3 * DAY_MS;
/** Fewer addresses than this are no subnet. */
const LEAST_PEAK = 20;

/** What is left above the peak of the last week. */
export const ROOMS = [0.03, 0.1, 0.25, 0.5] as const;

export type Tally = {
  forecasts: number;
  /** What came lies within the band, or, where nothing came, nothing was said to have come by then. */
  inBand: number;
  beforeBand: number;
  /** The reserve was touched within three days. */
  came: number;
  readonly alarms: Record<Forecaster, { foretold: number; given: number; wrong: number }>;
};

/** Ours, and what is done with a line through the free addresses of the last 3 or 24 hours. */
export const FORECASTERS = ['likely', 'earliest', 'line 3 h', 'line 24 h'] as const;
export type Forecaster = (typeof FORECASTERS)[number];

export function emptyTally(): Tally {
  const none = () => ({ foretold: 0, given: 0, wrong: 0 });
  const alarms = { likely: none(), earliest: none(), 'line 3 h': none(), 'line 24 h': none() };
  return { forecasts: 0, inBand: 0, beforeBand: 0, came: 0, alarms };
}

export function addTally(sum: Tally, more: Tally): void {
  for (const key of ['forecasts', 'inBand', 'beforeBand', 'came'] as const) sum[key] += more[key];
  for (const who of FORECASTERS)
    for (const key of ['foretold', 'given', 'wrong'] as const) sum.alarms[who][key] += more.alarms[who][key];
}

export function backTest({ points }: UseSeries): Tally {
  const tally = emptyTally();
  const endMs = points.at(-1)?.at ?? 0;
  for (let nowMs = FIRST_MS; nowMs < endMs - LEAST_FUTURE_MS; nowMs += EVERY_MS) {
    // Evenly spaced: the place of a time is known.
    const now = Math.round(nowMs / POINT_EVERY_MS);
    const week = points.slice(Math.max(0, now - WEEK_MS / POINT_EVERY_MS), now);
    const peak = week.reduce((most, { value }) => Math.max(most, value), 0);
    if (peak < LEAST_PEAK) continue;
    const future = points.slice(now, now + (HORIZON_DAYS * DAY_MS) / POINT_EVERY_MS);
    for (const room of ROOMS) judge(tally, { week, future, capacity: Math.ceil(peak * (1 + room)), nowMs });
  }
  return tally;
}

type Case = {
  readonly week: readonly Point[];
  readonly future: readonly Point[];
  readonly capacity: number;
  readonly nowMs: number;
};

function judge(tally: Tally, { week, future, capacity, nowMs }: Case): void {
  const outlook = outlookOf({ points: week, capacity, pending: 0 });
  if (outlook.growthPerDay === undefined) return;
  const { earliestMs = Infinity, likelyMs = Infinity, latestMs = Infinity } = outlook;
  const cameMs = future.find(({ value }) => value >= capacity)?.at ?? Infinity;
  const seenUntilMs = future.at(-1)?.at ?? nowMs;
  tally.forecasts += 1;
  // An hour's peak is known to the hour.
  const isTooLate = Math.min(cameMs, seenUntilMs) > latestMs + HOUR_MS;
  const isTooEarly = cameMs < earliestMs;
  tally.inBand += Number(!isTooLate && !isTooEarly);
  tally.beforeBand += Number(isTooEarly);
  const came = cameMs < nowMs + ALARM_MS;
  const neverCame = cameMs > nowMs + WEEK_MS && seenUntilMs >= nowMs + WEEK_MS;
  tally.came += Number(came);
  const times = {
    likely: likelyMs,
    earliest: earliestMs,
    'line 3 h': lineCrossing(week, capacity, 3 * HOUR_MS),
    'line 24 h': lineCrossing(week, capacity, DAY_MS),
  };
  for (const who of FORECASTERS) {
    if (times[who] >= nowMs + ALARM_MS) continue;
    const alarms = tally.alarms[who];
    alarms.given += 1;
    alarms.foretold += Number(came);
    alarms.wrong += Number(neverCame);
  }
}

/** As Prometheus' predict_linear has it: least squares over the last `rangeMs`. */
function lineCrossing(points: readonly Point[], capacity: number, rangeMs: number): number {
  const nowMs = points.at(-1)?.at ?? 0;
  const recent = points.filter(({ at }) => at > nowMs - rangeMs).map(({ at, value }) => ({ x: at - nowMs, y: value }));
  const mean = (of: (point: { readonly x: number; readonly y: number }) => number): number =>
    recent.reduce((sum, point) => sum + of(point), 0) / recent.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const slope = mean(({ x, y }) => (x - meanX) * (y - meanY)) / mean(({ x }) => (x - meanX) ** 2);
  const levelNow = meanY - slope * meanX;
  if (levelNow >= capacity) return nowMs;
  return slope <= 0 ? Infinity : nowMs + (capacity - levelNow) / slope;
}
