/**
 * The stand-in's AWS: EC2, CloudWatch, STS and container credentials on one port of 127.0.0.1. Point an SDK at it
 * with AWS_ENDPOINT_URL. The model, the record of calls and the faults belong to the caller, so an endpoint that is
 * stopped and started again on its port goes on where it was.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import { AwsFrontDesk, type Exchange } from './front-desk.ts';
import { CallRecord } from './call-record.ts';
import { Faults } from './faults.ts';
import type { Ec2Model } from './model.ts';
import { PUBLISHED_RATE_LIMITS, type RateLimits } from './rate-limits.ts';

export type Ec2EndpointOptions = {
  readonly model: Ec2Model;
  /** Default: any free one. */
  readonly port?: number;
  /** Of this machine; default: 127.0.0.1. */
  readonly address?: string;
  /** How long an action takes before it happens; default: at once. */
  readonly latenciesMs?: Readonly<Record<string, number>>;
  /** Default: what AWS publishes. */
  readonly rateLimits?: RateLimits | 'off';
  /** To go on after a restart. */
  readonly calls?: CallRecord;
  readonly faults?: Faults;
};

export type Ec2Endpoint = {
  readonly url: string;
  readonly port: number;
  readonly calls: CallRecord;
  readonly faults: Faults;
  /** Cuts every connection and frees the port. */
  stop(): Promise<void>;
};

const MOST_BODY_BYTES = 1_048_576;
const KEEP_ALIVE_MS = 60_000;

export async function startEc2Endpoint(options: Ec2EndpointOptions): Promise<Ec2Endpoint> {
  const calls = options.calls ?? new CallRecord();
  const faults = options.faults ?? new Faults();
  const desk = new AwsFrontDesk({
    model: options.model,
    calls,
    faults,
    rateLimits: options.rateLimits ?? PUBLISHED_RATE_LIMITS,
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    serve(desk, options.latenciesMs ?? {}, incoming, outgoing).catch((error: unknown) => {
      incoming.socket.destroy(error instanceof Error ? error : undefined);
    });
  });
  const { address = '127.0.0.1' } = options;
  const port = await listen(server, { port: options.port ?? 0, address });
  return { url: `http://${address}:${port}`, port, calls, faults, stop: () => close(server) };
}

async function serve(
  desk: AwsFrontDesk,
  latenciesMs: Readonly<Record<string, number>>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) return send(outgoing, { status: 413, contentType: 'text/plain', body: 'request too large' });
  const exchange: Exchange = desk.open({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    header: (name) => headerOf(incoming, name),
    body,
  });
  const latencyMs = latenciesMs[exchange.action] ?? 0;
  if (latencyMs > 0) await delay(latencyMs);
  const answer = exchange.answer();
  if (answer === 'hang') return;
  if (answer === 'reset') incoming.socket.resetAndDestroy();
  else send(outgoing, answer);
}

function send(outgoing: ServerResponse, answer: Answer): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'x-amzn-requestid': randomUUID(),
  });
  outgoing.end(answer.body);
}

/** Undefined when it is larger than any honest request. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString();
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

type Place = { readonly port: number; readonly address: string };

function listen(server: Server, { port, address }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`the EC2 endpoint cannot listen on ${address}:${port}: ${error.message}`)),
    );
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
