import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tally } from '../../scripts/gate/tally.ts';

const ROOT = dirname(dirname(import.meta.dirname));
let folder = '';
let tally: Tally;

const SEEDS = {
  'passes.test.ts': "import { expect, it } from 'vitest';\nit('adds', () => expect(1 + 1).toBe(2));\n",
  'fails.test.ts': "import { expect, it } from 'vitest';\nit('adds wrongly', () => expect(1 + 1).toBe(3));\n",
  'skips.test.ts': "import { it } from 'vitest';\nit('waits', ({ skip }) => skip('no Go on this machine'));\n",
  'breaks.test.ts': "import './missing.ts';\nimport { it } from 'vitest';\nit('never runs', () => {});\n",
  'hook.test.ts':
    "import { beforeAll, it } from 'vitest';\nbeforeAll(() => {\n  throw new Error('no server');\n});\nit('is not reached', () => {});\n",
};

/** One real run of vitest over seeded files with our reporter. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cni-tuner-gate-'));
  mkdirSync(join(folder, 'tests'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(SEEDS)) writeFileSync(join(folder, 'tests', name), text);
  const reporter = `--reporter=${join(ROOT, 'scripts/gate/tally-reporter.ts')}`;
  const env = { ...process.env, CNI_TUNER_TALLY: join(folder, 'tally.json') };
  spawnSync(join(ROOT, 'node_modules/.bin/vitest'), ['run', '--root', folder, reporter], {
    cwd: folder,
    env,
  });
  tally = JSON.parse(readFileSync(join(folder, 'tally.json'), 'utf8')) as Tally;
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the closing line', () => {
  it('counts what passed', () => {
    expect(tally.passed).toBe(1);
  });

  it('counts failed tests, files that do not load and hooks that throw as failed', () => {
    const failed = tally.failed.map((name) => /(\w+)\.test\.ts/.exec(name)?.[1]);
    expect(new Set(failed)).toEqual(new Set(['fails', 'breaks', 'hook']));
  });

  it('keeps the reason of a skipped test', () => {
    expect(tally.skipped).toContainEqual({ name: 'tests/skips.test.ts > waits', reason: 'no Go on this machine' });
  });
});
