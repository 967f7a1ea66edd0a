import { afterEach, describe, expect, it } from 'vitest';
import type { Listening } from './server.ts';
import { CannotListen, plainPage, serve } from './server.ts';

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
