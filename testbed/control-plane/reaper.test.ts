import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../../scripts/gate/step.ts';

/** Writes into the folder, as a program that is about to die does. */
const WRITER = 'i=0; while mkdir "$1/$i" 2>/dev/null; do i=$((i + 1)); done';
/** A process with a reaper that ends without a word to it. */
const HOLDER = `
  import { startReaper } from '${join(ROOT, 'testbed/control-plane/reaper.ts')}';
  const reaper = startReaper(process.argv[1]);
  for (const pid of process.argv.slice(2)) reaper.adopt(Number(pid));
  setTimeout(() => process.exit(0), 50);
`;

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reaped-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true, maxRetries: 20 }));

async function holdAndEnd(pids: readonly (number | undefined)[]): Promise<void> {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, folder, ...pids.map(String)], {
    stdio: 'inherit',
  });
  await once(holder, 'exit');
}

const untilGone = () => vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 8_000 });

describe('a reaper', () => {
  it('kills what it adopted and deletes the folder', async () => {
    const program = spawn('sleep', ['60'], { stdio: 'ignore' });
    const ended = once(program, 'exit');
    await holdAndEnd([program.pid]);
    expect(await ended).toEqual([null, 'SIGKILL']);
    await untilGone();
  });

  it('deletes the folder also where somebody wrote into it while it was deleted', async () => {
    const argv = ['-s', 'KILL', '1', '/bin/sh', '-c', WRITER, 'writer', folder];
    const ends = Array.from({ length: 4 }, () => once(spawn('timeout', argv, { stdio: 'ignore' }), 'exit'));
    await holdAndEnd([]);
    await Promise.all(ends);
    await untilGone();
  });
});
