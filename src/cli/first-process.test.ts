import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'main.ts');
/** Root needs no namespace of users; others make one where the system lets them. */
const UNSHARE = [...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--pid', '--fork', '--kill-child'];
const PATIENCE_MS = 60_000;
const isPossible = spawnSync('unshare', [...UNSHARE, 'true']).status === 0;

let folder: string;
let kubeconfig: string;
let server: Server;
const sockets: Socket[] = [];
const children: ChildProcess[] = [];

/** An API server that takes connections and says nothing: whoever asks it waits. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cni-tuner-first-process-'));
  server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'mute',
      clusters: [{ name: 'mute', cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: 'mute', user: {} }],
      contexts: [{ name: 'mute', context: { cluster: 'mute', user: 'mute' } }],
    }),
  );
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const socket of sockets) socket.destroy();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** As process 1 of its own; resolves once it asks the API server. */
async function startFirst(...argv: readonly string[]) {
  const child = spawn('unshare', [...UNSHARE, process.execPath, PROGRAM, ...argv, '--kubeconfig', kubeconfig], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  const ended = once(child, 'exit');
  await Promise.race([
    once(server, 'connection'),
    ended.then(([code]) => expect.unreachable(`it ended with exit code ${code}`)),
  ]);
  return {
    kill: async (signal: NodeJS.Signals) => {
      const first = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
      process.kill(Number(first), signal);
      const [code] = await ended;
      return code;
    },
  };
}

describe('as the first process of a container', { timeout: PATIENCE_MS }, () => {
  beforeEach(({ skip }) => {
    if (!isPossible)
      skip('a namespace of processes is refused here: allow it, or run the tests as root (unshare --pid)');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a command that waits for the cluster ends on %s', async (signal, exitCode) => {
    const command = await startFirst('explain', 'default');
    expect(await command.kill(signal)).toBe(exitCode);
  });

  it('the operator stops in order', async () => {
    const addresses = ['--metrics-bind-address=0', '--health-probe-bind-address=127.0.0.1:0'];
    const operator = await startFirst('run', '--no-aws', '--leader-elect=false', ...addresses);
    expect(await operator.kill('SIGTERM')).toBe(0);
  });
});
