/**
 * A testbed that outlives the command which started it: `up` starts `serve` as a process of its own, waits until that
 * is ready and returns; `down` ends it. One for each user; what runs is written down in the user's cache folder.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { UpArguments } from './arguments.ts';
import { progressText } from './control-plane/build-progress.ts';
import { cacheFolder } from './control-plane/cache-folder.ts';
import { CHART_CONTROLLERS } from './control-plane/control-plane.ts';
import { ensureBinaries } from './control-plane/ensure-binaries.ts';
import { findHelm } from './control-plane/helm.ts';
import { onPath } from './control-plane/kubectl-layer.ts';
import { MissingPrerequisite } from './control-plane/missing-prerequisite.ts';
import { awsValues, startOperatorPods } from './pods/operator-pods.ts';
import { REGION } from './stand-in.ts';
import { startTestbed, type Testbed } from './testbed.ts';

type Running = {
  readonly pid: number;
  readonly kubeconfig: string;
  readonly endpointUrl: string;
  /** For the chart. */
  readonly valuesFile: string;
};

/** What the serving process tells the one that waits for it. */
type Message =
  | { readonly kind: 'progress'; readonly sentence: string }
  | { readonly kind: 'ready'; readonly running: Running }
  | { readonly kind: 'failed'; readonly sentence: string; readonly exitCode: number };

type Say = (sentence: string) => void;

const STOP_WITHIN_MS = 20_000;
const INTERRUPTED = 130;
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

const stateFile = (): string => join(cacheFolder(process.env), 'testbed.json');

/** Starts a testbed and prints the environment to use it as shell commands on standard output. */
export async function up(argv: readonly string[], say: Say): Promise<number> {
  const already = await whatRuns();
  if (already !== undefined) {
    process.stdout.write(await exports(already));
    say(`A testbed is already running (process ${already.pid}), as it was asked for then.`);
    say('Stop it with `npm run testbed -- down` to have another.');
    return 0;
  }
  const child = fork(MAIN, ['serve', ...argv.filter((word) => word !== 'up')], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const interrupt = (): void => void child.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  const result = await untilReady(child, say);
  child.removeAllListeners('exit');
  if (typeof result === 'number') return result;
  child.disconnect();
  child.unref();
  process.stdout.write(await exports(result));
  say('The testbed is up. Stop it with `npm run testbed -- down`.');
  return 0;
}

async function untilReady(child: ChildProcess, say: Say): Promise<Running | number> {
  return await new Promise((resolve) => {
    child.on('message', (message: Message) => {
      if (message.kind === 'ready') return resolve(message.running);
      say(message.sentence);
      if (message.kind === 'failed') resolve(message.exitCode);
    });
    child.once('exit', () => {
      say('The testbed was stopped before it was up.');
      resolve(INTERRUPTED);
    });
  });
}

async function exports({ kubeconfig, endpointUrl, valuesFile }: Running): Promise<string> {
  const variables = {
    KUBECONFIG: kubeconfig,
    TESTBED_VALUES: valuesFile,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'testbed',
    AWS_SECRET_ACCESS_KEY: 'testbed',
  };
  const clients = await foldersOfClients(process.env['PATH'] ?? '');
  const path = clients.length === 0 ? '' : `export PATH="$PATH:${clients.join(':')}"\n`;
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  return [...lines, path].join('');
}

/** Of kubectl and Helm, for whoever has none. */
async function foldersOfClients(path: string): Promise<readonly string[]> {
  const own = [(await ensureBinaries()).kubectl, await findHelm(4)];
  const missing = await Promise.all(
    own.map(async (program) =>
      program !== undefined && (await onPath(basename(program), path)) === undefined ? [dirname(program)] : [],
    ),
  );
  return [...new Set(missing.flat())];
}

/** Ends the testbed that runs, if any, and waits until it is gone. */
export async function down(say: Say): Promise<number> {
  const running = await whatRuns();
  if (running === undefined) {
    say('No testbed is running.');
    return 0;
  }
  process.kill(running.pid, 'SIGTERM');
  const deadlineMs = Date.now() + STOP_WITHIN_MS;
  while (isAlive(running.pid)) {
    // Its parts are cleared away by the plane's own reaper even then.
    if (Date.now() > deadlineMs) process.kill(running.pid, 'SIGKILL');
    await delay(100);
  }
  await rm(stateFile(), { force: true });
  say('The testbed is stopped.');
  return 0;
}

/** The testbed itself; ends with SIGTERM. */
export async function serve(up: UpArguments): Promise<number> {
  const tell = (message: Message): void => {
    if (process.connected) process.send?.(message);
  };
  const stopping = new AbortController();
  let ready = false;
  const interrupt = (): void => {
    // Before it is up there is nobody to wait for: the plane's reaper clears away what was started.
    if (!ready) process.exit(INTERRUPTED);
    stopping.abort();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    const testbed = await start(up, (sentence) => tell({ kind: 'progress', sentence }));
    const pods = await startOperatorPods(testbed.plane);
    const { folder, kubeconfigs } = testbed.plane;
    const valuesFile = join(folder, 'values.json');
    await writeFile(valuesFile, JSON.stringify({ ...pods.values, ...awsValues(testbed.ec2().url) }));
    const running = {
      pid: process.pid,
      kubeconfig: kubeconfigs.admin,
      endpointUrl: testbed.ec2().url,
      valuesFile,
    };
    await mkdir(cacheFolder(process.env), { recursive: true });
    await writeFile(stateFile(), JSON.stringify(running));
    ready = true;
    tell({ kind: 'ready', running });
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    await pods.stop();
    await testbed.stop();
    await rm(stateFile(), { force: true });
    return 0;
  } catch (error) {
    const exitCode = error instanceof MissingPrerequisite ? error.exitCode : 1;
    tell({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error), exitCode });
    return exitCode;
  }
}

async function start(up: UpArguments, say: Say): Promise<Testbed> {
  let last = '';
  const binaries = await ensureBinaries((progress) => {
    const sentence = progressText(progress);
    // One line a program: this goes to a log or to a terminal that somebody else writes to as well.
    const subject = progress.kind === 'note' ? sentence : progress.program;
    if (subject !== last) say(sentence);
    last = subject;
  });
  say(`Starting a control plane and ${up.nodes} nodes …`);
  const testbed = await startTestbed({
    binaries,
    nodes: up.nodes,
    instanceTypes: up.instanceTypes,
    pace: up.pace,
    controllers: CHART_CONTROLLERS,
    awsNode: up.prefixMode ? { env: { ENABLE_PREFIX_DELEGATION: 'true' } } : {},
    onNodes: (joined) => {
      if (joined % 100 === 0) say(`${joined} nodes have joined.`);
    },
    ...(up.subnets === undefined ? {} : { subnets: up.subnets }),
  });
  if (up.pods > 0) await runPods(testbed, up.pods);
  return testbed;
}

async function runPods({ plane }: Testbed, pods: number): Promise<void> {
  const argv = ['create', 'deployment', 'web', '--image=registry.k8s.io/pause:3.10', `--replicas=${pods}`];
  const { exitCode, stderr } = await plane.kubectl(argv);
  if (exitCode !== 0) throw new Error(`the pods could not be created: ${stderr.trim()}`);
}

async function whatRuns(): Promise<Running | undefined> {
  const text = await readFile(stateFile(), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const running: Running = JSON.parse(text);
  return isAlive(running.pid) ? running : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
