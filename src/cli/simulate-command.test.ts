import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEMAND_LOG_HEADER } from './demand-line.ts';
import { runCommand } from './run-command.ts';
import { simulateCommand } from './simulate-command.ts';

const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };

async function simulate(...argv: readonly string[]) {
  return await runCommand(simulateCommand, argv, surroundings, { isTerminal: false, columns: undefined });
}

type Row = {
  readonly env: Readonly<Record<string, string>>;
  readonly instanceType: string;
  readonly heldAddresses: number;
  readonly enis: number;
};

async function rowsOf(...argv: readonly string[]): Promise<readonly Row[]> {
  return (JSON.parse((await simulate('-o', 'json', ...argv)).stdout) as { rows: readonly Row[] }).rows;
}

/** `6 (1)`: addresses held, and interfaces. */
async function table(setting: string, instanceType: string): Promise<string> {
  const rows = await rowsOf('--settings', setting, '--instance-types', instanceType);
  return rows.map(({ heldAddresses, enis }) => `${heldAddresses} (${enis})`).join(' | ');
}

describe('the worked tables', () => {
  it.each([
    ['t3.medium', '6 (1) | 12 (2) | 12 (2) | 18 (3) | 18 (3) | 18 (3)'],
    ['m5.large', '10 (1) | 20 (2) | 20 (2) | 20 (2) | 30 (3) | 30 (3) | 30 (3) | 30 (3)'],
    ['m5.xlarge', '15 (1) | 30 (2) | 30 (2) | 30 (2) | 30 (2) | 45 (3) | 45 (3) | 45 (3) | 60 (4) | 60 (4)'],
    ['c5.4xlarge', '30 (1) | 60 (2) | 60 (2) | 60 (2) | 60 (2) | 60 (2) | 60 (2) | 60 (2) | 90 (3) | 90 (3)'],
  ])('come out for the default on a %s', async (instanceType, row) => {
    expect(await table('WARM_ENI_TARGET=1', instanceType)).toBe(row);
  });

  it.each([
    ['t3.medium', '12 (2) | 12 (2) | 12 (2) | 14 (3) | 15 (3) | 18 (3)'],
    ['m5.large', '12 (2) | 12 (2) | 12 (2) | 13 (2) | 14 (2) | 19 (2) | 25 (3) | 30 (3)'],
    ['m5.xlarge', '11 (1) | 11 (1) | 11 (1) | 12 (1) | 13 (1) | 19 (2) | 24 (2) | 29 (2) | 45 (3) | 60 (4)'],
    ['c5.4xlarge', '11 (1) | 11 (1) | 11 (1) | 12 (1) | 13 (1) | 18 (1) | 23 (1) | 28 (1) | 44 (2) | 60 (2)'],
  ])('come out for the IP pair 2/10 on a %s', async (instanceType, row) => {
    expect(await table('WARM_IP_TARGET=2,MINIMUM_IP_TARGET=10', instanceType)).toBe(row);
  });

  it.each([
    ['WARM_PREFIX_TARGET=1', [17, 33, 33, 33, 49, 49, 65, 81]],
    ['WARM_IP_TARGET=5,MINIMUM_IP_TARGET=16', [17, 17, 33, 33, 33, 49, 49, 65]],
  ])('come out for prefixes with %s', async (setting, held) => {
    const pods = ['--pods', '0,1,15,16,17,32,33,56'];
    const rows = await rowsOf('--mode', 'prefix', '--settings', setting, '--instance-types', 'm5.large', ...pods);
    expect(rows.map(({ heldAddresses }) => heldAddresses)).toEqual(held);
  });
});

describe('simulate', () => {
  it('prints a table that fits 80 columns', async () => {
    const { stdout } = await simulate('--pods', '0,5');
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('WARM_IP_TARGET=2 MINIMUM_IP_TARGET=10');
  });

  it('replays a demand log under each setting', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
    const path = join(folder, 'log.csv');
    const lines = ['0,node-add,n1,m5.large,', '0,pod-add,n1,,p0', '3600,pod-add,n1,,p1', '7200,node-add,n2,zz9.big,'];
    writeFileSync(path, [DEMAND_LOG_HEADER, ...lines].join('\n'));
    const argv = ['--demand-log', path, '--settings', 'WARM_ENI_TARGET=0;WARM_ENI_TARGET=1', '-o', 'json'];
    const { stdout } = await simulate(...argv);
    rmSync(folder, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({
      unknownInstanceTypes: ['zz9.big'],
      rows: [
        { env: { WARM_ENI_TARGET: '0' }, nodeHours: 2, podStarts: 1, delayedPods: 0 },
        { env: { WARM_ENI_TARGET: '1' }, nodeHours: 2, podStarts: 1, heldAddressesPerNode: 20 },
      ],
    });
  });

  it.each([
    [['--settings', 'eni'], '--settings has "eni"; each part must look like WARM_ENI_TARGET=1.'],
    [
      ['--settings', 'WARM_ENI_TARGTE=0'],
      '--settings names WARM_ENI_TARGTE, which the model of the pool does not read',
    ],
    [['--settings', 'WARM_ENI_TARGET=x'], '--settings: WARM_ENI_TARGET="x" is not an integer'],
    [
      ['--mode', 'prefix', '--settings', 'WARM_PREFIX_TARGET=0'],
      '--settings: ENABLE_PREFIX_DELEGATION is on, and none',
    ],
    [['--instance-types', 'm9.huge'], '--instance-types names "m9.huge", whose limits nobody knows'],
    [['--pods', '1,many'], '--pods has "many"; each must be a whole number from 0 to 1000.'],
    [['--demand-log', 'not-there.csv'], 'not-there.csv, line 1, column 1: the file cannot be read'],
  ])('refuses %j with one sentence and exit code 2', async (argv, sentence) => {
    const { exitCode, stderr } = await simulate(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`cni-tuner simulate: ${sentence}`);
  });
});
