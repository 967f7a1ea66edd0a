import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';

/**
 * A lock that dies with its owner: holding it means listening on a socket named after `subject`, waiting means
 * being connected to it, and the kernel hangs up when the owner is gone, however it went. No lock file to go
 * stale and nothing to poll. On Linux the socket lives in the abstract namespace; elsewhere it is a file, where two
 * waiters that find the same dead file may both go on. Holders must therefore tolerate company (atomic renames).
 */
export async function withLock<T>(subject: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const address = socketAddress(subject);
  let waited = false;
  for (;;) {
    const server = await listen(address);
    if (server !== undefined) return await hold(server, work);
    if (!waited) onWait();
    waited = true;
    await untilReleased(address);
  }
}

function socketAddress(subject: string): string {
  const user = String(userInfo().uid);
  const name = `cni-tuner-${createHash('sha256').update(`${user}\0${subject}`).digest('hex').slice(0, 20)}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/** The listening server, or nothing when somebody else holds the address. */
async function listen(address: string): Promise<Server | undefined> {
  // Waiters are connections; they hold on until this process closes or ends.
  const server = createServer((waiter) => waiter.on('error', () => waiter.destroy()));
  try {
    server.listen(address);
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function hold<T>(server: Server, work: () => Promise<T>): Promise<T> {
  const waiters = new Set<{ destroy(): unknown }>();
  server.on('connection', (waiter) => {
    waiters.add(waiter);
    waiter.once('close', () => waiters.delete(waiter));
  });
  try {
    return await work();
  } finally {
    server.close();
    for (const waiter of waiters) waiter.destroy();
  }
}

async function untilReleased(address: string): Promise<void> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    socket.resume();
    await once(socket, 'close');
  } catch (error) {
    // A socket file nobody listens on: its owner died. (Abstract sockets vanish by themselves.)
    if (codeOf(error) === 'ECONNREFUSED' && !address.startsWith('\0')) await rm(address, { force: true });
  } finally {
    socket.destroy();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
