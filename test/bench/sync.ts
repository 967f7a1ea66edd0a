/**
 * `npm run bench:sync [-- --nodes 5000 --pods 30000 --runs 5 --write]`: the initial sync of the operator's image beside a
 * client-go peer on one real API server, alternating, each run a fresh process. `--write` puts the table into docs/benchmarks.md.
 */
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { MissingPrerequisite } from '../../testbed/control-plane/missing-prerequisite.ts';
import { machineText, markdownTable, spreadText, writeSection } from './benchmarks-page.ts';
import type { Contestant } from './sync/contestants.ts';
import { contestants } from './sync/contestants.ts';
import type { SyncFigures } from './sync/figures.ts';
import { startSeededPlane } from './sync/seeded-plane.ts';

const MEBIBYTE = 1_048_576;

type Size = { readonly nodes: number; readonly pods: number; readonly runs: number };
type Measured = SyncFigures & { readonly serverMs: number };
type Results = ReadonlyMap<string, readonly Measured[]>;

function wishOf(argv: readonly string[]): Size & { readonly write: boolean } {
  const number = { type: 'string' } as const;
  const options = { nodes: number, pods: number, runs: number, write: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const wish = {
    nodes: Number(values.nodes ?? 5_000),
    pods: Number(values.pods ?? 30_000),
    runs: Number(values.runs ?? 5),
    write: values.write ?? false,
  };
  const wrong = (['nodes', 'pods', 'runs'] as const).find((name) => !(Number.isInteger(wish[name]) && wish[name] > 0));
  if (wrong === undefined) return wish;
  console.error(`--${wrong} ${values[wrong] ?? ''} is not a whole number above 0.`);
  process.exit(2);
}

/** Processor time that the API server has used so far; from /proc, in hundredths of a second. */
async function serverCpuMs(plane: ControlPlane): Promise<number> {
  const stat = await readFile(`/proc/${plane.pids()['kube-apiserver'] ?? ''}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** The first round, which warms the API server's caches, is thrown away. */
async function measure(plane: ControlPlane, all: readonly Contestant[], size: Size): Promise<Results> {
  const results = new Map<string, Measured[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round <= size.runs; round += 1) {
    for (const { name, sync } of all) {
      const serverBeforeMs = await serverCpuMs(plane);
      const figures = await sync(plane);
      const serverMs = (await serverCpuMs(plane)) - serverBeforeMs;
      const wholeness = `${figures.nodes} nodes, ${figures.pods} pods`;
      const seconds = (figures.syncMs / 1000).toFixed(1);
      console.log(`  ${round === 0 ? 'warm-up' : `run ${round}`}  ${name}: ${seconds} s, ${wholeness}`);
      if (figures.nodes !== size.nodes || figures.pods !== size.pods) {
        throw new Error(`${name} holds ${wholeness} instead of ${size.nodes} nodes, ${size.pods} pods.`);
      }
      if (round > 0) results.get(name)?.push({ ...figures, serverMs });
    }
  }
  return results;
}

type Column = {
  readonly title: string;
  readonly of: (run: Measured) => number | undefined;
  readonly digits: number;
};

const COLUMNS: readonly Column[] = [
  { title: 'sync, s', of: ({ syncMs }) => syncMs / 1000, digits: 1 },
  { title: 'processor time, s', of: ({ cpuMs }) => cpuMs / 1000, digits: 1 },
  { title: 'API server meanwhile, s', of: ({ serverMs }) => serverMs / 1000, digits: 1 },
  { title: 'peak RSS, MiB', of: ({ peakRssBytes }) => peakRssBytes / MEBIBYTE, digits: 0 },
  { title: 'heap after GC, MiB', of: ({ heapBytes }) => heapBytes / MEBIBYTE, digits: 0 },
  { title: 'event-loop delay p99, ms', of: ({ loopDelayP99Ms }) => loopDelayP99Ms, digits: 0 },
  { title: 'requests', of: ({ requests }) => requests, digits: 0 },
  { title: 'a pass, ms', of: ({ passMs }) => passMs, digits: 0 },
];

function rowOf(name: string, runs: readonly Measured[]): readonly string[] {
  const cells = COLUMNS.map(({ of, digits }) => {
    const values = runs.flatMap((run) => of(run) ?? []);
    return values.length === 0 ? '–' : spreadText(values, digits);
  });
  return [name, ...cells];
}

type Setting = { readonly kubernetes: string; readonly loadBefore: number };

function report(results: Results, { nodes, pods, runs }: Size, { kubernetes, loadBefore }: Setting): string {
  const peer = [...results.values()].flat().find(({ goVersion }) => goVersion !== undefined);
  const versions = `client-go ${peer?.clientVersion ?? '?'} (${peer?.goVersion ?? '?'}), kube-apiserver ${kubernetes}`;
  const table = markdownTable([
    ['client', ...COLUMNS.map(({ title }) => title)],
    ...[...results].map(([name, figures]) => rowOf(name, figures)),
  ]);
  const when = new Date().toISOString().slice(0, 10);
  return [
    `${nodes} nodes, ${pods} pods; ${runs} runs each, alternating; median (least–most). ${when}, ${machineText()}; ${versions}.`,
    `Load of the machine from other work when it began: ${loadBefore.toFixed(1)}.`,
    '',
    table,
  ].join('\n');
}

async function kubernetesVersion(plane: ControlPlane): Promise<string> {
  return (await plane.api.get<{ readonly gitVersion: string }>('/version')).gitVersion;
}

async function bench(wish: ReturnType<typeof wishOf>): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const { all, close } = await contestants();
  const plane = await startSeededPlane(wish).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  try {
    const results = await measure(plane, all, wish);
    const text = report(results, wish, { kubernetes: await kubernetesVersion(plane), loadBefore });
    console.log(`\n${text}`);
    if (wish.write) writeSection('bench:sync', text);
  } finally {
    await Promise.all([plane.stop(), close()]);
  }
}

try {
  await bench(wishOf(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof MissingPrerequisite)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
