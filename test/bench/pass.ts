/**
 * `npm run bench:pass [-- --nodes 5000 --write]`: how long a pass takes by the number of nodes, and what an evaluation
 * takes by kinds of node and candidates: the first one, and the one after another hour of demand. One thread; times are
 * CPU time of the process, so that a busy machine counts less. `--nodes` leaves out the rows of larger clusters,
 * `--write` puts the tables into docs/benchmarks.md.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TuningSpec } from '../../src/api/tuning-spec.ts';
import { replay } from '../../src/ipamd/simulate.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { Ports } from '../../src/reconcile/ports.ts';
import { evaluationSteps } from '../../src/tuning/evaluate.ts';
import { ReplayMemo } from '../../src/tuning/evaluate/replay-memo.ts';
import type { Evaluation, EvaluationRequest } from '../../src/tuning/evaluation.ts';
import { aNode, anEnvEntry, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../support/builders.ts';
import { demandOf } from '../support/demand.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { machineText, markdownTable, medianOf, writeSection } from './benchmarks-page.ts';

/** Nitro types with 3 to 15 interfaces. */
const TYPES = ['m5', 'c5', 'r5', 'm6i', 'c6i'].flatMap((family) =>
  ['large', 'xlarge', '2xlarge', '4xlarge'].map((size) => `${family}.${size}`),
);
const PASSES = 20;
const WATCHED_HOURS = 25;
const MEBIBYTE = 1_048_576;
const PAIR: TuningSpec['settings'] = {
  warmENI: { min: 0, max: 3 },
  warmIP: { min: 1, max: 32 },
  minimumIP: { min: 0, max: 64 },
};
const ALONE: TuningSpec['settings'] = { warmENI: { min: 0, max: 3 } };

type Setting = { readonly nodes: number; readonly types: number; readonly settings: TuningSpec['settings'] };

/** A day and an hour watched: six pods on each node, and four more every half hour. */
function clusterOf({ nodes: count, types, settings }: Setting): FakeCluster {
  const nodes = Array.from({ length: count }, (_, at) =>
    aNode(`node-${at}`, { instanceType: TYPES[at % types] ?? 'm5.large', maxPods: 29 }),
  );
  const env = [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', '1')];
  const cluster = new FakeCluster({ nodes, daemonSet: { env } });
  cluster.applyTuning('default', { settings });
  for (const { name } of nodes) cluster.podsByNode.set(name, 6);
  watch(cluster, 0, WATCHED_HOURS);
  return cluster;
}

/** Node by node, so that no list of all changes is held. */
function watch(cluster: FakeCluster, fromHour: number, untilHour: number): void {
  const rhythm = { steadyPods: 6, burstPods: 4, burstEveryMs: 30 * MINUTE_MS };
  const [sinceMs, untilMs] = [MONDAY_MS + fromHour * HOUR_MS, MONDAY_MS + untilHour * HOUR_MS];
  for (const node of cluster.nodes) {
    for (const change of demandOf([node], { fromMs: MONDAY_MS, untilMs, ...rhythm })) {
      if (change.kind === 'Blind' || (fromHour > 0 && change.atMs <= sinceMs)) continue;
      cluster.memory.record(change);
    }
  }
  cluster.nowMs = untilMs;
  if (cluster.account !== undefined) cluster.account = { ...cluster.account, takenAtMs: cluster.nowMs };
}

type Asked = { request: EvaluationRequest | undefined; evaluation: Evaluation | undefined };

/** The fake's ports, with an evaluator that only notes what it is asked. */
function portsOf(cluster: FakeCluster, asked: Asked): Ports {
  const evaluator: Ports['evaluator'] = {
    latest: () => asked.evaluation,
    request: (_, request) => {
      asked.request = request;
    },
    forget: () => {},
  };
  return { ...cluster.ports(), evaluator };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Of the process: objects, and the buffers beside them. */
function bytesInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function bytesInUseAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // Buffers that the first collection found are given back by the second.
  for (let turn = 0; turn < 2; turn++) collect();
  return bytesInUse();
}

type Evaluated = { readonly evaluation: Evaluation; readonly cpuSeconds: number; readonly peakBytes: number };

function evaluated(request: EvaluationRequest, memo: ReplayMemo): Evaluated {
  const startedMs = cpuMs();
  const steps = evaluationSteps(request, memo, { replay, nowMs: () => request.requestedAtMs, cpuMs });
  let peakBytes = 0;
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (count % 256 === 0) peakBytes = Math.max(peakBytes, bytesInUse());
    if (step.done === true) return { evaluation: step.value, cpuSeconds: (cpuMs() - startedMs) / 1_000, peakBytes };
  }
}

/** Median and most of the passes, in ms. */
async function passTimes(cluster: FakeCluster, ports: Ports, beforeEach: () => void): Promise<readonly string[]> {
  const times: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    beforeEach();
    const startedMs = cpuMs();
    await reconcile('default', ports, () => cluster.nowMs);
    times.push(cpuMs() - startedMs);
  }
  return [medianOf(times).toFixed(1), Math.max(...times).toFixed(1)];
}

async function passRow(nodes: number): Promise<readonly string[]> {
  const cluster = clusterOf({ nodes, types: 4, settings: ALONE });
  const asked: Asked = { request: undefined, evaluation: undefined };
  const ports = portsOf(cluster, asked);
  await reconcile('default', ports, () => cluster.nowMs);
  if (asked.request === undefined) throw new Error('The pass asked for no evaluation.');
  const { evaluation } = evaluated(asked.request, new ReplayMemo());
  const fresh = { ...evaluation.request, requestedAtMs: cluster.nowMs };
  const steady = await passTimes(cluster, ports, () => {
    asked.evaluation = { ...evaluation, request: fresh };
  });
  const asking = await passTimes(cluster, ports, () => {
    asked.evaluation = { ...evaluation, request: { ...fresh, requestedAtMs: cluster.nowMs - HOUR_MS } };
  });
  return [String(nodes), ...steady, ...asking];
}

async function evaluationRow(setting: Setting): Promise<readonly string[]> {
  const cluster = clusterOf(setting);
  const asked: Asked = { request: undefined, evaluation: undefined };
  const ports = portsOf(cluster, asked);
  const memos = [new ReplayMemo()];
  const next = async (): Promise<Evaluated> => {
    await reconcile('default', ports, () => cluster.nowMs);
    if (asked.request === undefined) throw new Error('The pass asked for no evaluation.');
    const found = evaluated(asked.request, memos[0] ?? new ReplayMemo());
    asked.evaluation = { ...found.evaluation, request: { ...found.evaluation.request, requestedAtMs: 0 } };
    return found;
  };
  const first = await next();
  const segments = asked.request?.segments.length ?? 0;
  watch(cluster, WATCHED_HOURS, WATCHED_HOURS + 1);
  const again = await next();
  const withMemo = bytesInUseAfterCollection();
  memos.pop();
  const memoBytes = withMemo - bytesInUseAfterCollection();
  const { candidates, dropped } = first.evaluation;
  return [
    String(setting.nodes),
    String(setting.types),
    String(segments),
    `${candidates.length + dropped.length}, of them ${dropped.length} dropped`,
    first.cpuSeconds.toFixed(1),
    again.cpuSeconds.toFixed(1),
    (Math.max(first.peakBytes, again.peakBytes) / MEBIBYTE).toFixed(0),
    (memoBytes / MEBIBYTE).toFixed(1),
  ];
}

function wishOf(argv: readonly string[]): { readonly mostNodes: number; readonly write: boolean } {
  const options = { nodes: { type: 'string', default: '5000' }, write: { type: 'boolean', default: false } } as const;
  const { nodes, write } = parseArgs({ args: [...argv], options }).values;
  if (Number(nodes) > 0) return { mostNodes: Number(nodes), write };
  console.error(`--nodes ${nodes} is not a number above 0.`);
  process.exit(2);
}

async function main(): Promise<void> {
  const { mostNodes, write } = wishOf(process.argv.slice(2));
  const passes = [['nodes', 'a pass, ms', 'most', 'a pass that asks for an evaluation, ms', 'most']];
  for (const nodes of [50, 500, 5_000].filter((count) => count <= mostNodes)) {
    passes.push([...(await passRow(nodes))]);
    console.log(passes.at(-1)?.join('  '));
  }
  const evaluations = [
    [
      'nodes',
      'kinds',
      'stretches',
      'candidates',
      'first, s',
      'an hour later, s',
      'memory at most, MiB',
      'the memo, MiB',
    ],
  ];
  const settings: readonly Setting[] = [
    { nodes: 50, types: 4, settings: ALONE },
    { nodes: 5_000, types: 1, settings: ALONE },
    { nodes: 5_000, types: 4, settings: ALONE },
    { nodes: 50, types: 4, settings: PAIR },
    { nodes: 500, types: 4, settings: ALONE },
    { nodes: 5_000, types: 1, settings: PAIR },
    { nodes: 5_000, types: 4, settings: PAIR },
    { nodes: 5_000, types: 20, settings: ALONE },
  ];
  for (const setting of settings.filter(({ nodes }) => nodes <= mostNodes)) {
    evaluations.push([...(await evaluationRow(setting))]);
    console.log(evaluations.at(-1)?.join('  '));
  }
  const machine = `${machineText()}. Load of the machine from other work at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.`;
  const text = `${machine}\n\n${markdownTable(passes)}\n\n${markdownTable(evaluations)}`;
  if (write) writeSection('bench:pass', text);
  else console.log(text);
}

await main();
