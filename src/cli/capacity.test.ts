import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { aSpec } from '../../test/support/builders.ts';
import { fromEnv, MANIFEST_ENV } from '../ipamd/warm-settings.ts';
import { STATE_FORMAT, stateText } from './cluster-state.ts';
import { capacityCommand } from './capacity-command.ts';
import { shapeOf } from './capacity-question.ts';
import { runCommand } from './run-command.ts';
import { steadyPool } from '../tuning/forecast/steady-pool.ts';
import { nodesThatFit, smallestSubnet } from '../tuning/forecast/subnet-fit.ts';

const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };
const run = async (...argv: readonly string[]) =>
  await runCommand(capacityCommand, argv, surroundings, { isTerminal: false, columns: undefined });

type Env = Readonly<Record<string, string>>;
function pool(instanceType: string, env: Env, pods: number, maxPods?: number) {
  const { settings } = fromEnv({ ...MANIFEST_ENV, ...env });
  return steadyPool(shapeOf(instanceType, settings, maxPods), settings, pods);
}
const ips = (warm: number, minimum: number): Env => ({
  WARM_IP_TARGET: String(warm),
  MINIMUM_IP_TARGET: String(minimum),
});
const share = (of: number) => ({ kind: 'Share', share: of }) as const;
const PREFIXES: Env = { ENABLE_PREFIX_DELEGATION: 'true' };

/** eni-and-ip-target.md and prefix-and-ip-target.md of the CNI; its tables leave out the interfaces' own addresses. */
describe('a settled node', () => {
  it.each<readonly [type: string, env: Env, pods: number, addresses: number, idle: number, enis: number]>([
    ['t3.small', {}, 0, 3, 3, 1],
    ['t3.small', {}, 5, 9, 4, 3],
    ['t3.small', {}, 9, 9, 0, 3],
    ['t3.small', ips(2, 5), 0, 5, 5, 2],
    ['t3.small', ips(2, 5), 5, 7, 2, 3],
    ['p3dn.24xlarge', {}, 3, 98, 95, 2],
    ['p3dn.24xlarge', ips(5, 10), 45, 50, 5, 2],
  ])('%s with %j and %i pods holds what the documents print', (...row) => {
    const [type, env, pods, addresses, idle, enis] = row;
    expect(pool(type, env, pods)).toMatchObject({
      poolAddresses: addresses,
      idleAddresses: idle,
      enis,
      heldAddresses: addresses + enis,
      waitingPods: 0,
    });
  });

  it.each<readonly [env: Env, pods: number, prefixes: number, idle: number]>([
    [PREFIXES, 0, 1, 16],
    [PREFIXES, 5, 2, 27],
    [PREFIXES, 58, 5, 22],
    [{ ...PREFIXES, ...ips(7, 20) }, 17, 2, 15],
  ])('t3.small with %j and %i pods holds the prefixes that the documents print', (env, pods, prefixes, idle) => {
    expect(pool('t3.small', env, pods, 110)).toMatchObject({ prefixes, idleAddresses: idle });
  });

  it('three c5.large with two pods on two of them take 50 addresses, as the best practices say', () => {
    expect(2 * pool('c5.large', {}, 1).heldAddresses + pool('c5.large', {}, 0).heldAddresses).toBe(50);
  });

  it('says how many pods a node cannot hold', () => {
    expect(pool('t3.small', {}, 12).waitingPods).toBe(3);
  });
});

describe('a subnet', () => {
  it('is filled by single addresses without loss, down to its reserve', () => {
    const node = pool('m5.large', {}, 5);
    expect(node.heldAddresses).toBe(20);
    expect(nodesThatFit(node, { prefixLength: 24, reserve: share(0) }, 1_000).nodes).toBe(12);
    expect(nodesThatFit(node, { prefixLength: 24, reserve: share(0.1) }, 1_000).nodes).toBe(11);
  });

  it('holds fewer nodes with prefixes when single addresses lie scattered, and never more blocks than it has', () => {
    const node = pool('m5.large', PREFIXES, 20);
    const { nodes, scatteredNodes } = nodesThatFit(node, { prefixLength: 22, reserve: share(0) }, 1_000);
    expect(scatteredNodes).toBeLessThan(nodes);
    expect(nodes * node.prefixes).toBeLessThanOrEqual(62);
  });

  it('is as small as it can be', () => {
    const node = pool('m5.large', {}, 5);
    expect(smallestSubnet(node, 12, share(0))).toBe(24);
    expect(smallestSubnet(node, 13, share(0))).toBe(23);
    expect(smallestSubnet(node, 1_000_000, share(0))).toBeUndefined();
  });
});

describe('capacity', () => {
  it('answers yes with exit code 0, and how many such clusters fit a /16', async () => {
    const { exitCode, stdout } = await run('--nodes', '30', '--pods', '5', '--subnets', '/24,/24,/24', '-o', 'json');
    expect(exitCode).toBe(0);
    const { fleet, clusters } = JSON.parse(stdout);
    expect(fleet.pool.heldAddresses).toBe(20);
    // 10 nodes x 20 addresses and a tenth of 251 fit a /24; 256 such subnets, three to a cluster.
    expect(clusters).toEqual({ smallestSubnet: 24, withOwnSubnets: 85, withSharedSubnets: 98 });
  });

  it('answers no with exit code 1, in 80 columns, and says what other types need', async () => {
    const { exitCode, stdout } = await run('--nodes', '100', '--pods', '10', '--subnets', '10.0.0.0/24, /24');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^No: the subnets do not hold 100 m5\.large/);
    expect(stdout).toMatch(/m5\.xlarge +50 +20 /);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('shows no table of nodes that cannot be, and says what to ask instead', async () => {
    const { exitCode, stdout } = await run('--pods', '500');
    expect(exitCode).toBe(1);
    expect(stdout.replaceAll('\n', ' ')).toBe(
      'No: with these settings m5.large has addresses for 27 of 500 pods on each node; the others would never get one.  ' +
        'Ask again with `--pods 27 --nodes 1852`, which is as many pods in all; with `--mode prefix`, or with a larger ' +
        '`--instance-type`. ',
    );
    const { stdout: prefixes } = await run('--pods', '500', '--mode', 'prefix');
    expect(prefixes).not.toContain('--mode');
  });

  it('says why there is room for all and yet the answer is no', async () => {
    const { exitCode, stdout } = await run('--nodes', '40', '--pods', '5', '--subnets', '/22,/26');
    expect(exitCode).toBe(1);
    const sentence = stdout.replaceAll('\n', ' ');
    expect(sentence).toContain('do not hold 40 m5.large with 5 pods each, spread evenly');
    expect(sentence).toContain('room for 47 such nodes, were they spread by the room that each subnet has');
  });

  it('asks the subnets of a snapshot for more nodes of its type, under its settings', async () => {
    const cluster = aCluster();
    const { daemonSetRef: ref } = aSpec();
    const daemonSets = [{ ref, snapshot: cluster.snapshot() }];
    const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-capacity-'));
    const path = join(folder, 'cluster.json');
    const state = {
      format: STATE_FORMAT,
      takenAtMs: 0,
      isRedacted: false,
      tunings: [],
      daemonSets,
      remembered: {},
    } as const;
    await writeFile(path, stateText(state));
    const answers = await Promise.all(
      ['6', '7'].map(async (nodes) => await run('--snapshot', path, '--nodes', nodes, '--pods', '5', '-o', 'json')),
    );
    await rm(folder, { recursive: true });
    // 150 free, 26 of 251 to keep: room for six nodes of 20 addresses.
    expect(answers.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(JSON.parse(answers[0]?.stdout ?? '').fleet).toMatchObject({
      instanceType: 'm5.large',
      subnets: [{ name: 'subnet-a', freeAddresses: 150, nodes: 6 }],
    });
  });

  it.each([
    [
      ['--instance-type', 'm5.tiny'],
      'The instance type "m5.tiny" is not in the CNI\'s table of limits; check its spelling.',
    ],
    [
      ['--subnets', '/22,/40'],
      '--subnets has "/40"; each must be a size between /16 and /28, as in VPCs, such as /22.',
    ],
    [['--reserve', 'much'], '--reserve is "much"; it must be a percentage below 100%, such as 10%.'],
    [['--mode', 'prefix', '--warm-prefix', '0'], 'aws-node would not start with these settings: '],
  ])('refuses %j with one sentence and exit code 2', async (argv, sentence) => {
    const { exitCode, stderr } = await run(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`cni-tuner capacity: ${sentence}`);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
