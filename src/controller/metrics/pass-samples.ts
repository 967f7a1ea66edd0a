/** What the metrics show of one pass. Pure: the record and the status made from it in, samples out. */
import type { CniTuningStatus } from '../../api/cnituning.ts';
import { CONDITION_TYPES } from '../../api/conditions.ts';
import type { PassRecord } from '../../reconcile/pass-record.ts';
import type { Advice, Figures } from '../../tuning/advice.ts';
import type { SubnetForecast } from '../../tuning/forecast.ts';
import { MOST_SUBNETS } from '../../tuning/forecast/subnet-growth.ts';
import type { AccountView, ClusterSnapshot, SubnetView } from '../../tuning/snapshot.ts';
import type { ObjectMetricKey, ObjectSample } from './metric-table.ts';

const MAX_ACTIONS = 20;
const STATUSES = ['True', 'False', 'Unknown'] as const;
const LEVELS = ['Low', 'Medium', 'High'] as const;

type Labels = ObjectSample['labels'];

/** No sample at all where nothing is known: an absent value is never shown as 0. */
function some(metric: ObjectMetricKey, value: number | undefined, labels: Labels = {}): readonly ObjectSample[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ metric, labels, value }];
}

/** The samples of one finished pass; `status` is what the pass reported. */
export function passSamples(record: PassRecord, status: CniTuningStatus | undefined): readonly ObjectSample[] {
  const { recommendation, snapshot } = record;
  return [
    ...some('suspended', Number(record.object.spec.suspend)),
    ...(status === undefined ? [] : statusSamples(status)),
    ...(recommendation?.kind === 'Advice' ? adviceSamples(recommendation) : []),
    ...(snapshot === undefined ? [] : snapshotSamples(snapshot, record.forecast)),
    ...outcomeSamples(record),
  ];
}

function statusSamples(status: CniTuningStatus): readonly ObjectSample[] {
  return [
    ...conditionSamples(status),
    ...(status.settings ?? []).flatMap((setting) => settingSamples(setting)),
    ...some('nodes', status.nodes?.tuned, { state: 'tuned' }),
    ...(status.nodes?.skipped ?? []).flatMap(({ reason, nodes }) => some('nodes', nodes, { state: reason })),
    ...some('addresses', status.addresses?.assigned, { state: 'assigned' }),
    ...some('addresses', status.addresses?.idle, { state: 'idle' }),
    ...(status.hold === undefined ? [] : some('hold', 1, { reason: status.hold.reason })),
  ];
}

function conditionSamples(status: CniTuningStatus): readonly ObjectSample[] {
  return CONDITION_TYPES.flatMap((type) => {
    const condition = status.conditions?.find((candidate) => candidate.type === type);
    if (condition === undefined) return [];
    return STATUSES.flatMap((word) =>
      some('condition', Number(condition.status === word), { type, status: word.toLowerCase() }),
    );
  });
}

function settingSamples(setting: NonNullable<CniTuningStatus['settings']>[number]): readonly ObjectSample[] {
  const labels = { setting: setting.name };
  const live = /^[0-9]+$/.test(setting.live ?? '') ? Number(setting.live) : undefined;
  return [
    ...some('currentValue', live, labels),
    ...some('recommendedValue', setting.recommended, labels),
    ...some('uncappedValue', setting.uncapped, labels),
  ];
}

function adviceSamples(advice: Advice): readonly ObjectSample[] {
  return [
    ...LEVELS.flatMap((level) => some('confidence', Number(advice.confidence === level), { level })),
    ...some('evaluatedAt', advice.evaluatedAtMs / 1_000),
    ...some('evidenceNodeSeconds', advice.evidence.nodeHours * 3_600),
    ...some('evidencePodStarts', advice.evidence.podStarts),
    ...figureSamples(advice.current, 'current'),
    ...figureSamples(advice.expected, 'recommended'),
    ...advice.shapes.flatMap(({ instanceType, maxPods, regretPerNodeHour }) =>
      some('shapeRegret', regretPerNodeHour, { instance_type: instanceType, max_pods: String(maxPods) }),
    ),
  ];
}

function figureSamples(figures: Figures, values: 'current' | 'recommended'): readonly ObjectSample[] {
  return [
    ...some('predictedIdle', figures.idleAddressesPerNode, { values }),
    ...some('predictedDelayed', figures.delayedPodsShare, { values }),
    ...some('predictedCalls', figures.ec2CallsPerNodeHour, { values }),
  ];
}

function snapshotSamples(snapshot: ClusterSnapshot, forecast: PassRecord['forecast']): readonly ObjectSample[] {
  const failingPods = snapshot.addressFailures.reduce((sum, { pods }) => sum + pods, 0);
  return [
    ...some('snapshotStale', Number(!snapshot.synced || snapshot.staleSinceMs !== undefined)),
    ...some('failingPods', failingPods),
    ...some('rolloutDesired', snapshot.daemonSet?.desired),
    ...some('rolloutUpdated', snapshot.daemonSet?.updated),
    ...(snapshot.account === undefined ? [] : accountSamples(snapshot.account, forecast)),
  ];
}

function accountSamples(account: AccountView, forecast: PassRecord['forecast']): readonly ObjectSample[] {
  const throttled = Object.entries(account.throttledCallsByAction ?? {}).toSorted(([, a], [, b]) => b - a);
  const fullestFirst = (account.subnets ?? []).toSorted((a, b) => a.freeAddresses - b.freeAddresses);
  return [
    ...fullestFirst.slice(0, MOST_SUBNETS).flatMap((subnet) => [
      ...subnetSamples(subnet),
      ...forecastSamples(
        subnet,
        forecast?.find(({ subnetId }) => subnetId === subnet.id),
      ),
    ]),
    ...account.gaps
      .slice(0, MAX_ACTIONS)
      .flatMap(({ reason, action }) => some('accountGap', 1, { reason, action: action ?? '' })),
    ...throttled.slice(0, MAX_ACTIONS).flatMap(([action, calls]) => some('throttledCalls', calls, { action })),
  ];
}

function subnetSamples(subnet: SubnetView): readonly ObjectSample[] {
  const labels = { subnet_id: subnet.id, zone: subnet.zone };
  return [
    ...some('subnetFree', subnet.freeAddresses, labels),
    ...some('subnetSize', subnet.sizeAddresses, labels),
    ...some('subnetFreePrefixes', subnet.freePrefixes, labels),
    ...some('subnetHeld', subnet.heldByClusterAddresses, { ...labels, holder: 'cluster' }),
    ...some('subnetHeld', subnet.heldByOthersAddresses, { ...labels, holder: 'others' }),
  ];
}

function forecastSamples({ id, zone }: SubnetView, forecast: SubnetForecast | undefined): readonly ObjectSample[] {
  const labels = { subnet_id: id, zone };
  const timestamp = (bound: string, atMs: number | undefined): readonly ObjectSample[] =>
    some('subnetExhaustion', atMs === undefined ? undefined : atMs / 1_000, { ...labels, bound });
  return [
    ...some('subnetReserve', forecast?.reserveAddresses, labels),
    ...some('subnetGrowth', forecast?.growthPerDay, labels),
    ...timestamp('earliest', forecast?.earliestMs),
    ...timestamp('likely', forecast?.likelyMs),
    ...timestamp('latest', forecast?.latestMs),
  ];
}

function outcomeSamples({ plan, outcome, finishedAtMs }: PassRecord): readonly ObjectSample[] {
  const decision = plan?.kind ?? 'None';
  const reason = plan?.kind === 'Hold' ? plan.reason : '';
  const wrote = (outcome.kind === 'Applied' && outcome.changed) || outcome.kind === 'Restored';
  return [
    ...some('decisions', 1, { decision, reason }),
    ...(wrote ? some('changes', 1, { kind: plan?.kind === 'Undo' ? 'undone' : outcome.kind.toLowerCase() }) : []),
    ...(outcome.kind === 'Failed' ? [] : some('lastSuccess', finishedAtMs / 1_000)),
  ];
}
