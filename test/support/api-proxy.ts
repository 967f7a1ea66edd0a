/** A proxy between the operator's client and the real API server that breaks things on demand. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Upstream = { readonly url: string; readonly caFile: string; readonly token: string };

/** What the proxy does with a request instead of passing it on; undefined passes it on, a URL passes that on. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};
export type Interference = (method: string, url: URL) => Answer | URL | undefined;

/** Of a request as `ApiProxy.requests` tells it: a watch that goes on from a version. */
export const isResumedWatch = (request: string): boolean =>
  request.includes('watch=true') && request.includes('&resourceVersion=');

/** The first watch of each path that wants to go on asks for a version whose history the API server has no more. */
export function refusedOnceAsTooOld(): Interference {
  const refused = new Set<string>();
  return (_method, url) => {
    if (!isResumedWatch(url.search) || refused.has(url.pathname)) return undefined;
    refused.add(url.pathname);
    const old = new URL(url);
    old.searchParams.set('resourceVersion', '1');
    return old;
  };
}

export type ApiProxy = {
  /** A kubeconfig that leads through the proxy. */
  readonly kubeconfig: string;
  /** `METHOD /path?query` of every request so far. */
  readonly requests: readonly string[];
  /** Content types of the watches' answers so far. */
  readonly watchTypes: readonly string[];
  /** Connections accepted so far. */
  connections(): number;
  /** Watches that are open now. */
  openStreams(): number;
  interfere(how: Interference | undefined): void;
  /** Asks the API server for this media type, whatever the client would accept. */
  acceptOnly(mediaType: string): void;
  /** Drops every connection and refuses new ones until `reconnect`. */
  disconnect(): void;
  reconnect(): void;
  /** Open streams stay open and carry nothing any more, as behind a lost NAT entry. */
  goSilent(): void;
  close(): Promise<void>;
};

export async function startApiProxy(upstream: Upstream): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, ca: await readFile(upstream.caFile) });
  const requests: string[] = [];
  const watchTypes: string[] = [];
  const sockets = new Set<Socket>();
  const streams = new Set<ServerResponse>();
  let accepted = 0;
  let refusing = false;
  let interfere: Interference | undefined;
  let accept: string | undefined;

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, url: URL): void => {
    const { host: _, ...given } = incoming.headers;
    const headers = accept === undefined ? given : { ...given, accept };
    const onward = request(url, { method: incoming.method ?? 'GET', headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const isStream = url.searchParams.get('watch') === 'true';
      // As the API server does: a quiet watch is open although it says nothing yet.
      if (isStream) outgoing.flushHeaders();
      if (isStream) streams.add(outgoing);
      if (isStream) watchTypes.push(answer.headers['content-type'] ?? '');
      answer.on('data', (chunk) => (isStream && !streams.has(outgoing) ? undefined : outgoing.write(chunk)));
      answer.on('end', () => (isStream && !streams.has(outgoing) ? undefined : outgoing.end()));
      answer.on('error', () => outgoing.destroy());
      outgoing.on('close', () => {
        streams.delete(outgoing);
        answer.destroy();
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };

  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', upstream.url);
    const method = incoming.method ?? 'GET';
    requests.push(`${method} ${url.pathname}${url.search}`);
    const answer = interfere?.(method, url);
    if (answer === undefined || answer instanceof URL) return forward(incoming, outgoing, answer ?? url);
    incoming.resume();
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.on('connection', (socket) => {
    if (refusing) {
      socket.destroy();
      return;
    }
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-proxy-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  await writeFile(kubeconfig, kubeconfigOf(`http://127.0.0.1:${port}`, upstream.token));

  return {
    kubeconfig,
    requests,
    watchTypes,
    connections: () => accepted,
    openStreams: () => streams.size,
    interfere: (how) => {
      interfere = how;
    },
    acceptOnly: (mediaType) => {
      accept = mediaType;
    },
    disconnect: () => {
      refusing = true;
      for (const socket of sockets) socket.destroy();
    },
    reconnect: () => {
      refusing = false;
    },
    goSilent: () => streams.clear(),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function kubeconfigOf(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'user' } }],
    'current-context': 'proxy',
  });
}
