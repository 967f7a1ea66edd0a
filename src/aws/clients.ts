/**
 * The AWS clients: loaded when first needed (client-ec2 alone costs a second and 90 MB), with time limits, paced,
 * and with every error classified. Credentials, endpoints and proxies come from the SDK's own environment chain.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { type AwsCall, countingCalls } from './call-counting.ts';
import { AccountTrouble, gapOf, type IamAction } from './errors.ts';
import type { Pacer } from './pacing.ts';

export type ClientLimits = {
  /** One attempt. Without a limit a silent endpoint would hang a reading for ever. */
  readonly requestTimeoutMs: number;
  /** One call with all its attempts. */
  readonly callTimeoutMs: number;
  readonly maxAttempts: number;
  /** One reading with all its calls. */
  readonly readingTimeoutMs: number;
};

export const DEFAULT_LIMITS: ClientLimits = {
  requestTimeoutMs: 15_000,
  callTimeoutMs: 60_000,
  readingTimeoutMs: 150_000,
  maxAttempts: 4,
};

type Ec2Sdk = typeof import('@aws-sdk/client-ec2');
type CloudWatchSdk = typeof import('@aws-sdk/client-cloudwatch');

export type AwsClients = {
  readonly ec2: EC2Client;
  readonly ec2Sdk: Ec2Sdk;
  readonly cloudWatch: CloudWatchClient;
  readonly cloudWatchSdk: CloudWatchSdk;
  /** Runs one call under the time limits; what it throws is an AccountTrouble naming the action. */
  readonly ask: <Answer>(action: IamAction, call: (abortSignal: AbortSignal) => Promise<Answer>) => Promise<Answer>;
  readonly close: () => void;
};

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_SOCKETS = 4;

type CallHooks = { readonly pacer: Pacer; readonly onCall: ((call: AwsCall) => void) | undefined };

export async function openClients(region: string, limits: ClientLimits, hooks: CallHooks): Promise<AwsClients> {
  const { pacer, onCall } = hooks;
  const [ec2Sdk, cloudWatchSdk] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-cloudwatch'),
  ]);
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const shared = {
    region,
    maxAttempts: limits.maxAttempts,
    retryMode: 'standard',
    userAgentAppId: 'cni-tuner',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: limits.requestTimeoutMs,
      // Without it the SDK only prints a warning when the time is over.
      throwOnRequestTimeout: true,
      socketTimeout: limits.requestTimeoutMs,
      httpsAgent: agent,
      httpAgent: agent,
    },
  };
  const ec2 = new ec2Sdk.EC2Client(shared);
  const cloudWatch = new cloudWatchSdk.CloudWatchClient(shared);
  // After the retry middleware, so that every attempt takes a token.
  ec2.middlewareStack.add(
    (next, context) => async (args) => {
      await pacer.take(String(context['commandName']));
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'cniTunerPacing' },
  );
  if (onCall !== undefined) {
    const counted = { step: 'initialize', priority: 'high', name: 'cniTunerCounting' } as const;
    ec2.middlewareStack.add(countingCalls('EC2', onCall), counted);
    cloudWatch.middlewareStack.add(countingCalls('CloudWatch', onCall), counted);
  }
  return {
    ec2,
    ec2Sdk,
    cloudWatch,
    cloudWatchSdk,
    ask: (action, call) => ask([AbortSignal.timeout(limits.callTimeoutMs)], action, call),
    close: () => {
      ec2.destroy();
      cloudWatch.destroy();
    },
  };
}

/** The same clients for one reading: none of its calls outlives `deadline`. */
export function until(deadline: AbortSignal, clients: AwsClients, limits: ClientLimits): AwsClients {
  const ends = (): AbortSignal[] => [deadline, AbortSignal.timeout(limits.callTimeoutMs)];
  return { ...clients, ask: (action, call) => ask(ends(), action, call) };
}

async function ask<Answer>(
  ends: AbortSignal[],
  action: IamAction,
  call: (abortSignal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call(AbortSignal.any(ends));
  } catch (error) {
    throw new AccountTrouble(gapOf(error, action), error);
  }
}
