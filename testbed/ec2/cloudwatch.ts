/**
 * CloudWatch's GetMetricData and ListMetrics (AWS JSON 1.0) over the endpoint's own record of calls: `AWS/Usage`
 * by action, `AWS/EC2/API` for all actions together. No metric math: it is refused aloud.
 */
import type { CallRecord, CallTotals } from './call-record.ts';
import { Ec2Error } from './ec2-error.ts';

type Dimension = { readonly Name: string; readonly Value: string };
type Metric = { readonly Namespace: string; readonly MetricName: string; readonly Dimensions?: readonly Dimension[] };
type Query = {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Metric; readonly Period: number; readonly Stat: string };
};
type MetricDataRequest = {
  readonly MetricDataQueries?: readonly Query[];
  /** Seconds since the epoch. */
  readonly StartTime: number;
  readonly EndTime: number;
};
type ListRequest = { readonly Namespace?: string; readonly MetricName?: string; readonly NextToken?: string };

const USAGE: Readonly<Record<string, (totals: CallTotals) => number>> = {
  CallCount: (totals) => totals.calls,
  ThrottleCount: (totals) => totals.throttled,
  ErrorCount: (totals) => totals.clientErrors + totals.serverErrors,
};
const EC2_API: Readonly<Record<string, (totals: CallTotals) => number>> = {
  ClientErrors: (totals) => totals.clientErrors,
  RequestLimitExceeded: (totals) => totals.throttled,
  ServerErrors: (totals) => totals.serverErrors,
  SuccessfulCalls: (totals) => totals.calls - totals.throttled - totals.clientErrors - totals.serverErrors,
};
const MOST_QUERIES = 500;
const LIST_PAGE = 500;

export function getMetricData(calls: CallRecord, body: unknown): unknown {
  const request = body as MetricDataRequest;
  const queries = request.MetricDataQueries ?? [];
  if (queries.length === 0 || queries.length > MOST_QUERIES) {
    throw new Ec2Error('ValidationError', `MetricDataQueries must hold 1 to ${MOST_QUERIES} queries.`);
  }
  return { MetricDataResults: queries.map((query) => resultOf(calls, query, request)), Messages: [] };
}

export function listMetrics(calls: CallRecord, body: unknown): unknown {
  const request = body as ListRequest;
  const all: Metric[] = calls.actions().flatMap((action) => usageMetrics(action));
  for (const name of Object.keys(EC2_API)) all.push({ Namespace: 'AWS/EC2/API', MetricName: name, Dimensions: [] });
  const wanted = all.filter(
    (metric) =>
      (request.Namespace ?? metric.Namespace) === metric.Namespace &&
      (request.MetricName ?? metric.MetricName) === metric.MetricName,
  );
  const start = Number(request.NextToken ?? 0);
  const more = start + LIST_PAGE < wanted.length ? { NextToken: String(start + LIST_PAGE) } : {};
  return { Metrics: wanted.slice(start, start + LIST_PAGE), ...more };
}

function usageMetrics(action: string): readonly Metric[] {
  const dimensions = [
    { Name: 'Type', Value: 'API' },
    { Name: 'Resource', Value: action },
    { Name: 'Service', Value: 'EC2' },
    { Name: 'Class', Value: 'None' },
  ];
  return Object.keys(USAGE).map((name) => ({ Namespace: 'AWS/Usage', MetricName: name, Dimensions: dimensions }));
}

function resultOf(calls: CallRecord, query: Query, request: MetricDataRequest): unknown {
  const stat = query.MetricStat;
  if (stat === undefined) {
    throw new Ec2Error('ValidationError', `The stand-in knows no metric math: ${query.Expression ?? query.Id}`);
  }
  if (stat.Stat !== 'Sum') throw new Ec2Error('ValidationError', `The stand-in knows only the statistic Sum.`);
  const sums = new Map<number, number>();
  const read = readerOf(stat.Metric);
  if (read !== undefined) {
    const minutes = calls.minutes(read.action, request.StartTime * 1_000, request.EndTime * 1_000);
    for (const [startMs, totals] of minutes) {
      const value = read.value(totals);
      const at = Math.floor(startMs / 1_000 / stat.Period) * stat.Period;
      if (value > 0) sums.set(at, (sums.get(at) ?? 0) + value);
    }
  }
  const points = [...sums].sort(([one], [other]) => other - one);
  return {
    Id: query.Id,
    Label: stat.Metric.MetricName,
    Timestamps: points.map(([at]) => at),
    Values: points.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

/** Undefined for a metric nobody publishes: CloudWatch answers those with no points. */
function readerOf(
  metric: Metric,
): { readonly action: string | undefined; readonly value: (totals: CallTotals) => number } | undefined {
  const dimensions = new Map((metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
  if (metric.Namespace === 'AWS/EC2/API' && dimensions.size === 0) {
    const value = EC2_API[metric.MetricName];
    return value === undefined ? undefined : { action: undefined, value };
  }
  const value = metric.Namespace === 'AWS/Usage' ? USAGE[metric.MetricName] : undefined;
  const whole =
    dimensions.size === 4 &&
    dimensions.get('Service') === 'EC2' &&
    dimensions.get('Type') === 'API' &&
    dimensions.get('Class') === 'None';
  return value === undefined || !whole ? undefined : { action: dimensions.get('Resource') ?? '', value };
}
