/**
 * `npm run bench:memory [-- --nodes 5000 --pods 30000 --minutes 4 --write]`: what the operator's bundle keeps in memory while it
 * works, with the chart's flags, on a real API server with pods that come and go. `--write` puts it into docs/benchmarks.md.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { bundle } from '../../scripts/bundle/bundle.ts';
import { seededNodeName } from '../../testbed/cluster/seeded-cluster.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { freePort } from '../../testbed/control-plane/free-port.ts';
import { MissingPrerequisite } from '../../testbed/control-plane/missing-prerequisite.ts';
import { machineText, markdownTable, writeSection } from './benchmarks-page.ts';
import { startSeededPlane } from './sync/seeded-plane.ts';

const VALUES = join(import.meta.dirname, '../../deploy/chart/values.yaml');
const MEBIBYTE = 1_048_576;
const SAMPLE_EVERY_MS = 1_000;
const PODS_A_SECOND = 10;
const POD_LIVES_MS = 30_000;
const SYNC_WITHIN_MS = 300_000;

type Wish = { readonly nodes: number; readonly pods: number; readonly minutes: number; readonly write: boolean };

function wishOf(argv: readonly string[]): Wish {
  const text = { type: 'string' } as const;
  const options = { nodes: text, pods: text, minutes: text, write: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const { nodes = '5000', pods = '30000', minutes = '4', write = false } = values;
  const wish = { nodes: Number(nodes), pods: Number(pods), minutes: Number(minutes), write };
  const wrong = (['nodes', 'pods', 'minutes'] as const).find(
    (name) => !(Number.isInteger(wish[name]) && wish[name] > 0),
  );
  if (wrong === undefined) return wish;
  console.error(`--${wrong} ${values[wrong] ?? ''} is not a whole number above 0.`);
  process.exit(2);
}

type Memory = { readonly residentBytes: number; readonly peakBytes: number };

/** Of one process, its threads included. */
async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
}

async function startBundle(plane: ControlPlane, folder: string, metricsPort: number): Promise<ChildProcess> {
  await bundle(folder);
  const { nodeOptions } = parse(await readFile(VALUES, 'utf8'));
  const argv = ['run', '--no-aws', '--kubeconfig', plane.kubeconfigs.admin, '--leader-election-namespace', 'default'];
  const ports = ['--metrics-bind-address', `127.0.0.1:${metricsPort}`, '--health-probe-bind-address', '127.0.0.1:0'];
  const child = spawn(process.execPath, [join(folder, 'cni-tuner.mjs'), ...argv, ...ports], {
    env: { PATH: process.env['PATH'], NODE_OPTIONS: nodeOptions },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'spawn');
  return child;
}

async function metric(port: number, name: RegExp): Promise<number> {
  const page = await fetch(`http://127.0.0.1:${port}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  return page
    .split('\n')
    .filter((line) => name.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const PODS = '/api/v1/namespaces/default/pods';

/** A pod a tenth of a second, each on another node, each for half a minute. Ends with the signal. */
async function comeAndGo(api: ApiClient, nodes: number, signal: AbortSignal): Promise<number> {
  const living: { readonly name: string; readonly untilMs: number }[] = [];
  let made = 0;
  for (; !signal.aborted; made += 1) {
    const name = `visitor-${made}`;
    const spec = { nodeName: seededNodeName((made * 7) % nodes), containers: [{ name: 'a', image: 'a' }] };
    await api.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
    living.push({ name, untilMs: performance.now() + POD_LIVES_MS });
    while (living[0] !== undefined && living[0].untilMs < performance.now()) {
      await api.request('DELETE', `${PODS}/${living.shift()?.name}?gracePeriodSeconds=0`);
    }
    await delay(1_000 / PODS_A_SECOND);
  }
  return made;
}

async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`not so within ${withinMs / 1_000} s`);
    await delay(200);
  }
}

async function prepare(plane: ControlPlane): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await plane.api.create('/api/v1/namespaces/default/serviceaccounts', account);
  const spec = { mode: 'Recommend', history: { minimum: '1m' } };
  const tuning = { apiVersion: 'cnituning.dev/v1alpha1', kind: 'CniTuning', metadata: { name: 'default' }, spec };
  await plane.api.create('/apis/cnituning.dev/v1alpha1/cnitunings', tuning);
}

async function measure(plane: ControlPlane, wish: Wish, child: ChildProcess, port: number) {
  const pid = child.pid ?? 0;
  const passes = async (): Promise<number> => await metric(port, /^controller_runtime_reconcile_total\{/);
  await until(async () => (await passes()) > 0, SYNC_WITHIN_MS);
  const atSync = await memoryOf(pid);
  const going = new AbortController();
  const visitors = comeAndGo(plane.api, wish.nodes, going.signal);
  const resident: number[] = [];
  const endMs = performance.now() + wish.minutes * 60_000;
  while (performance.now() < endMs) {
    await delay(SAMPLE_EVERY_MS);
    resident.push((await memoryOf(pid)).residentBytes);
  }
  going.abort();
  const evaluations = await metric(port, /^cnituning_evaluation_duration_seconds_count/);
  return {
    atSync,
    resident: resident.toSorted((a, b) => a - b),
    peak: (await memoryOf(pid)).peakBytes,
    visitors: await visitors,
    passes: await passes(),
    evaluations,
  };
}

const mebibytes = (bytes: number | undefined): string => ((bytes ?? 0) / MEBIBYTE).toFixed(0);

function report(wish: Wish, measured: Awaited<ReturnType<typeof measure>>): string {
  const { atSync, resident, peak, visitors, passes, evaluations } = measured;
  const share = (part: number): string => mebibytes(resident[Math.floor((resident.length - 1) * part)]);
  const when = new Date().toISOString().slice(0, 10);
  return [
    `${wish.nodes} nodes, ${wish.pods} pods, ${visitors} more that came and went in ${wish.minutes} min; ` +
      `${passes} passes, ${evaluations} evaluations. ${when}, ${machineText()}.`,
    '',
    markdownTable([
      ['resident, MiB', 'after the sync', 'median at work', 'p95 at work', 'most ever'],
      ['the bundle', mebibytes(atSync.residentBytes), share(0.5), share(0.95), mebibytes(peak)],
    ]),
  ].join('\n');
}

const wish = wishOf(process.argv.slice(2));
const stops: (() => Promise<unknown>)[] = [];
try {
  const plane = await startSeededPlane(wish);
  stops.push(() => plane.stop());
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-memory-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  await prepare(plane);
  const port = await freePort();
  const child = await startBundle(plane, folder, port);
  stops.push(async () => child.kill('SIGKILL'));
  const text = report(wish, await measure(plane, wish, child, port));
  console.log(`\n${text}`);
  if (wish.write) writeSection('bench:memory', text);
} catch (error) {
  if (!(error instanceof MissingPrerequisite)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
} finally {
  for (const stop of stops.toReversed()) await stop();
}
