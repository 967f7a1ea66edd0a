import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { anAccount, HOUR_MS } from '../../test/support/builders.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import { STATE_FORMAT, stateText } from './cluster-state.ts';
import type { Command } from './command.ts';
import { explainCommand } from './explain-command.ts';
import { forecastCommand } from './forecast-command.ts';
import { runCommand } from './run-command.ts';
import { topCommand } from './top-command.ts';

const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };
let folder = '';

/** Lets the operator have seen the subnet for so many days, with ten addresses fewer free each day, 150 at last. */
function watchSubnet(cluster: FakeCluster, days: number): void {
  for (let hoursAgo = days * 24; hoursAgo > 0; hoursAgo--) {
    const [subnet] = cluster.account?.subnets ?? [];
    if (subnet === undefined) throw new Error('the story has a subnet');
    const account = anAccount({
      takenAtMs: cluster.nowMs - hoursAgo * HOUR_MS,
      subnets: [{ ...subnet, freeAddresses: 150 + Math.round((hoursAgo * 10) / 24) }],
    });
    const live = liveSettingsOf(cluster.daemonSet.view);
    const reserve = { kind: 'Share', share: 0.1 } as const;
    cluster.forecaster.forecast('default', { snapshot: { ...cluster.snapshot(), account }, live, reserve });
  }
}

async function stateFile(name: string, prepare: (cluster: FakeCluster) => void): Promise<string> {
  const cluster = aCluster();
  cluster.applyTuning('default', {});
  prepare(cluster);
  await cluster.settle();
  const tunings = cluster.ports().tunings.list();
  const daemonSets = tunings.map(({ spec }) => ({ ref: spec.daemonSetRef, snapshot: cluster.snapshot() }));
  const state = { format: STATE_FORMAT, takenAtMs: cluster.nowMs, isRedacted: false, tunings, daemonSets } as const;
  const path = join(folder, name);
  await writeFile(path, stateText({ ...state, remembered: {} }));
  return path;
}

let growing = '';
let young = '';
let blind = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cni-tuner-forecast-'));
  growing = await stateFile('growing.json', (cluster) => watchSubnet(cluster, 5));
  young = await stateFile('young.json', () => {});
  blind = await stateFile('blind.json', (cluster) => {
    cluster.account = undefined;
  });
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const run = async (command: Command, path: string, ...argv: readonly string[]) =>
  await runCommand(command, [...argv, '--snapshot', path], surroundings, { isTerminal: false, columns: undefined });

describe('forecast', () => {
  it('says when the subnet runs out, and how many more nodes it holds now and as advised', async () => {
    const { stdout, exitCode } = await run(forecastCommand, growing, '-o', 'json');
    expect(exitCode).toBe(0);
    const { node, subnets, room } = JSON.parse(stdout);
    // 26 of 251 to keep. Now: 124 left for nodes of 20. As advised: four nodes give back ten each, 164 for nodes of 10.
    expect(node).toEqual({ instanceType: 'm5.large', podsPerNode: 4, held: 20, heldAdvised: 10 });
    expect(room).toEqual({ nodes: 6, advised: 16 });
    // 124 at ten a day are twelve days and some hours from 7 o'clock on Monday the 2nd.
    expect(subnets).toEqual([
      expect.objectContaining({ subnet: 'subnet-a', outlook: 'Expected', growthPerDay: 10, reserve: 26 }),
    ]);
    expect(subnets[0].exhaustionTime).toMatch(/^2026-03-14T1\d:00:00/);
  });

  it('tells it to people in 80 columns', async () => {
    const { stdout } = await run(forecastCommand, growing);
    expect(stdout).toMatch(/subnet-a +150 +10 +03-14 1\dh \(03-14 to 03-14\) +6 +16\n/);
    const flat = stdout.replaceAll('\n', ' ');
    expect(flat).toMatch(/^subnet-a \(eu-central-1a\) runs into its reserve first: 03-14 1\dh \(03-14 to 03-14\)\./);
    expect(flat).toContain('Room for 6 more m5.large with 4 pods each; one takes 20 addresses.');
    expect(flat).toContain('With WARM_ENI_TARGET 1→0 room for 16: one takes 10, and the change gives 40 back.');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it.each([
    ['6', 0, 'Yes: the subnets hold 6 more m5.large'],
    ['7', 1, 'No: the subnets do not hold 7 more m5.large'],
  ])('answers whether %s more nodes fit', async (nodes, exitCode, sentence) => {
    const answer = await run(forecastCommand, growing, '--nodes', nodes);
    expect(answer.exitCode).toBe(exitCode);
    expect(answer.stdout).toMatch(new RegExp(`^${sentence}`));
  });

  it('takes other types and other numbers of pods', async () => {
    const { stdout } = await run(
      forecastCommand,
      growing,
      '--instance-type',
      'c5.4xlarge',
      '--pods',
      '1',
      '-o',
      'json',
    );
    // Two interfaces of 30: one node and 64 left, another and 4 left.
    expect(JSON.parse(stdout).room.nodes).toBe(2);
  });

  it('says that too little was seen, and what nobody could read', async () => {
    expect((await run(forecastCommand, young)).stdout).toMatch(/^Of 1 of 1 subnets too little has been seen/);
    expect(await run(forecastCommand, blind)).toMatchObject({
      exitCode: 1,
      stderr: 'cni-tuner forecast: EC2 was not read, so the subnets are not known; without --no-aws it is.\n',
    });
  });

  it('refuses a type that nobody knows', async () => {
    const { exitCode, stderr } = await run(forecastCommand, growing, '--instance-type', 'm5.tiny');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('"m5.tiny" is not in the CNI\'s table')]);
  });
});

it('explain and top show when subnets run out', async () => {
  expect((await run(explainCommand, growing)).stdout).toMatch(/subnet-a +150 +26 +10 +03-14 1\dh \(03-14 to 03-14\)/);
  expect((await run(topCommand, growing, 'subnets', '-o', 'wide')).stdout).toMatch(/03-14 1\dh \(03-14 to 03-14\)\n/);
});
