/** Small HTTP servers for /metrics, /healthz and /readyz. GET and HEAD only; anything else is 404 or 405. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { BindAddress } from './options/flag-values.ts';

export type Page = { readonly status: number; readonly contentType: string; readonly text: string };
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

export type Listening = {
  /** The port in use, also where the system chose it; undefined when switched off. */
  readonly port: number | undefined;
  close(): Promise<void>;
};

const PLAIN = 'text/plain; charset=utf-8';

export function plainPage(status: number, text: string): Page {
  return { status, contentType: PLAIN, text };
}

async function pageFor(request: IncomingMessage, pages: Pages): Promise<Page> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plainPage(405, 'only GET is served here\n');
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return plainPage(404, `served here: ${Object.keys(pages).join(', ')}\n`);
  return page();
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: Pages): Promise<void> {
  const page = await pageFor(request, pages).catch(() => plainPage(500, 'the page could not be made\n'));
  const body = Buffer.from(page.text);
  response.writeHead(page.status, { 'content-type': page.contentType, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Rejects when the address cannot be listened on, with a sentence that names it. */
export async function serve(address: BindAddress, pages: Pages): Promise<Listening> {
  if (address === undefined) return { port: undefined, close: () => Promise.resolve() };
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
    (request, response) => {
      void answer(request, response, pages);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${address.host}:${address.port}`;
      reject(new CannotListen(`Cannot listen on ${where} (${error.code ?? error.message}); choose another address.`));
    });
    server.listen({ port: address.port, ...(address.host === '' ? {} : { host: address.host }) }, resolve);
  });
  const bound = server.address();
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { port: typeof bound === 'object' && bound !== null ? bound.port : undefined, close };
}

/** The address is taken or not ours: a user's mistake, not a bug. */
export class CannotListen extends Error {}
