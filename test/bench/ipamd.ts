/**
 * `npm run bench:ipamd`: how fast node-lives are replayed, on the mix of the demand logs (../shared/demand, or the
 * folder given), beside the same code stepping through every half interval. One thread; times are CPU time of the
 * process, so that a busy machine counts less. `--write` puts the figures into docs/benchmarks.md.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DemandLogError, readDemandLog } from '../../src/cli/demand-log.ts';
import type { DemandLog, DemandNode } from '../../src/cli/demand-nodes.ts';
import { limitsOf, maxPodsOf } from '../../src/ipamd/instance-limits.ts';
import { replay } from '../../src/ipamd/simulate.ts';
import type { ReplayOptions } from '../../src/ipamd/simulate.ts';
import { MANIFEST_ENV, fromEnv } from '../../src/ipamd/warm-settings.ts';

import { machineText, writeSection } from './benchmarks-page.ts';

const MS_PER_HOUR = 3_600_000;
/** The settings of a mix: the manifest's, and the IP pair. */
const ENVS: readonly Readonly<Record<string, string>>[] = [{}, { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '20' }];
/** Stepping is slow: only every so manieth node of a log is compared. */
const PEER_EVERY = 20;
const HEAP_ROUNDS = 5;

const said: string[] = [];

function say(text: string): void {
  said.push(text);
  console.log(text);
}

type Work = {
  readonly nodeHours: number;
  readonly podEvents: number;
  readonly ec2Calls: number;
  readonly cpuMs: number;
};

async function main(folder: string): Promise<void> {
  if (!existsSync(folder)) {
    console.error(`bench:ipamd: ${folder} is not there; pass the folder of the demand logs.`);
    process.exitCode = 2;
    return;
  }
  say(machineText());
  const logs = await readLogs(folder);
  for (const log of logs) for (const env of ENVS) replayLog(log, env, false, 4);
  const all = ENVS.map((env) => tellMix(logs, env));
  const sum = all.reduce(add);
  say(`\nmix: ${rate(sum)} million node-hours a minute on one core, ${events(sum)} thousand pod events a second`);
  tellPeer(logs);
  tellGrowth();
  tellHeap(logs);
}

type NamedLog = DemandLog & { readonly name: string; readonly prefixes: boolean };

async function readLogs(folder: string): Promise<readonly NamedLog[]> {
  const logs: NamedLog[] = [];
  for (const file of readdirSync(folder).sort()) {
    const name = /^(.*)\.csv(\.gz)?$/.exec(file)?.[1];
    if (name === undefined || name === 'index') continue;
    logs.push({ ...(await readDemandLog(join(folder, file))), name, prefixes: name.endsWith('-pd') });
  }
  return logs;
}

function tellMix(logs: readonly NamedLog[], env: Readonly<Record<string, string>>): Work {
  const setting = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  say(`\n${setting.length === 0 ? 'settings of the manifest' : setting.join(' ')}`);
  const works = logs.map((log) => {
    const work = replayLog(log, env, false, 1);
    const figures = `${work.nodeHours.toFixed(0).padStart(7)} node-h ${work.cpuMs.toFixed(0).padStart(6)} ms`;
    say(
      `  ${log.name.padEnd(36)}${figures} ${rate(work).padStart(7)} M node-h/min ${events(work).padStart(5)} k events/s`,
    );
    return work;
  });
  return works.reduce(add);
}

/** The same lives, jumping and stepping. */
function tellPeer(logs: readonly NamedLog[]): void {
  const jumped = logs.map((log) => replayLog(log, {}, false, PEER_EVERY)).reduce(add);
  const stepped = logs.map((log) => replayLog(log, {}, true, PEER_EVERY)).reduce(add);
  say(
    `beside it, every ${PEER_EVERY}th node: jumping ${rate(jumped)}, stepping ${rate(stepped)} M node-h/min (${(stepped.cpuMs / jumped.cpuMs).toFixed(0)} times slower)`,
  );
}

/**
 * One node for a day, with more and more pods an hour. A pod that comes to a node without pods makes ipamd attach an
 * interface and free it again, nine calls; where pods are always there, they cost none. So the calls are told too.
 */
function tellGrowth(): void {
  say('\npods an hour on one m5.4xlarge, secondary addresses, each for 2 minutes, and the EC2 calls they cost');
  for (const podsPerHour of [0, 6, 60, 600, 3000]) {
    const node = steadyNode(podsPerHour);
    for (let round = 0; round < 4; round++) timed([node], false, {}, false);
    const sum = Array.from({ length: 20 }, () => timed([node], false, {}, false)).reduce(add);
    const calls = `${(sum.ec2Calls / sum.nodeHours).toFixed(0).padStart(4)} calls/h`;
    say(
      `  ${String(podsPerHour).padStart(5)}: ${rate(sum).padStart(8)} M node-h/min ${events(sum).padStart(5)} k events/s ${calls}`,
    );
  }
}

function steadyNode(podsPerHour: number): DemandNode {
  const hours = 24;
  const events: [number, number, number][] = [];
  for (let pod = 0; pod < podsPerHour * hours; pod++) {
    const atMs = Math.round((pod * MS_PER_HOUR) / podsPerHour) + 1;
    events.push([atMs, 1, pod], [Math.min(atMs + 120_000, hours * MS_PER_HOUR), 0, pod]);
  }
  events.sort((a, b) => a[0] - b[0]);
  return {
    name: 'steady',
    instanceType: 'm5.4xlarge',
    addedAtMs: 0,
    untilMs: hours * MS_PER_HOUR,
    startingPods: [],
    events: Float64Array.from(events.flat()),
  };
}

/** The heap after each of several rounds over all logs. */
function tellHeap(logs: readonly NamedLog[]): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const sizes: string[] = [];
  for (let round = 0; round < HEAP_ROUNDS; round++) {
    for (const log of logs) replayLog(log, {}, false, 8);
    collect();
    sizes.push((process.memoryUsage().heapUsed / 2 ** 20).toFixed(1));
  }
  say(`\nheap after each of ${HEAP_ROUNDS} rounds, the logs included: ${sizes.join(', ')} MiB`);
}

function replayLog(log: NamedLog, env: Readonly<Record<string, string>>, stepping: boolean, every: number): Work {
  return timed(
    log.nodes.filter((_, index) => index % every === 0),
    log.prefixes,
    env,
    stepping,
  );
}

function timed(
  nodes: readonly DemandNode[],
  prefixes: boolean,
  env: Readonly<Record<string, string>>,
  stepping: boolean,
): Work {
  const mode = prefixes ? { ENABLE_PREFIX_DELEGATION: 'true' } : {};
  const { settings } = fromEnv({ ...MANIFEST_ENV, ...mode, ...env });
  const options = nodes.map((node) => optionsOf(node, prefixes, settings, stepping));
  const before = process.cpuUsage();
  let countedMs = 0;
  let podEvents = 0;
  let ec2Calls = 0;
  for (const option of options) {
    const result = replay(option);
    countedMs += result.countedMs;
    ec2Calls += result.ec2Calls;
    podEvents += option.life.events.length / 3;
  }
  const { user, system } = process.cpuUsage(before);
  return { nodeHours: countedMs / MS_PER_HOUR, podEvents, ec2Calls, cpuMs: (user + system) / 1000 };
}

function optionsOf(
  node: DemandNode,
  prefixes: boolean,
  settings: ReplayOptions['settings'],
  stepping: boolean,
): ReplayOptions {
  const limits = limitsOf(node.instanceType);
  if (limits === undefined) throw new DemandLogError(`the instance type ${node.instanceType} is not known.`);
  const { addedAtMs, untilMs, startingPods, events } = node;
  return {
    shape: { ...limits, maxPods: prefixes ? 110 : maxPodsOf(limits) },
    settings,
    seed: 1,
    stepping,
    // What is there at the log's start has been ready for long.
    life: { readyAtMs: addedAtMs === 0 ? -MS_PER_HOUR : addedAtMs, fromMs: addedAtMs, untilMs, startingPods, events },
  };
}

function add(a: Work, b: Work): Work {
  return {
    nodeHours: a.nodeHours + b.nodeHours,
    podEvents: a.podEvents + b.podEvents,
    ec2Calls: a.ec2Calls + b.ec2Calls,
    cpuMs: a.cpuMs + b.cpuMs,
  };
}

function rate({ nodeHours, cpuMs }: Work): string {
  return ((nodeHours / cpuMs) * 0.06).toFixed(2);
}

function events({ podEvents, cpuMs }: Work): string {
  return (podEvents / cpuMs).toFixed(0);
}

try {
  const args = process.argv.slice(2);
  await main(args.find((arg) => arg !== '--write') ?? '../shared/demand');
  if (args.includes('--write') && said.length > 0)
    writeSection('bench:ipamd', `\`\`\`text\n${said.join('\n')}\n\`\`\``);
} catch (error) {
  if (!(error instanceof DemandLogError)) throw error;
  console.error(`bench:ipamd: ${error.message}`);
  process.exitCode = 2;
}
