/** Small servers for /metrics, /healthz and /readyz. GET and HEAD only; anything else is 404 or 405. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import type { BindAddress } from './options/flag-values.ts';

export type Page = { readonly status: number; readonly contentType: string; readonly text: string };
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

/** Who asks for what; `path` is one that is served. */
export type Asking = {
  readonly method: string;
  readonly path: string;
  /** The header of that name. */
  readonly authorization: string | undefined;
};

/** Makes the pages HTTPS, and asks before each of them. */
export type Protection = {
  /** Both as PEM. */
  readonly certificate: { readonly cert: string; readonly key: string };
  /** The page that refuses; undefined: go on. */
  readonly refusal: (asking: Asking) => Promise<Page | undefined>;
};

export type Listening = {
  /** The port in use, also where the system chose it; undefined when switched off. */
  readonly port: number | undefined;
  /** From the next connection on. */
  renew(certificate: Protection['certificate']): void;
  close(): Promise<void>;
};

const PLAIN = 'text/plain; charset=utf-8';
const LIMITS = { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 };
const HANDSHAKE_MS = 5_000;

export function plainPage(status: number, text: string): Page {
  return { status, contentType: PLAIN, text };
}

async function pageFor(request: IncomingMessage, pages: Pages, protection: Protection | undefined): Promise<Page> {
  const { method = '', url = '/', headers } = request;
  if (method !== 'GET' && method !== 'HEAD') return plainPage(405, 'only GET is served here\n');
  const path = url.split('?')[0] ?? '/';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return plainPage(404, `served here: ${Object.keys(pages).join(', ')}\n`);
  return (await protection?.refusal({ method, path, authorization: headers.authorization })) ?? (await page());
}

/** Rejects when the address cannot be listened on, with a sentence that names it. */
export async function serve(address: BindAddress, pages: Pages, protection?: Protection): Promise<Listening> {
  if (address === undefined) return { port: undefined, renew: () => {}, close: () => Promise.resolve() };
  const listener: RequestListener = (request, response) => {
    void answer(request, response, pageFor(request, pages, protection));
  };
  const tls = protection === undefined ? undefined : tlsServer(protection, listener);
  const server = tls ?? createServer(LIMITS, listener);
  const sockets = socketsOf(server);
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
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = typeof bound === 'object' && bound !== null ? bound.port : undefined;
  return { port, renew: (certificate) => tls?.setSecureContext(certificate), close };
}

async function answer(request: IncomingMessage, response: ServerResponse, coming: Promise<Page>): Promise<void> {
  const page = await coming.catch(() => plainPage(500, 'the page could not be made\n'));
  const body = Buffer.from(page.text);
  response.writeHead(page.status, { 'content-type': page.contentType, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function tlsServer({ certificate }: Protection, listener: RequestListener): TlsServer {
  return createTlsServer({ ...LIMITS, handshakeTimeout: HANDSHAKE_MS, ...certificate }, listener);
}

/** The server itself knows no connection whose handshake is not over, and would wait for it. */
function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** What the server was told to use is taken, or is not ours or no good: a user's mistake, not a bug. */
export class CannotListen extends Error {}
