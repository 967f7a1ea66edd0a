/** moto's server, the independent second opinion on EC2: found where somebody installed it, never installed by a test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type MotoServer = { readonly url: string; readonly stop: () => Promise<void> };

const VENV_PROGRAM = '.cache/moto/bin/moto_server';
const START_LIMIT_MS = 60_000;

export const MOTO_REMEDY =
  "moto is missing: python3 -m venv .cache/moto && .cache/moto/bin/pip install 'moto[ec2,cloudwatch,server]==5.2.5', " +
  'or name its moto_server in MOTO_SERVER';

/** MOTO_SERVER, else the venv of the remedy, else PATH. */
export function findMoto(): string | undefined {
  const named = process.env['MOTO_SERVER'];
  if (named !== undefined && named !== '') return named;
  if (existsSync(VENV_PROGRAM)) return VENV_PROGRAM;
  return spawnSync('moto_server', ['--help']).status === 0 ? 'moto_server' : undefined;
}

export async function startMoto(program: string): Promise<MotoServer> {
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(url, child);
  } catch (error) {
    await end(child);
    throw error;
  }
  return { url, stop: () => end(child) };
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  const endMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < endMs && failed === undefined && child.exitCode === null) {
    const answered = await fetch(`${url}/moto-api/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await delay(100);
  }
  throw new Error(`moto_server did not answer on ${url}: ${failed?.message ?? `exit code ${child.exitCode}`}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
