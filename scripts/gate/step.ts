/** One step of `npm run check` or `npm test`: a command, its time, and what it came to. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tally } from './tally.ts';

export const ROOT = dirname(dirname(import.meta.dirname));

/** A command of node_modules/.bin or a TypeScript file of ours, and the name people know it by. */
export type Step = {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
};

type Ran = { readonly exitCode: number; readonly output: string };

/** Steps that run now, to be stopped when the whole is. */
const running = new Set<{ kill: (signal: NodeJS.Signals) => boolean }>();

/** Passes Ctrl-C and `kill` on, so that no step outlives the run. */
export function stopStepsOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      for (const child of running) child.kill(signal);
      process.exitCode = 130;
    });
  }
}

function run(step: Step, visible: boolean, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const isOurs = step.command.endsWith('.ts');
  const command = isOurs ? process.execPath : join(ROOT, 'node_modules', '.bin', step.command);
  const argv = isOurs ? [join(ROOT, step.command), ...step.arguments] : [...step.arguments];
  const stdio = visible ? ('inherit' as const) : ('pipe' as const);
  const child = spawn(command, argv, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', stdio, stdio] });
  running.add(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ exitCode: 1, output: `${output}${error.message}\n` }));
    child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? 1, output }));
  }).finally(() => running.delete(child)) as Promise<Ran>;
}

function secondsSince(startMs: number): string {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
}

function sayResult(name: string, ok: boolean, startMs: number): void {
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(28)} ${secondsSince(startMs).padStart(8)}`);
}

/** Runs quietly; its output is shown only when it fails. Counts as one check. */
export async function runCheck(step: Step): Promise<Tally> {
  const startMs = performance.now();
  const { exitCode, output } = await run(step, false);
  const ok = exitCode === 0;
  sayResult(step.name, ok, startMs);
  if (ok) return { passed: 1, failed: [], skipped: [] };
  console.log(output.trimEnd().replaceAll(/^/gm, '    '));
  return { passed: 0, failed: [step.name], skipped: [] };
}

/** Runs in plain sight (it has progress to show). Counts as one check. */
export async function runVisibly(step: Step): Promise<Tally> {
  const startMs = performance.now();
  console.log(`  ${step.name} …`);
  const { exitCode } = await run(step, true);
  sayResult(step.name, exitCode === 0, startMs);
  return exitCode === 0 ? { passed: 1, failed: [], skipped: [] } : { passed: 0, failed: [step.name], skipped: [] };
}

type TestRun = {
  /** vitest's own arguments. */
  readonly filters?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
};

/** Runs vitest projects in plain sight and counts their tests. */
export async function runTests(
  name: string,
  projects: readonly string[],
  { filters = [], env = {} }: TestRun = {},
): Promise<Tally> {
  const startMs = performance.now();
  console.log(`  ${name} …`);
  const folder = mkdtempSync(join(tmpdir(), 'cni-tuner-tally-'));
  const tallyFile = join(folder, 'tally.json');
  const { exitCode } = await run(vitest(name, projects, filters), true, {
    ...env,
    CNI_TUNER_TALLY: tallyFile,
  });
  const counted = existsSync(tallyFile) ? (JSON.parse(readFileSync(tallyFile, 'utf8')) as Tally) : undefined;
  rmSync(folder, { recursive: true, force: true });
  sayResult(name, exitCode === 0, startMs);
  const tally = counted ?? { passed: 0, failed: [], skipped: [] };
  const isUncounted = exitCode !== 0 && tally.failed.length === 0;
  return isUncounted ? { ...tally, failed: [`${name}: vitest stopped with exit code ${exitCode}`] } : tally;
}

function vitest(name: string, projects: readonly string[], filters: readonly string[]): Step {
  const reporters = ['--reporter=default', '--reporter=./scripts/gate/tally-reporter.ts'];
  const argv = ['run', ...projects.flatMap((project) => ['--project', project]), ...reporters, ...filters];
  return { name, command: 'vitest', arguments: argv };
}
