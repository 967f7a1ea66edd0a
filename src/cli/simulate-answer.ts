/** What the pool does under each setting: filled by so many pods, or by the demand of a log. */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import { limitsOf } from '../ipamd/instance-limits.ts';
import { replay } from '../ipamd/simulate.ts';
import type { DemandLog, DemandNode } from './demand-nodes.ts';
import type { DemandMode } from './demand-shapes.ts';
import { maxPodsIn } from './demand-shapes.ts';
import type { Answer, Section } from './output.ts';
import type { Progress } from './progress.ts';
import type { AskedSetting } from './simulate-question.ts';
import type { SteadyPool } from '../tuning/forecast/steady-pool.ts';
import { steadyPool } from '../tuning/forecast/steady-pool.ts';

const HOUR_MS = 3_600_000;
/** Nodes of the log's start have been Ready for long. */
const LONG_BEFORE_MS = 86_400_000;
/** aws-node and kube-proxy. */
const HOST_NETWORK_PODS = 2;

function shapeIn(mode: DemandMode, instanceType: string): NodeShape | undefined {
  const limits = limitsOf(instanceType);
  const maxPods = maxPodsIn(mode, instanceType);
  return limits === undefined || maxPods === undefined ? undefined : { ...limits, maxPods };
}

type Fill = {
  readonly mode: DemandMode;
  readonly settings: readonly AskedSetting[];
  readonly instanceTypes: readonly string[];
  readonly pods: readonly number[];
};

/** One row per setting, type and number of pods; more pods than the node takes are left out. */
export function filledAnswer({ mode, settings, instanceTypes, pods }: Fill, progress: Progress): Answer {
  const cells = settings.flatMap((setting) =>
    instanceTypes.flatMap((type) => {
      const shape = shapeIn(mode, type);
      if (shape === undefined) return [];
      const fitting = pods.filter((count) => count <= shape.maxPods - HOST_NETWORK_PODS);
      return fitting.map((count) => ({ ...setting, shape, pods: count }));
    }),
  );
  const rows = cells.map(({ env, settings: cni, shape, pods: count }, index) => {
    progress.at(index, cells.length);
    return { env, instanceType: shape.instanceType, pods: count, ...steadyPool(shape, cni, count) };
  });
  progress.end();
  return { value: { mode, rows }, sections: [paragraph(FILLED), filledTable(rows)] };
}

const FILLED =
  'A fresh node, pods one by one, and time to settle. Held: what it takes from its subnet, the address of each interface and 16 per prefix included.';

type FilledRow = SteadyPool & {
  readonly env: AskedSetting['env'];
  readonly instanceType: string;
  readonly pods: number;
};

function filledTable(rows: readonly FilledRow[]): Section {
  return {
    kind: 'Table',
    title: '',
    columns: [
      { key: 'setting', title: 'Setting' },
      { key: 'instanceType', title: 'Type' },
      { key: 'pods', title: 'Pods' },
      { key: 'heldAddresses', title: 'Held' },
      { key: 'enis', title: 'ENIs' },
      { key: 'idleAddresses', title: 'Idle' },
      { key: 'prefixes', title: 'Prefixes', wideOnly: true },
      { key: 'poolAddresses', title: 'For pods', wideOnly: true },
      { key: 'waitingPods', title: 'Waiting', wideOnly: true },
    ],
    rows: rows.map(({ env, ...row }) => ({ setting: settingText(env), ...row })),
  };
}

function settingText(env: AskedSetting['env']): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** The whole log under each setting. */
export function loggedAnswer(
  log: DemandLog,
  { mode, settings }: Pick<Fill, 'mode' | 'settings'>,
  progress: Progress,
): Answer {
  const unknown = [...new Set(log.nodes.map(({ instanceType }) => instanceType))]
    .filter((type) => limitsOf(type) === undefined)
    .toSorted();
  const rows = settings.map((setting, index) => {
    progress.at(index, settings.length);
    return { env: setting.env, ...sumsOf(log, mode, setting) };
  });
  progress.end();
  const skipped = unknown.length === 0 ? [] : [paragraph(`Left out, limits unknown: ${unknown.join(', ')}.`)];
  return { value: { mode, unknownInstanceTypes: unknown, rows }, sections: [...skipped, loggedTable(rows)] };
}

type LogSums = {
  readonly nodeHours: number;
  readonly podStarts: number;
  readonly delayedPods: number;
  readonly delayedPodsShare: number;
  readonly heldAddressesPerNode: number;
  readonly idleAddressesPerNode: number;
  readonly ec2CallsPerNodeHour: number;
  readonly mutatingEc2CallsPerNodeHour: number;
};

function sumsOf(log: DemandLog, mode: DemandMode, { settings }: AskedSetting): LogSums {
  let [countedMs, heldMs, idleMs, calls, mutating, podStarts, delayedPods] = [0, 0, 0, 0, 0, 0, 0];
  for (const [index, node] of log.nodes.entries()) {
    const shape = shapeIn(mode, node.instanceType);
    if (shape === undefined) continue;
    const sums = replay({ shape, settings, life: lifeOf(node), seed: index });
    countedMs += sums.countedMs;
    heldMs += sums.heldAddressMs;
    idleMs += sums.idleAddressMs;
    calls += sums.ec2Calls;
    mutating += sums.mutatingEc2Calls;
    podStarts += sums.podStarts;
    delayedPods += sums.delayedPods.length;
  }
  const perNodeHour = (count: number): number => rounded((count * HOUR_MS) / Math.max(1, countedMs));
  return {
    nodeHours: rounded(countedMs / HOUR_MS),
    podStarts,
    delayedPods,
    delayedPodsShare: rounded(delayedPods / Math.max(1, podStarts)),
    heldAddressesPerNode: perNodeHour(heldMs / HOUR_MS),
    idleAddressesPerNode: perNodeHour(idleMs / HOUR_MS),
    ec2CallsPerNodeHour: perNodeHour(calls),
    mutatingEc2CallsPerNodeHour: perNodeHour(mutating),
  };
}

function lifeOf({ addedAtMs, untilMs, startingPods, events }: DemandNode) {
  const readyAtMs = addedAtMs === 0 ? -LONG_BEFORE_MS : addedAtMs;
  return { readyAtMs, fromMs: addedAtMs, untilMs, startingPods, events };
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}

function loggedTable(rows: readonly (LogSums & { readonly env: AskedSetting['env'] })[]): Section {
  return {
    kind: 'Table',
    title: '',
    columns: [
      { key: 'setting', title: 'Setting' },
      { key: 'held', title: 'Held/node' },
      { key: 'idle', title: 'Idle/node' },
      { key: 'delayed', title: 'Delayed %' },
      { key: 'calls', title: 'Calls/h' },
      { key: 'podStarts', title: 'Pod starts', wideOnly: true },
      { key: 'nodeHours', title: 'Node-hours', wideOnly: true },
    ],
    rows: rows.map((row) => ({
      setting: settingText(row.env),
      held: Number(row.heldAddressesPerNode.toFixed(1)),
      idle: Number(row.idleAddressesPerNode.toFixed(1)),
      delayed: Number((100 * row.delayedPodsShare).toFixed(3)),
      calls: Number(row.ec2CallsPerNodeHour.toFixed(2)),
      podStarts: row.podStarts,
      nodeHours: Math.round(row.nodeHours),
    })),
  };
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}
