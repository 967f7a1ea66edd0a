/**
 * What the stand-in CNI of one node calls EC2 with: ipamd's EC2Request as a Query call over HTTP, the answer as its
 * EC2Response. No SDK: 5,000 of these share one keep-alive agent. Retries as the Go SDK's standard retryer does.
 */
import { type Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { EC2Action, EC2Request, EC2Response } from '../../src/ipamd/ec2-calls.ts';
import { ec2ResponseFrom } from './query-answer.ts';
import { describeForm, formOf } from './query-form.ts';

export type Ec2QueryClientOptions = {
  /** `http://127.0.0.1:PORT` of the endpoint. */
  readonly url: string;
  /** Shared by the nodes: `new Agent({ keepAlive: true, maxSockets: 64 })`. */
  readonly agent: Agent;
  readonly instanceId: string;
  readonly vpcId: string;
  readonly zone: string;
  /** On every interface it makes: ipamd's `node.k8s.amazonaws.com/instance_id`, the cluster's name. */
  readonly interfaceTags?: Readonly<Record<string, string>>;
  readonly securityGroups?: readonly string[];
  /** How the endpoint's record names this caller; default `aws-node`. */
  readonly caller?: string;
  /** Attempts on throttling and transient trouble; default 3, as the SDK. */
  readonly attempts?: number;
  /** First back-off, doubling, with full jitter, at most 20 s; default 1,000 ms. */
  readonly backOffMs?: number;
  /** A call that is not answered by then has failed with `RequestTimeout`; default 30,000 ms. */
  readonly timeoutMs?: number;
  /** In [0, 1). */
  readonly random?: () => number;
};

export type Ec2QueryClient = {
  /** Never throws for EC2's sake: trouble of any kind is `{ ok: false, code }`. */
  readonly call: (request: EC2Request, signal?: AbortSignal) => Promise<EC2Response>;
};

const RETRIED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'InternalError',
  'RequestTimeout',
  'ConnectionFailed',
  'Http500',
  'Http502',
  'Http503',
  'Http504',
]);
const LONGEST_BACK_OFF_MS = 20_000;

export function createEc2QueryClient(options: Ec2QueryClientOptions): Ec2QueryClient {
  /** Attachment ids by interface, as answers showed them: two of the calls are made by them. Bounded by the node's ENIs. */
  const attachments = new Map<string, string>();
  const send = (action: EC2Action, form: URLSearchParams, signal?: AbortSignal): Promise<EC2Response> =>
    sendWithRetries(options, { action, form, attachments, signal });
  return {
    call: async (request, signal) => {
      if (needsAttachment(request) && !attachments.has(request.eni)) {
        await send('DescribeNetworkInterfaces', describeForm([request.eni]), signal);
      }
      const response = await send(request.action, formOf(request, options, attachments), signal);
      if (response.ok && request.action === 'DeleteNetworkInterface') attachments.delete(request.eni);
      return response;
    },
  };
}

type Call = {
  readonly action: EC2Action;
  readonly form: URLSearchParams;
  readonly attachments: Map<string, string>;
  readonly signal: AbortSignal | undefined;
};

async function sendWithRetries(options: Ec2QueryClientOptions, call: Call): Promise<EC2Response> {
  const attempts = options.attempts ?? 3;
  const random = options.random ?? Math.random;
  for (let attempt = 1; ; attempt += 1) {
    const response = await sendOnce(options, call);
    if (response.ok || attempt >= attempts || !RETRIED.has(response.code) || call.signal?.aborted === true) {
      return response;
    }
    const ceilingMs = Math.min(LONGEST_BACK_OFF_MS, (options.backOffMs ?? 1_000) * 2 ** (attempt - 1));
    await delay(random() * ceilingMs, undefined, call.signal === undefined ? {} : { signal: call.signal }).catch(
      () => undefined,
    );
  }
}

function sendOnce(options: Ec2QueryClientOptions, call: Call): Promise<EC2Response> {
  return new Promise((resolve) => {
    const fail = (code: string) => (): void => resolve({ ok: false, code });
    const outgoing = httpRequest(
      options.url,
      {
        method: 'POST',
        agent: options.agent,
        timeout: options.timeoutMs ?? 30_000,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': `app/${options.caller ?? 'aws-node'}`,
        },
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', fail('ConnectionFailed'));
        incoming.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve(ec2ResponseFrom(call.action, incoming.statusCode ?? 0, body, call.attachments));
        });
      },
    );
    outgoing.on('timeout', () => {
      fail('RequestTimeout')();
      outgoing.destroy();
    });
    outgoing.on('error', fail('ConnectionFailed'));
    outgoing.end(call.form.toString());
  });
}

function needsAttachment(request: EC2Request): request is EC2Request & { readonly eni: string } {
  return (
    request.action === 'DetachNetworkInterface' ||
    (request.action === 'ModifyNetworkInterfaceAttribute' && request.attribute === 'deleteOnTermination')
  );
}
