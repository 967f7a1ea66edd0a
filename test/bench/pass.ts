/**
 * `npm run bench:pass [-- --write]`: how long a pass takes by the number of nodes, and what an evaluation takes by kinds of
 * node and candidates: the first one, and the one after another hour of demand. One thread; times are CPU time of the
 * process, so that a busy machine counts less. `--write` puts the tables into docs/benchmarks.md.
 */
import { loadavg } from 'node:os';
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

type Evaluated = { readonly evaluation: Evaluation; readonly cpuSeconds: number; readonly peakHeapBytes: number };

function evaluated(request: EvaluationRequest, memo: ReplayMemo): Evaluated {
  const startedMs = cpuMs();
  const steps = evaluationSteps(request, memo, { replay, nowMs: () => request.requestedAtMs, cpuMs });
  let peakHeapBytes = 0;
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (count % 256 === 0) peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed);
    if (step.done === true) return { evaluation: step.value, cpuSeconds: (cpuMs() - startedMs) / 1_000, peakHeapBytes };
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
  const memo = new ReplayMemo();
  const next = async (): Promise<Evaluated> => {
    await reconcile('default', ports, () => cluster.nowMs);
    if (asked.request === undefined) throw new Error('The pass asked for no evaluation.');
    const found = evaluated(asked.request, memo);
    asked.evaluation = { ...found.evaluation, request: { ...found.evaluation.request, requestedAtMs: 0 } };
    return found;
  };
  const first = await next();
  const segments = asked.request?.segments.length ?? 0;
  watch(cluster, WATCHED_HOURS, WATCHED_HOURS + 1);
  const again = await next();
  const { candidates, dropped } = first.evaluation;
  return [
    String(setting.nodes),
    String(setting.types),
    String(segments),
    `${candidates.length + dropped.length}, of them ${dropped.length} dropped`,
    first.cpuSeconds.toFixed(1),
    again.cpuSeconds.toFixed(1),
    (Math.max(first.peakHeapBytes, again.peakHeapBytes) / MEBIBYTE).toFixed(0),
  ];
}

async function main(): Promise<void> {
  const passes = [['nodes', 'a pass, ms', 'most', 'a pass that asks for an evaluation, ms', 'most']];
  for (const nodes of [50, 500, 5_000]) {
    passes.push([...(await passRow(nodes))]);
    console.log(passes.at(-1)?.join('  '));
  }
  const evaluations = [
    ['nodes', 'kinds', 'stretches', 'candidates', 'first, s', 'an hour later, s', 'heap at most, MiB'],
  ];
  const settings: readonly Setting[] = [
    { nodes: 50, types: 4, settings: ALONE },
    { nodes: 5_000, types: 1, settings: ALONE },
    { nodes: 5_000, types: 4, settings: ALONE },
    { nodes: 50, types: 4, settings: PAIR },
    { nodes: 5_000, types: 1, settings: PAIR },
    { nodes: 5_000, types: 4, settings: PAIR },
    { nodes: 5_000, types: 20, settings: ALONE },
  ];
  for (const setting of settings) {
    evaluations.push([...(await evaluationRow(setting))]);
    console.log(evaluations.at(-1)?.join('  '));
  }
  const machine = `${machineText()}. Load of the machine from other work at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.`;
  const text = `${machine}\n\n${markdownTable(passes)}\n\n${markdownTable(evaluations)}`;
  if (process.argv.includes('--write')) writeSection('bench:pass', text);
  else console.log(text);
}

await main();
