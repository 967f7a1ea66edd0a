/** The client against a server of its own in this process: what no real API server can be made to do quickly. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, type KubeClient } from './client.ts';

let server: Server | undefined;
let client: KubeClient | undefined;

afterEach(async () => {
  await client?.close();
  server?.closeAllConnections();
  server?.close();
});

async function aClientOf(answer: RequestListener): Promise<KubeClient> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const read = async () => ({ headers: {}, tls: {}, proxyUrl: undefined });
  const credentials = { server: `http://127.0.0.1:${port}`, read, reload: () => {} };
  client = connect({ credentials, userAgent: 'cni-tuner/test' });
  return client;
}

describe('the client', () => {
  it('still gets its requests through while forty watches are open', async () => {
    const connected = await aClientOf(({ url }, response) => {
      if (url === '/request') response.end('{}');
      else response.writeHead(200).write(' ');
    });
    const { signal } = new AbortController();
    const watch = { query: {}, accept: 'application/json', signal };
    await Promise.all(Array.from({ length: 40 }, async () => await connected.stream('/watch', watch)));
    await expect(connected.request('GET', '/request', { timeoutMs: 2_000 })).resolves.toEqual({});
  });

  it('does not sleep for an hour inside a read because a proxy says so', async () => {
    const connected = await aClientOf((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    await expect(connected.request('GET', '/request')).rejects.toMatchObject({ kind: 'Throttled' });
  });
});
