import { request } from 'node:https';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Listening } from './server.ts';
import { CannotListen, plainPage, serve } from './server.ts';
import { selfSigned } from './server/certificate.ts';

const open: Listening[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
});

async function aServer() {
  const listening = await serve(
    { host: '127.0.0.1', port: 0 },
    {
      '/healthz': () => plainPage(200, 'ok\n'),
      '/broken': () => {
        throw new Error('secret');
      },
    },
  );
  open.push(listening);
  return {
    port: listening.port ?? 0,
    get: (path: string, method = 'GET') => fetch(`http://127.0.0.1:${listening.port}${path}`, { method }),
  };
}

describe('serve', () => {
  it('serves its pages, and says which there are', async () => {
    const { get } = await aServer();
    expect(await (await get('/healthz?verbose')).text()).toBe('ok\n');
    const missing = await get('/');
    expect([missing.status, await missing.text()]).toEqual([404, 'served here: /healthz, /broken\n']);
  });

  it('refuses to be written to', async () => {
    const { get } = await aServer();
    expect((await get('/healthz', 'POST')).status).toBe(405);
  });

  it('keeps an error to itself', async () => {
    const { get } = await aServer();
    const response = await get('/broken');
    expect([response.status, await response.text()]).toEqual([500, 'the page could not be made\n']);
  });

  it('says which address cannot be listened on', async () => {
    const { port } = await aServer();
    await expect(serve({ host: '127.0.0.1', port }, {})).rejects.toThrow(
      new CannotListen(`Cannot listen on 127.0.0.1:${port} (EADDRINUSE); choose another address.`),
    );
  });

  it('serves nothing when switched off', async () => {
    expect((await serve(undefined, {})).port).toBeUndefined();
  });
});

/** Asks by HTTPS and trusts `ca` alone. */
async function asked(port: number, ca: string, headers: Readonly<Record<string, string>> = {}) {
  return await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    request({ host: 'localhost', port, path: '/metrics', ca, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .once('error', reject)
      .end();
  });
}

describe('serve with protection', () => {
  const [first, second] = [selfSigned('localhost', Date.now()), selfSigned('localhost', Date.now())];
  const pages = { '/metrics': () => plainPage(200, 'figures\n') };

  async function aProtectedServer() {
    const seen: unknown[] = [];
    const listening = await serve({ host: '127.0.0.1', port: 0 }, pages, {
      certificate: first,
      refusal: async (asking) => {
        seen.push(asking);
        return asking.authorization === 'Bearer x' ? undefined : plainPage(401, 'no\n');
      },
    });
    open.push(listening);
    return { listening, port: listening.port ?? 0, seen };
  }

  it('speaks HTTPS, and serves only whom it is told to', async () => {
    const { port, seen } = await aProtectedServer();
    expect(await asked(port, first.cert)).toEqual({ status: 401, text: 'no\n' });
    expect(await asked(port, first.cert, { authorization: 'Bearer x' })).toEqual({ status: 200, text: 'figures\n' });
    expect(seen[0]).toEqual({ method: 'GET', path: '/metrics', authorization: undefined });
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('shows a renewed certificate from the next connection on', async () => {
    const { listening, port } = await aProtectedServer();
    listening.renew(second);
    expect((await asked(port, second.cert)).status).toBe(401);
    await expect(asked(port, first.cert)).rejects.toThrow(/self-signed|signature|certificate/);
  });

  it('closes although somebody began to talk and says nothing more', async () => {
    const { listening, port } = await aProtectedServer();
    const socket = connect({ host: 'localhost', port, ca: first.cert });
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()).on('error', () => {}));
    await new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()));
    await listening.close();
    await ended;
  });
});
