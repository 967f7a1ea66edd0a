import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startComponent } from './component-process.ts';
import type { Reaper } from './reaper.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'component-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** As on a busy machine: a program has ended by the time this process goes on. */
function aBusyReaper(): Reaper & { readonly kept: Set<number> } {
  const kept = new Set<number>();
  const adopt = (pid: number): void => {
    kept.add(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  };
  return { kept, adopt, forget: (pid) => void kept.delete(pid), dismiss: async () => {} };
}

describe('a program that ends at once', () => {
  it('is told with its last words, and forgotten, however late its end is seen', async () => {
    const reaper = aBusyReaper();
    const start = (at: number) => {
      const argv = ['-c', 'echo the port is taken; exit 1'];
      const logFile = join(folder, `${at}.log`);
      const isReady = async () => false;
      return startComponent({ name: 'etcd', program: '/bin/sh', argv, logFile, isReady, readyWithinMs: 5_000 }, reaper);
    };
    const started = await Promise.allSettled(Array.from({ length: 16 }, (_, at) => start(at)));
    const said = 'etcd ended while starting; its last lines:\nthe port is taken';
    expect(started.map((each) => each.status === 'rejected' && each.reason.message)).toEqual(started.map(() => said));
    expect(reaper.kept).toEqual(new Set());
  });
});
