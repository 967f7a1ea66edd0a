/** Runs the operator as the image does, bundle and flags, from its start to its first pass. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { CniTuning } from '../../../src/api/cnituning.ts';
import type { ControlPlane } from '../../../testbed/control-plane/control-plane.ts';
import type { SyncFigures } from './figures.ts';

const PROBE = join(import.meta.dirname, 'probe.mjs');
const CHART_VALUES = join(import.meta.dirname, '../../../deploy/chart/values.yaml');
const TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';
const PATIENCE_MS = 600_000;

export type OperatorRun = {
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly ec2Url: string;
};

type ProbeFigures = Pick<SyncFigures, 'peakRssBytes' | 'cpuMs' | 'loopDelayP99Ms' | 'loopDelayMaxMs' | 'heapBytes'>;
type LogLine = { readonly time: string; readonly message: string; readonly metricsPort?: number };

/** `--max-old-space-size=… --max-semi-space-size=…`, as the chart sets them. */
export function chartNodeOptions(): string {
  const { nodeOptions } = parse(readFileSync(CHART_VALUES, 'utf8')) as { readonly nodeOptions: string };
  return nodeOptions;
}

/** One line after another that satisfies; rejects when the stream ends or time is up. */
function linesOf(stream: Readable): (isWanted: (line: string) => boolean) => Promise<string> {
  const seen: string[] = [];
  let ended = false;
  createInterface({ input: stream })
    .on('line', (line) => void seen.push(line))
    .on('close', () => (ended = true));
  return async (isWanted) => {
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = seen.find(isWanted);
      if (found !== undefined) return found;
      if (ended || performance.now() > deadlineMs) throw new Error(`The operator ended or hung:\n${seen.join('\n')}`);
      await delay(2);
    }
  };
}

export async function runOperator({ folder, plane, ec2Url }: OperatorRun): Promise<SyncFigures> {
  const flags = ['--metrics-bind-address=127.0.0.1:0', '--health-probe-bind-address=127.0.0.1:0'];
  const argv = ['run', `--kubeconfig=${plane.kubeconfigs.admin}`, '--leader-election-namespace=default', ...flags];
  const child = spawn(process.execPath, ['--import', PROBE, 'cni-tuner.mjs', ...argv], {
    cwd: folder,
    env: { NODE_ENV: 'production', NODE_OPTIONS: chartNodeOptions(), ...awsEnvironment(ec2Url) },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  try {
    const log = linesOf(child.stdout as Readable);
    const logged = async (message: string): Promise<LogLine> => JSON.parse(await log((line) => line.includes(message)));
    const figures = linesOf(child.stdio[3] as Readable);
    const started = await logged('"Started"');
    child.kill('SIGUSR2');
    const synced = await logged('"Caches are ready"');
    child.kill('SIGUSR2');
    const taken = JSON.parse(await figures(() => true)) as ProbeFigures;
    const requests = await sumOf(started, 'rest_client_requests_total');
    const { nodes, pods } = await firstPass(plane);
    return {
      ...taken,
      syncMs: Date.parse(synced.time) - Date.parse(started.time),
      requests,
      nodes,
      pods,
      passMs: 1_000 * (await meanOf(started, 'controller_runtime_reconcile_time_seconds')),
    };
  } finally {
    await plane.api.delete(`${TUNINGS}/default`).catch(() => {});
    child.kill('SIGTERM');
    await exited;
  }
}

/** What the first pass over a new CniTuning says of the cluster, read back from its status. */
async function firstPass({ api }: ControlPlane): Promise<Pick<SyncFigures, 'nodes' | 'pods'>> {
  const tuning = { apiVersion: 'cnituning.dev/v1alpha1', kind: 'CniTuning', metadata: { name: 'default' }, spec: {} };
  await api.create(TUNINGS, tuning);
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const { status } = await api.get<CniTuning>(`${TUNINGS}/default`);
    if (status?.nodes !== undefined) return { nodes: status.nodes.total, pods: status.addresses?.assigned ?? 0 };
    if (performance.now() > deadlineMs) throw new Error(`no pass has seen the nodes: ${JSON.stringify(status)}`);
    await delay(50);
  }
}

async function samplesOf({ metricsPort }: LogLine, name: string): Promise<readonly number[]> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.map((line) => Number(line.split(' ').at(-1)));
}

async function sumOf(started: LogLine, name: string): Promise<number> {
  return (await samplesOf(started, name)).reduce((sum, value) => sum + value, 0);
}

async function meanOf(started: LogLine, name: string): Promise<number> {
  return (await sumOf(started, `${name}_sum`)) / (await sumOf(started, `${name}_count`));
}

function awsEnvironment(ec2Url: string): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: 'AKIABENCH',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: ec2Url,
  };
}
