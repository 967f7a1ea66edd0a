import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schema } from '../../test/support/json-schema.ts';
import { schemaErrors } from '../../test/support/json-schema.ts';
import { DEMAND_LOG_HEADER } from './demand-line.ts';
import type { RecommendDocument } from './recommend-document.ts';
import { recommendCommand } from './recommend-command.ts';
import { runCommand } from './run-command.ts';

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../docs/reference/recommend.schema.json', import.meta.url), 'utf8'),
) as Schema;
const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recommend-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function logFile(lines: readonly string[], name = 'log.csv'): string {
  const path = join(folder, name);
  const text = [DEMAND_LOG_HEADER, ...lines, ''].join('\n');
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

/** Two nodes; on each a pod comes every five minutes and goes after two. */
function quietDay(hours: number, instanceType = 'm5.large'): readonly string[] {
  const nodes = ['n1', 'n2'].map((node) => `0,node-add,${node},${instanceType},`);
  const pods = Array.from({ length: hours * 12 }, (_, at) =>
    ['n1', 'n2'].map((node, index) => {
      const [addS, goneS] = [at * 300 + 30 + index, at * 300 + 150 + index];
      return { lines: [`${addS},pod-add,${node},,p${at}-${node}`, `${goneS},pod-remove,${node},,p${at}-${node}`] };
    }),
  );
  const events = pods.flat().flatMap(({ lines }) => lines);
  return [...nodes, ...events.toSorted((a, b) => Number(a.split(',')[0]) - Number(b.split(',')[0]))];
}

async function recommend(lines: readonly string[] | string, ...argv: readonly string[]) {
  const path = typeof lines === 'string' ? lines : logFile(lines);
  const all = ['--demand-log', path, '--mode', 'secondary-ip', '-o', 'json', ...argv];
  return await runCommand(recommendCommand, all, surroundings, { isTerminal: false, columns: undefined });
}

async function documentFor(lines: readonly string[], ...argv: readonly string[]): Promise<RecommendDocument> {
  return JSON.parse((await recommend(lines, ...argv)).stdout) as RecommendDocument;
}

describe('recommend', () => {
  it('prints the env to write, as its schema says', async () => {
    const document = await documentFor(quietDay(24));
    expect(schemaErrors(SCHEMA, document)).toEqual([]);
    expect(document.env).toEqual({ WARM_ENI_TARGET: '0' });
    expect(document.current?.env).toEqual({ WARM_ENI_TARGET: '1' });
    expect(document.expected?.['idleAddressesPerNode']).toBeLessThan(
      Number(document.current?.['idleAddressesPerNode']),
    );
    expect(document.evidence).toMatchObject({ nodeHours: expect.closeTo(48, 0), shapes: ['m5.large/29'] });
    expect(document.candidates[0]).toMatchObject({ env: document.env, lostBecause: null });
  });

  it('gives the same bytes for the same log, gzipped or not', async () => {
    const lines = quietDay(12);
    const zipped = await recommend(logFile(lines, 'log.csv.gz'));
    expect(zipped.stdout).toBe((await recommend(lines)).stdout);
  });

  it('says that ten minutes are too little, with exit code 1', async () => {
    const lines = quietDay(24).filter((line) => Number(line.split(',')[0]) <= 600);
    const { exitCode, stdout } = await recommend(lines);
    const document = JSON.parse(stdout) as RecommendDocument;
    expect(exitCode).toBe(1);
    expect(schemaErrors(SCHEMA, document)).toEqual([]);
    expect(document).toMatchObject({ env: {}, expected: null, confidence: 'None', binding: 'CollectingHistory' });
    expect(document.summary).toMatch(/^Too little history for a number: the log covers 7m.*asks for 6h\./);
  });

  it('is of low confidence when it is told to be content with ten minutes', async () => {
    const lines = quietDay(24).filter((line) => Number(line.split(',')[0]) <= 600);
    expect((await documentFor(lines, '--minimum-history', '5m')).confidence).toBe('Low');
  });

  it('keeps inside the bounds and names the one that decides', async () => {
    const document = await documentFor(quietDay(24), '--bounds', 'warmENI=1..2');
    expect(document.env).toEqual({ WARM_ENI_TARGET: '1' });
    expect(document.uncapped).toEqual({ WARM_ENI_TARGET: '0' });
    expect(document.binding).toBe('settings.warmENI.min');
  });

  it('advises prefixes in prefix mode', async () => {
    const document = await documentFor(quietDay(12), '--mode', 'prefix');
    expect(Object.keys(document.env)).toEqual(['WARM_PREFIX_TARGET']);
    expect(document.evidence).toMatchObject({ shapes: ['m5.large/110'] });
  });

  it('names an instance type that nobody knows', async () => {
    const document = await documentFor([...quietDay(12), '43200,node-add,n3,zz9.large,', '43200,pod-add,n1,,last']);
    expect(document.evidence).toMatchObject({ unknownInstanceTypes: ['zz9.large'] });
  });

  it('starts from what is set now', async () => {
    const document = await documentFor(quietDay(12), '--current', 'WARM_ENI_TARGET=2');
    expect(document.current?.env).toEqual({ WARM_ENI_TARGET: '2' });
  });
});

describe('wrong input', () => {
  it.each([
    [['0,node-add,n1,m5.large'], 'line 2, column 1: the line has 4 fields; it must have 5'],
    [['0,node-add,n1,m5.large,', 'x,pod-add,n1,,p1'], 'line 3, column 1: the time "x" is not a number of seconds'],
    [['0,node-add,n1,m5.large,', '5,pod-gone,n1,,p1'], 'line 3, column 3: the event "pod-gone" is none of'],
    [['0,node-add,n1,m5.large,', '5,pod-add,n2,,p1'], 'line 3, column 11: the node n2 is not there'],
    [['0,node-add,n1,,'], 'line 2, column 15: the instance type is missing'],
    [['0,node-add,n1,m5.large,', '9,pod-add,n1,,p1', '8,pod-add,n1,,p2'], 'line 4, column 1: the time 8 is before'],
    [['0,node-add,n1,m5.large,', '9,pod-remove,n1,,p1'], 'line 3, column 18: the pod p1 is not on node n1'],
  ])('refuses %j with file, line and column', async (lines, sentence) => {
    const { exitCode, stdout, stderr } = await recommend(lines);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`cni-tuner recommend: ${folder}/log.csv, ${sentence}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('refuses another header and an empty file', async () => {
    const path = join(folder, 'other.csv');
    writeFileSync(path, 'time,node\n');
    expect((await recommend(path)).stderr).toContain('other.csv, line 1, column 1: the header is "time,node"');
    writeFileSync(path, '');
    expect((await recommend(path)).stderr).toContain('other.csv, line 1, column 1: the file is empty');
  });

  it('refuses a file that is not there, and one that is no gzip', async () => {
    expect(await recommend(join(folder, 'none.csv'))).toMatchObject({ exitCode: 2, stdout: '' });
    const path = join(folder, 'torn.csv.gz');
    writeFileSync(path, 'no gzip');
    expect((await recommend(path)).stderr).toContain('torn.csv.gz, line 1, column 1: the file cannot be read');
  });

  it.each([
    [['--bounds', 'warmENI=3'], '--bounds has "warmENI=3"; each part must look like warmENI=0..3.'],
    [['--bounds', 'warmFoo=0..3'], '--bounds names "warmFoo"; the settings are warmENI, '],
    [['--bounds', 'warmENI=3..0'], '--bounds has warmENI=3..0; both must be from 0 to 256, the smaller one first.'],
    [['--bounds', 'warmIP=0..4'], '--bounds has warmIP=0..4; both must be from 1 to 256'],
    [['--bounds', 'minimumIP=4..8'], '--bounds names minimumIP without warmIP; '],
    [['--bounds', 'warmPrefix=0..4'], '--bounds has warmPrefix=0..4; both must be from 1 to 256'],
    [['--delayed-pods', 'few'], '--delayed-pods is "few"; it must be a percentage such as 0.1%.'],
    [['--window', 'week'], '--window is "week"; it must be a duration such as 6h or 30m.'],
    [['--current', 'WARM_ENI=2'], '--current names WARM_ENI, which the model of the pool does not read'],
    [['--current', 'WARM_ENI_TARGET=many'], '--current: WARM_ENI_TARGET="many" is not an integer'],
    [['--mode', 'ipv6'], '--mode is "ipv6"; it must be one of secondary-ip, prefix.'],
  ])('refuses %j', async (argv, sentence) => {
    const { exitCode, stderr } = await recommend(quietDay(1), ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
