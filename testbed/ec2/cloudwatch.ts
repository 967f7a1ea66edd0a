/**
 * CloudWatch's GetMetricData and ListMetrics (AWS JSON 1.0) over the endpoint's own record of calls: `AWS/Usage`
 * by action, `AWS/EC2/API` for all actions together. No metric math: it is refused aloud.
 */
import type { CallRecord, CallTotals } from './call-record.ts';
import { Ec2Error } from './ec2-error.ts';
import { isObject, type JsonObject, numberIn, objectsIn, textIn } from './json-fields.ts';

type Dimension = { readonly Name: string; readonly Value: string };
type Metric = { readonly Namespace: string; readonly MetricName: string; readonly Dimensions: readonly Dimension[] };
type Query = { readonly id: string; readonly metric: Metric; readonly periodSeconds: number };
/** Milliseconds since the epoch. */
type Span = { readonly fromMs: number; readonly toMs: number };

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

/** GetMetricData. Times are seconds since the epoch both ways. */
export function metricValues(calls: CallRecord, body: unknown): unknown {
  const request = isObject(body) ? body : {};
  const queries = objectsIn(request['MetricDataQueries']);
  if (queries.length === 0 || queries.length > MOST_QUERIES) {
    throw new Ec2Error('ValidationError', `MetricDataQueries must hold 1 to ${MOST_QUERIES} queries.`);
  }
  const span = {
    fromMs: (numberIn(request['StartTime']) ?? 0) * 1_000,
    toMs: (numberIn(request['EndTime']) ?? 0) * 1_000,
  };
  return { MetricDataResults: queries.map((query) => resultOf(calls, queryOf(query), span)), Messages: [] };
}

export function listMetrics(calls: CallRecord, body: unknown): unknown {
  const request = isObject(body) ? body : {};
  const all: Metric[] = calls.actions().flatMap((action) => usageMetrics(action));
  for (const name of Object.keys(EC2_API)) all.push({ Namespace: 'AWS/EC2/API', MetricName: name, Dimensions: [] });
  const wanted = all.filter(
    (metric) =>
      (textIn(request['Namespace']) ?? metric.Namespace) === metric.Namespace &&
      (textIn(request['MetricName']) ?? metric.MetricName) === metric.MetricName,
  );
  const start = Number(textIn(request['NextToken']) ?? 0);
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

function queryOf(query: JsonObject): Query {
  const id = textIn(query['Id']) ?? '';
  const stat = query['MetricStat'];
  if (!isObject(stat) || !isObject(stat['Metric'])) {
    throw new Ec2Error('ValidationError', `The stand-in knows no metric math: query ${id} needs a MetricStat.`);
  }
  if (stat['Stat'] !== 'Sum') throw new Ec2Error('ValidationError', 'The stand-in knows only the statistic Sum.');
  const metric = stat['Metric'];
  return {
    id,
    periodSeconds: Math.max(60, numberIn(stat['Period']) ?? 60),
    metric: {
      Namespace: textIn(metric['Namespace']) ?? '',
      MetricName: textIn(metric['MetricName']) ?? '',
      Dimensions: objectsIn(metric['Dimensions']).map((dimension) => ({
        Name: textIn(dimension['Name']) ?? '',
        Value: textIn(dimension['Value']) ?? '',
      })),
    },
  };
}

function resultOf(calls: CallRecord, query: Query, span: Span): unknown {
  const sums = new Map<number, number>();
  const read = readerOf(query.metric);
  const minutes = read === undefined ? [] : calls.minutes(read.action, span.fromMs, span.toMs);
  for (const [startMs, totals] of minutes) {
    const value = read?.value(totals) ?? 0;
    const at = Math.floor(startMs / 1_000 / query.periodSeconds) * query.periodSeconds;
    if (value > 0) sums.set(at, (sums.get(at) ?? 0) + value);
  }
  const points = [...sums].sort(([one], [other]) => other - one);
  return {
    Id: query.id,
    Label: query.metric.MetricName,
    Timestamps: points.map(([at]) => at),
    Values: points.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

/** Undefined for a metric nobody publishes: CloudWatch answers those with no points. */
function readerOf(
  metric: Metric,
): { readonly action: string | undefined; readonly value: (totals: CallTotals) => number } | undefined {
  const dimensions = new Map(metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
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
