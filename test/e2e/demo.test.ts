/** The demo as a newcomer runs it: it closes the loop, and whatever ends it, nothing stays behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeOnPlane, eventually } from '../support/control-plane.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

type Run = { readonly child: ChildProcess; readonly output: () => string; readonly exited: Promise<number | null> };

describeOnPlane('npm run demo', () => {
  let folder = '';
  const runs: Run[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
  });
  afterEach(async () => {
    for (const { child } of runs.splice(0)) if (isRunning(child)) kill(child, 'SIGKILL');
    await eventually(nothingLeft);
    await rm(folder, { recursive: true, force: true });
  });

  /** In a process group of its own, as a terminal would start it; every file it makes is in `folder`. */
  function run(argv: readonly string[]): Run {
    const child = spawn('node', ['scripts/run.mjs', 'demo/main.ts', ...argv], {
      cwd: PROJECT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    const started = { child, output: () => said, exited };
    runs.push(started);
    return started;
  }

  /** A killed one has a signal and no exit code. */
  function isRunning(child: ChildProcess): boolean {
    return child.exitCode === null && child.signalCode === null;
  }

  function kill(child: ChildProcess, signal: NodeJS.Signals): void {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  }

  /** Processes that work in the run's folder, and files in it. */
  async function leftovers(): Promise<readonly string[]> {
    const files = await readdir(folder);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    const words = await Promise.all(
      pids.map(async (pid) => {
        const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
        return { pid, said: `${await read('cmdline')}\0${await read('environ')}` };
      }),
    );
    const processes = words
      .filter(({ said }) => said.includes(folder))
      .map(({ said }) => said.split('\0', 3).join(' '));
    return [...files, ...processes];
  }

  /** Throws while anything is left. */
  async function nothingLeft(): Promise<void> {
    const left = await leftovers();
    if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
  }

  it('closes the loop, says so, and leaves no process and no file', async () => {
    const { output, exited } = run(['--nodes', '12']);
    expect(await exited, output()).toBe(0);
    expect(output()).not.toContain('FAIL');
    expect(output().match(/^ {3}ok /gm)?.length).toBeGreaterThanOrEqual(9);
    expect(output()).toContain('The loop is closed.');
    // A pipe gets plain text.
    expect(output()).not.toContain('\x1b');
    expect(
      output()
        .split('\n')
        .filter((line) => line.length > 100),
    ).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['while nodes join', '1. A stand-in EKS'],
    ['while the operator runs', '4. It does not touch'],
  ])('is stopped by Ctrl-C %s and leaves no process and no file', async (_, moment) => {
    const { child, output, exited } = run(['--nodes', '8']);
    await eventually(() => expect(output()).toContain(moment), { timeoutMs: 180_000 });
    expect(await leftovers()).not.toEqual([]);
    kill(child, 'SIGINT');
    expect(await exited, output()).toBe(130);
    expect(output()).toContain('Interrupted.');
    await eventually(nothingLeft);
  });

  it('leaves no process and no file even when it is killed', async () => {
    const { child, output, exited } = run(['--nodes', '8']);
    await eventually(() => expect(output()).toContain('4. It does not touch'), { timeoutMs: 180_000 });
    kill(child, 'SIGKILL');
    await exited;
    await eventually(nothingLeft);
  });

  it('says in one sentence what is missing, with exit code 2', async () => {
    const child = spawn(process.execPath, [join(PROJECT, 'demo/main.ts')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { HOME: folder, TMPDIR: folder, CNI_TUNER_CACHE: join(folder, 'cache'), PATH: folder },
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(2);
    expect(said).toMatch(/^Go 1\.\d+ or newer is needed.*install it.*\.\n$/);
    await rm(join(folder, 'cache'), { recursive: true, force: true });
  });

  it('refuses a wrong option in one sentence with exit code 2', async () => {
    const { output, exited } = run(['--nodes', '3']);
    expect(await exited).toBe(2);
    expect(output()).toBe('--nodes is "3"; it must be a whole number from 8 to 500.\n');
  });
});
