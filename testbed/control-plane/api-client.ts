import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

/**
 * The testbed's own small client of the API server. It shares no code with `src/kube`, so that tests do not judge the
 * operator's client by itself.
 */
export type ApiClient = {
  /** Sends one request; any status is an answer. Rejects only when there is none. */
  request(method: string, path: string, options?: RequestOptions): Promise<ApiAnswer>;
  /** The parsed body; throws ApiFailure for a status of 400 or more. */
  get<T>(path: string): Promise<T>;
  create<T>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
  patch<T>(path: string, patch: Patch): Promise<T>;
  /** Server-side apply as `manager`. */
  apply<T>(path: string, manager: string, body: unknown, force?: boolean): Promise<T>;
  /** Calls `onEvent` until `signal` aborts or the server ends the stream; resolves then. */
  watch<T>(path: string, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<void>;
  close(): void;
};

export type RequestOptions = {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
};

export type ApiAnswer = { readonly status: number; readonly text: string; json<T>(): T };
export type WatchEvent<T> = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
};
export type Patch = { readonly type: 'merge' | 'strategic-merge' | 'json'; readonly body: unknown };

/** The API server refused; `status` is the HTTP status, `reason` and the message are from its Status object. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export type ApiConnection = {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
  /** Connections kept in the pool; 16 unless said otherwise. */
  readonly connections?: number;
};

const REQUEST_TIMEOUT_MS = 60_000;

export function createApiClient(connection: ApiConnection): ApiClient {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connection.connections ?? 16,
    ca: readFileSync(connection.caFile),
  });
  const request: ApiClient['request'] = async (method, path, options = {}) => {
    const response = await open({ connection, agent, method, path, options });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    return { status: response.statusCode ?? 0, text, json: <T>() => JSON.parse(text) as T };
  };
  const json = async <T>(method: string, path: string, options: RequestOptions = {}): Promise<T> =>
    parsed<T>(await request(method, path, options), `${method} ${path}`);
  return {
    request,
    get: (path) => json('GET', path),
    create: (path, body) => json('POST', path, { body }),
    delete: async (path) => {
      await json('DELETE', path);
    },
    patch: (path, { type, body }) => json('PATCH', path, { body, contentType: `application/${type}-patch+json` }),
    apply: (path, manager, body, force = false) =>
      json('PATCH', `${path}?fieldManager=${encodeURIComponent(manager)}&force=${force}`, {
        body,
        contentType: 'application/apply-patch+yaml',
      }),
    watch: async (path, onEvent, signal) => await watch({ connection, path, onEvent, signal }),
    close: () => agent.destroy(),
  };
}

type Call = {
  readonly connection: ApiConnection;
  readonly agent: Agent;
  readonly method: string;
  readonly path: string;
  readonly options: RequestOptions;
  readonly signal?: AbortSignal;
};

async function open({ connection, agent, method, path, options, signal }: Call): Promise<IncomingMessage> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers: Record<string, string> = {
    authorization: `Bearer ${connection.token}`,
    accept: 'application/json',
    'user-agent': 'cni-tuner-testbed',
  };
  if (body !== undefined) {
    headers['content-type'] = options.contentType ?? 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  const timeout = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
  return await new Promise((resolve, reject) => {
    const outgoing = httpsRequest(new URL(path, connection.url), { method, headers, agent, ...(signal && { signal }) });
    outgoing.setTimeout(timeout, () => outgoing.destroy(new Error(`no answer to ${method} ${path} in ${timeout} ms`)));
    outgoing.once('response', resolve).once('error', reject);
    outgoing.end(body);
  });
}

function parsed<T>(answer: ApiAnswer, what: string): T {
  if (answer.status < 400) return answer.json<T>();
  const status = statusOf(answer.text);
  throw new ApiFailure(answer.status, status.reason, `${what}: ${status.message}`);
}

function statusOf(text: string): { readonly reason: string; readonly message: string } {
  try {
    const { reason = '', message = text } = JSON.parse(text);
    return { reason, message };
  } catch {
    return { reason: '', message: text };
  }
}

type Watch<T> = {
  readonly connection: ApiConnection;
  readonly path: string;
  readonly onEvent: (event: WatchEvent<T>) => void;
  readonly signal: AbortSignal;
};

/** A watch is idle for minutes: a connection of its own, without a time limit. */
async function watch<T>({ connection, path, onEvent, signal }: Watch<T>): Promise<void> {
  const agent = new Agent({ ca: readFileSync(connection.caFile) });
  try {
    const options = { timeoutMs: 0 };
    const response = await open({ connection, agent, method: 'GET', path, options, signal });
    if ((response.statusCode ?? 0) >= 400) {
      throw new ApiFailure(response.statusCode ?? 0, '', `GET ${path} was refused with ${response.statusCode}`);
    }
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text !== '')) onEvent(JSON.parse(line) as WatchEvent<T>);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    agent.destroy();
  }
}
