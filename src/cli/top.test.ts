import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { aNode, anAccount, aSubnet } from '../../test/support/builders.ts';
import { STATE_FORMAT, stateText } from './cluster-state.ts';
import type { Command } from './command.ts';
import { historyCommand } from './history-command.ts';
import { runCommand } from './run-command.ts';
import { topCommand } from './top-command.ts';

const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };
let folder = '';
let path = '';
let longNames = '';

beforeAll(async () => {
  const cluster = aCluster();
  cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
  await cluster.settle();
  cluster.nodes = [...cluster.nodes, aNode('node-9', { instanceType: 'c5.large' })];
  const tunings = cluster.ports().tunings.list();
  const daemonSets = tunings.map(({ spec }) => ({ ref: spec.daemonSetRef, snapshot: cluster.snapshot() }));
  folder = await mkdtemp(join(tmpdir(), 'cni-tuner-top-'));
  path = join(folder, 'cluster.json');
  const state = { format: STATE_FORMAT, takenAtMs: cluster.nowMs, isRedacted: false, tunings, remembered: {} } as const;
  await writeFile(path, stateText({ ...state, daemonSets }));
  longNames = join(folder, 'long-names.json');
  const subnet = aSubnet('subnet-0123456789abcdef0', {
    zone: 'us-gov-west-1a',
    sizeAddresses: 16_379,
    freeAddresses: 16_150,
    freePrefixes: 1_006,
    heldByClusterAddresses: 9_180,
    heldByOthersAddresses: 4_021,
  });
  const long = daemonSets.map(({ ref, snapshot }) => ({
    ref,
    snapshot: { ...snapshot, account: anAccount({ subnets: [subnet] }) },
  }));
  await writeFile(longNames, stateText({ ...state, daemonSets: long }));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const run = async (command: Command, ...argv: readonly string[]) =>
  await runCommand(command, ['--snapshot', path, ...argv], surroundings, { isTerminal: false, columns: undefined });

describe('top', () => {
  it('lists subnets with what is free and who holds the rest', async () => {
    const { stdout } = await run(topCommand, 'subnets');
    expect(stdout).toMatch(/subnet-a +eu-central-1a +251 +150 +6 +80 +21\n/);
    const { stdout: wide } = await run(topCommand, 'subnets', '-o', 'wide');
    expect(wide).toMatch(/subnet-a +eu-central-1a +10\.0\.0\.0\/24 +251 +150 +6 +80 +21 /);
  });

  it('cuts no subnet id in eighty columns', async () => {
    const { stdout } = await run(topCommand, 'subnets', '--snapshot', longNames);
    expect(stdout).toMatch(/\nsubnet-0123456789abcdef0 +us-gov-west-1a +16379 +16150 +1006 +9180 +4021\n/);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('counts held, used and idle addresses by type, and leaves out what nobody could read', async () => {
    const { stdout } = await run(topCommand, 'types', '-o', 'csv');
    expect(stdout).toBe('type,nodes,held,used,idle\nm5.large,4,80,16,64\nc5.large,1,,0,\n');
  });

  it('lists the nodes with most idle addresses first', async () => {
    const { stdout } = await run(topCommand, 'nodes', '-o', 'json');
    expect(JSON.parse(stdout).nodes[0]).toMatchObject({ node: 'node-1', held: 20, used: 4, idle: 16, enis: 2 });
  });

  it('refuses what it cannot list', async () => {
    expect(await run(topCommand, 'pods')).toMatchObject({
      exitCode: 2,
      stderr: 'cni-tuner top: "pods" cannot be listed; it must be one of subnets, nodes, types.\n',
    });
  });
});

describe('history', () => {
  it('lists what was changed, with the reason where there is room for it', async () => {
    const { stdout } = await run(historyCommand, '-o', 'wide');
    expect(stdout).toMatch(/WARM_ENI_TARGET=1 +WARM_ENI_TARGET=0 +RollingOut +\S/);
  });
});
