/**
 * Requests to the API server over one pool of connections: time limits, one user agent, retries of what may be
 * repeated, and errors classified where they enter. JSON in, JSON out; no generated API classes.
 */
import { Agent, ProxyAgent, request as undiciRequest } from 'undici';
import type { Dispatcher } from 'undici';
import { jittered, pause } from './watch/backoff.ts';
import { piecesOf } from './watch/pieces.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { ApiError, errorOfStatus, statusOf, unreachableOf } from './errors.ts';
import type { Asked, Status } from './errors.ts';
import { PROTOBUF, statusOfBody } from './protobuf/envelope.ts';
import { PortError } from '../reconcile/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** A constant message with fields; the composition root gives it a home. */
export type KubeLog = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type PatchType =
  | 'application/apply-patch+yaml'
  | 'application/merge-patch+json'
  | 'application/json-patch+json'
  | 'application/strategic-merge-patch+json';

export type RequestOptions = {
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: PatchType | 'application/json';
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Sent even when the lease does not allow writes: the lease's own requests. */
  readonly unfenced?: boolean;
};

export type StreamOptions = {
  readonly query: Query;
  /** Media types, the best first. */
  readonly accept: string;
  readonly signal: AbortSignal;
};

export type Streamed = { readonly contentType: string; readonly chunks: AsyncIterable<Uint8Array> };

/** One finished request, for the client metrics. `code` is the HTTP status, `<error>` when there was no answer. */
export type RequestSample = {
  readonly method: Method;
  readonly code: string;
  readonly host: string;
  readonly durationMs: number;
};

export type KubeClient = {
  request<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  /** An open answer to read piece by piece; its time limit covers the head only. */
  stream(path: string, options: StreamOptions): Promise<Streamed>;
  /** Asked before each write: may a request that can take this long still be sent? */
  fenceWrites(mayWrite: (timeoutMs: number) => boolean): void;
  close(): Promise<void>;
};

export type ClientOptions = {
  readonly credentials: CredentialSource;
  readonly userAgent: string;
  readonly onRequest?: (sample: RequestSample) => void;
  readonly random?: () => number;
};

/** Writes must end well inside the lease (15 s), see lease.ts. */
export const DEFAULT_TIMEOUT_MS = 5_000;
const CREDENTIALS_FRESH_MS = 60_000;
/** For requests that end. Watches have a pool without a limit: as many as users name DaemonSets, and the Lease must get through. */
const REQUEST_CONNECTIONS = 16;
const MAX_ATTEMPTS = 4;
const RETRY_BASE_MS = 200;
const RETRY_MAX_MS = 5_000;
const NEVER = new AbortController().signal;

type Pools = { readonly requests: Dispatcher; readonly streams: Dispatcher };

function poolsOf(credentials: Credentials): Pools {
  return { requests: poolOf(credentials, REQUEST_CONNECTIONS), streams: poolOf(credentials, null) };
}

/** HTTP/1.1 only: on one HTTP/2 connection that died silently every request would wait for the same end. */
function poolOf({ tls, proxyUrl }: Credentials, connections: number | null): Dispatcher {
  const limits = { connections, allowH2: false, keepAliveTimeout: 30_000, headersTimeout: 60_000, bodyTimeout: 0 };
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  if (proxyUrl !== undefined) return new ProxyAgent({ uri: proxyUrl, requestTls: given, ...limits });
  return new Agent({ ...limits, connect: { ...given, keepAlive: true, keepAliveInitialDelay: 30_000 } });
}

function queryOf(query: Query | undefined): string {
  const entries = Object.entries(query ?? {}).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

type Sending = RequestOptions & {
  readonly signal: AbortSignal;
  readonly pool: keyof Pools;
  readonly accept?: string;
};
type Ready = { readonly pools: Pools; readonly headers: Readonly<Record<string, string>> };

/** Credentials and the pools made for them; new pools only when the TLS material has changed. */
class Connection {
  readonly #source: CredentialSource;
  #ready: Promise<Ready> | undefined;
  #readAtMs = 0;
  #pools: Pools | undefined;
  #fingerprint = '';

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  ready(): Promise<Ready> {
    const nowMs = performance.now();
    if (this.#ready === undefined || nowMs - this.#readAtMs > CREDENTIALS_FRESH_MS) {
      this.#readAtMs = nowMs;
      const reading = this.#read();
      this.#ready = reading;
      // A failed reading must not be remembered.
      reading.catch(() => {
        if (this.#ready === reading) this.#ready = undefined;
      });
    }
    return this.#ready;
  }

  async #read(): Promise<Ready> {
    const credentials = await this.#source.read();
    const fingerprint = JSON.stringify([credentials.tls, credentials.proxyUrl]);
    if (this.#pools === undefined || fingerprint !== this.#fingerprint) {
      // Requests under way finish on the old pools, which close themselves after them.
      void Promise.allSettled(dispatchersOf(this.#pools).map(async (old) => await old.close()));
      this.#pools = poolsOf(credentials);
      this.#fingerprint = fingerprint;
    }
    return { pools: this.#pools, headers: credentials.headers };
  }

  forget(): void {
    this.#source.reload();
    this.#ready = undefined;
  }

  async close(): Promise<void> {
    await Promise.all(dispatchersOf(this.#pools).map(async (dispatcher) => await dispatcher.destroy()));
  }
}

function dispatchersOf(pools: Pools | undefined): readonly Dispatcher[] {
  return pools === undefined ? [] : [pools.requests, pools.streams];
}

class PooledClient implements KubeClient {
  readonly #options: ClientOptions;
  readonly #connection: Connection;
  readonly #random: () => number;
  #mayWrite: (timeoutMs: number) => boolean = () => true;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#connection = new Connection(options.credentials);
    this.#random = options.random ?? Math.random;
  }

  fenceWrites(mayWrite: (timeoutMs: number) => boolean): void {
    this.#mayWrite = mayWrite;
  }

  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (method !== 'GET' && options.unfenced !== true && !this.#mayWrite(timeoutMs)) {
      throw new PortError(
        'Unavailable',
        `${method} ${path} was not sent: this replica's lease may end before the answer.`,
      );
    }
    const body = await this.#retrying({ method, path }, options.signal, async () => {
      const limit = AbortSignal.timeout(timeoutMs);
      const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
      const response = await this.#send({ method, path }, { ...options, signal, pool: 'requests' });
      return await response.body.text();
    });
    return parsed<T>({ method, path }, body);
  }

  async stream(path: string, { query, accept, signal }: StreamOptions): Promise<Streamed> {
    const response = await this.#send({ method: 'GET', path }, { query, accept, signal, pool: 'streams' });
    return { contentType: contentTypeOf(response), chunks: piecesOf(response.body) };
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Reads are repeated when that may help; a write never is, for its first sending may have arrived. */
  async #retrying<T>(asked: Asked, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    for (let sent = 1; ; sent += 1) {
      try {
        return await attempt();
      } catch (error) {
        const failure = error instanceof PortError ? error : unreachableOf(asked, error);
        const repeatable = asked.method === 'GET' && (failure.kind === 'Unavailable' || failure.kind === 'Throttled');
        const askedMs = failure.retryAfterMs ?? 0;
        // A longer wait is the caller's: a pass comes back, it does not sleep.
        const over = sent >= MAX_ATTEMPTS || signal?.aborted === true || askedMs > RETRY_MAX_MS;
        if (!repeatable || over) throw failure;
        await pause(Math.max(askedMs, jittered(sent, RETRY_BASE_MS, RETRY_MAX_MS, this.#random)), signal ?? NEVER);
      }
    }
  }

  async #send(asked: Asked, sending: Sending): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#sendOnce(asked, sending);
    } catch (error) {
      // Refused before anything was done: with fresh credentials it may be sent again, whatever it is.
      if (!(error instanceof ApiError) || error.code !== 401) throw error;
      this.#connection.forget();
      return await this.#sendOnce(asked, sending);
    }
  }

  async #sendOnce(asked: Asked, { pool, signal, ...options }: Sending): Promise<Dispatcher.ResponseData> {
    const method = asked.method as Method;
    const { pools, headers } = await this.#connection.ready();
    const { host } = new URL(this.#options.credentials.server);
    const startedMs = performance.now();
    const sample = (code: string): void =>
      this.#options.onRequest?.({ method, code, host, durationMs: performance.now() - startedMs });
    const url = `${this.#options.credentials.server}${asked.path}${queryOf(options.query)}`;
    const hasBody = options.body !== undefined;
    const response = await undiciRequest(url, {
      dispatcher: pools[pool],
      method,
      signal,
      headers: {
        ...headers,
        accept: options.accept ?? 'application/json',
        'user-agent': this.#options.userAgent,
        ...(hasBody ? { 'content-type': options.contentType ?? 'application/json' } : {}),
      },
      ...(hasBody ? { body: JSON.stringify(options.body) } : {}),
    }).catch((cause: unknown) => {
      sample('<error>');
      throw unreachableOf(asked, cause);
    });
    sample(String(response.statusCode));
    if (response.statusCode < 300) return response;
    const retryAfter = response.headers['retry-after'];
    throw errorOfStatus(
      asked,
      response.statusCode,
      await refusalOf(response),
      typeof retryAfter === 'string' ? retryAfter : undefined,
    );
  }
}

function contentTypeOf({ headers }: Dispatcher.ResponseData): string {
  const given = headers['content-type'];
  return typeof given === 'string' ? given : '';
}

/** A refusal comes in the encoding that was asked for first. */
async function refusalOf(response: Dispatcher.ResponseData): Promise<Status> {
  if (!contentTypeOf(response).startsWith(PROTOBUF)) return statusOf(await response.body.text());
  return statusOfBody(Buffer.from(await response.body.arrayBuffer()));
}

function parsed<T>(asked: Asked, body: string): T {
  try {
    return JSON.parse(body) as T;
  } catch (error) {
    throw unreachableOf(asked, new Error('the answer is no JSON', { cause: error }));
  }
}

export function connect(options: ClientOptions): KubeClient {
  return new PooledClient(options);
}
