/** `npm run vectors -- DIR` as a process: what it prints, and its exit code. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = dirname(dirname(import.meta.dirname));
const RECORDED = join(import.meta.dirname, 'recorded');
const folder = mkdtempSync(join(tmpdir(), 'vectors-'));

afterAll(() => rmSync(folder, { recursive: true }));

type Run = { readonly code: number; readonly out: string; readonly err: string };

function vectors(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'scripts/vectors.ts'), ...args], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

/** The lines of a family, changed by the test, as a folder of their own, uncompressed. */
function folderWith(family: string, change: (line: Record<string, unknown>) => void): string {
  const at = mkdtempSync(join(folder, 'case-'));
  const text = gunzipSync(readFileSync(join(RECORDED, `${family}.jsonl.gz`))).toString('utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) change(line);
  writeFileSync(join(at, `${family}.jsonl`), lines.map((line) => JSON.stringify(line)).join('\n'));
  return at;
}

describe('on trajectories as recorded', () => {
  it('prints a line a family and the sum, and ends with 0', async () => {
    const at = mkdtempSync(join(folder, 'case-'));
    for (const family of ['steady', 'provisioning-off']) {
      copyFileSync(join(RECORDED, `${family}.jsonl.gz`), join(at, `${family}.jsonl.gz`));
    }
    const { code, out, err } = await vectors(at);
    expect(out.trim().split('\n')).toEqual([
      'provisioning-off guided   1 / 1    free   1 / 1  ',
      'steady           guided   4 / 4    free   3 / 3  ',
      'all: guided 5 / 5, free 4 / 4',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

describe('on trajectories that are not what ipamd does', () => {
  it('tells the first state that differs, field by field, and ends with 1', async () => {
    const at = folderWith('provisioning-off', (line) => {
      for (const state of line['trajectory'] as { total: number }[]) state.total += 3;
    });
    const { code, out } = await vectors(at);
    expect(code).toBe(1);
    expect(out).toMatch(/^provisioning-off guided +0 \/ 1 +free +0 \/ 1/);
    expect(out).toMatch(/guided provisioning-off\S*: state \(total\) at 0\.950 s\n +recorded: \d+\n +model: +\d+/);
  });

  it('tells a call that was not made', async () => {
    const at = folderWith('steady', (line) => {
      (line['ec2Calls'] as unknown[]).splice(2, 1);
    });
    const { code, out } = await vectors(at);
    expect(code).toBe(1);
    expect(out).toMatch(/guided steady\S*: call at \d+\.\d{3} s\n +recorded: \w+.* at \d+\n +model: +\w+.* at \d+/);
  });

  it('tells a pod that got an address it could not have', async () => {
    const at = folderWith('steady', (line) => {
      const served = (line['podOutcomes'] as { op: string; ok: boolean; addr?: number }[]).find(
        (outcome) => outcome.op === 'add' && outcome.ok,
      );
      if (served?.addr !== undefined) served.addr += 4096;
    });
    const { code, out } = await vectors(at);
    expect(code).toBe(1);
    expect(out).toMatch(/guided steady\S*: (choice|pod) at /);
  });
});

describe('on what it cannot read', () => {
  it.each([
    [[], /^Usage: npm run vectors -- DIR/],
    [['a', 'b'], /^Usage: npm run vectors -- DIR/],
    [[join(folder, 'nowhere')], /cannot be read as a folder/],
    [[import.meta.dirname], /holds no file named <family>\.jsonl\.gz\.$/],
  ])('with %j says so in a sentence and ends with 2', async (args, sentence) => {
    const { code, err } = await vectors(...args);
    expect(code).toBe(2);
    expect(err.trim()).toMatch(sentence);
  });

  it('names file and line of what is not a scenario', async () => {
    const at = folderWith('steady', (line) => {
      delete line['trajectory'];
    });
    const { code, err } = await vectors(at);
    expect(code).toBe(2);
    expect(err).toMatch(/steady\.jsonl, line 1: the line .*\.\n$/);
  });
});
