/**
 * How many EC2 calls of the account were throttled lately, by action: one GetMetricData over the metrics that AWS
 * publishes by itself (`AWS/Usage`), and the total that accounts can opt in to (`AWS/EC2/API`).
 */
import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { EC2Action } from '../ipamd/ec2-calls.ts';
import type { AwsClients } from './clients.ts';
import { AccountTrouble, unavailableGap } from './errors.ts';

const ACTION: `cloudwatch:${string}` = 'cloudwatch:GetMetricData';
/** Throttled calls that no action of the CNI explains; known only where the account has opted in. */
const OTHER_ACTIONS = 'OtherActions';

/** What the CNI calls, in ipamd's words: a restart of aws-node under throttling of these can go wrong. */
const WATCHED: Readonly<Record<EC2Action, true>> = {
  AssignPrivateIpAddresses: true,
  AttachNetworkInterface: true,
  CreateNetworkInterface: true,
  CreateTags: true,
  DeleteNetworkInterface: true,
  DescribeInstances: true,
  DescribeNetworkInterfaces: true,
  DescribeSubnets: true,
  DetachNetworkInterface: true,
  ModifyNetworkInterfaceAttribute: true,
  UnassignPrivateIpAddresses: true,
};
const WATCHED_ACTIONS = Object.keys(WATCHED);
const TOTAL_ID = 'total';
const PERIOD_SECONDS = 60;
/** Metrics arrive a minute or two late; five minutes still mean "now". */
const WINDOW_MS = 5 * 60_000;

/** Only actions with throttled calls; empty = none were. */
export async function readThrottledCalls(
  clients: AwsClients,
  nowMs: number,
): Promise<Readonly<Record<string, number>>> {
  const endMs = Math.ceil(nowMs / 60_000) * 60_000;
  const command = new clients.cloudWatchSdk.GetMetricDataCommand({
    MetricDataQueries: queries(),
    StartTime: new Date(endMs - WINDOW_MS),
    EndTime: new Date(endMs),
  });
  const answer = await clients.ask(ACTION, (abortSignal) => clients.cloudWatch.send(command, { abortSignal }));
  if (answer.MetricDataResults === undefined) {
    throw new AccountTrouble(
      unavailableGap(ACTION, `CloudWatch could not be read (${ACTION}): the answer holds no results.`),
    );
  }
  return sumsOf(answer.MetricDataResults);
}

function sumsOf(results: readonly MetricDataResult[]): Readonly<Record<string, number>> {
  const byId = new Map(results.map(({ Id, Values }) => [Id, (Values ?? []).reduce((sum, value) => sum + value, 0)]));
  const sums: Record<string, number> = {};
  let explained = 0;
  for (const [index, action] of WATCHED_ACTIONS.entries()) {
    const throttled = byId.get(idOf(index)) ?? 0;
    if (throttled > 0) sums[action] = throttled;
    explained += throttled;
  }
  const unexplained = (byId.get(TOTAL_ID) ?? 0) - explained;
  return unexplained > 0 ? { ...sums, [OTHER_ACTIONS]: unexplained } : sums;
}

function queries(): MetricDataQuery[] {
  const byAction = WATCHED_ACTIONS.map((action, index) =>
    sumQuery(idOf(index), 'AWS/Usage', 'ThrottleCount', [
      { Name: 'Service', Value: 'EC2' },
      { Name: 'Type', Value: 'API' },
      { Name: 'Class', Value: 'None' },
      { Name: 'Resource', Value: action },
    ]),
  );
  return [...byAction, sumQuery(TOTAL_ID, 'AWS/EC2/API', 'RequestLimitExceeded', [])];
}

function sumQuery(
  id: string,
  namespace: string,
  name: string,
  dimensions: { readonly Name: string; readonly Value: string }[],
): MetricDataQuery {
  const metric = { Namespace: namespace, MetricName: name, Dimensions: dimensions };
  return { Id: id, MetricStat: { Metric: metric, Period: PERIOD_SECONDS, Stat: 'Sum' } };
}

/** CloudWatch wants ids that begin with a small letter. */
function idOf(index: number): string {
  return `action${index}`;
}
