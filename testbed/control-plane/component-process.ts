import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reaper } from './reaper.ts';

const PROBE_EVERY_MS = 50;

/** How one program of the plane is started and found ready. */
export type ComponentSpec = {
  readonly name: string;
  readonly program: string;
  readonly argv: readonly string[];
  readonly logFile: string;
  /** Asks once whether it serves; false or a rejection means not yet. */
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinMs: number;
};

/** A started program that could not be brought up. `portTaken` means another choice of ports may help. */
export class ComponentFailure extends Error {
  override readonly name = 'ComponentFailure';
  readonly portTaken: boolean;

  constructor(message: string, portTaken: boolean) {
    super(message);
    this.portTaken = portTaken;
  }
}

/** One running program: its process and how to end it. */
export type RunningComponent = {
  readonly pid: number;
  /** SIGKILL, and wait until the process is gone. Everything of a plane is throw-away: nothing needs a farewell. */
  kill(): Promise<void>;
};

/** Starts a program in a process group of its own and waits until it serves. */
export async function startComponent(spec: ComponentSpec, reaper: Reaper): Promise<RunningComponent> {
  const log = await open(spec.logFile, 'a');
  let child: ChildProcess;
  let exited: Promise<unknown>;
  try {
    // Detached: Ctrl-C at the terminal must not end etcd before the API server; `stop` keeps the order.
    child = spawn(spec.program, [...spec.argv], { stdio: ['ignore', log.fd, log.fd], detached: true, cwd: '/' });
    child.unref();
    if (child.pid !== undefined) reaper.adopt(child.pid); // At once: this process may end at the next await.
    await once(child, 'spawn');
    exited = once(child, 'exit'); // Before the next await: it may end at once.
  } catch (error) {
    throw new ComponentFailure(`${spec.name} did not start: ${String(error)}`, false);
  } finally {
    await log.close();
  }
  const { pid } = child;
  if (pid === undefined) throw new ComponentFailure(`${spec.name} did not start`, false);
  const forgotten = exited.then(() => reaper.forget(pid));
  const running = { pid, kill: () => end(child, forgotten) };
  try {
    await untilReady(spec, child);
    return running;
  } catch (error) {
    await running.kill();
    throw error;
  }
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.ref();
  child.kill('SIGKILL');
  await exited;
}

async function untilReady(spec: ComponentSpec, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + spec.readyWithinMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw await failure(spec, 'ended while starting');
    if (await spec.isReady().catch(() => false)) return;
    if (Date.now() > deadlineMs) throw await failure(spec, `was not ready within ${spec.readyWithinMs / 1000} s`);
    await delay(PROBE_EVERY_MS);
  }
}

async function failure(spec: ComponentSpec, what: string): Promise<ComponentFailure> {
  const log = await readFile(spec.logFile, 'utf8').catch(() => '');
  const tail = log.trimEnd().split('\n').slice(-12).join('\n');
  return new ComponentFailure(`${spec.name} ${what}; its last lines:\n${tail}`, /address already in use/i.test(tail));
}
