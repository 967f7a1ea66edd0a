/** What AWS answered, or why it did not, as a gap with one sentence and a remedy. Classified here, once. */
import type { AccountGap } from '../tuning/snapshot.ts';

/** Trouble outside while reading the account. Anything else that is thrown is a bug of ours. */
export class AccountTrouble extends Error {
  readonly gap: AccountGap;

  constructor(gap: AccountGap, cause?: unknown) {
    super(gap.message, { cause });
    this.name = 'AccountTrouble';
    this.gap = gap;
  }
}

/** `ec2:DescribeSubnets`, as IAM spells it. */
export type IamAction = `${'ec2' | 'cloudwatch'}:${string}`;

/** The parts of an SDK error that we look at. */
type Seen = {
  readonly name: string;
  readonly message: string;
  /** Node's code: ECONNREFUSED, ENOTFOUND, ENOENT. */
  readonly code: string;
  readonly status: number | undefined;
};

const LOST_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  // Answers of STS on the way to credentials; EC2 refuses an action with UnauthorizedOperation instead.
  'AccessDenied',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidIdentityToken',
  'InvalidIdentityTokenException',
  'IDPRejectedClaim',
  'IDPRejectedClaimException',
  // What EC2 and CloudWatch say to keys they do not know.
  'AuthFailure',
  'InvalidClientTokenId',
  'InvalidClientTokenIdException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const REFUSED = new Set(['UnauthorizedOperation', 'AccessDeniedException', 'OptInRequired', 'Blocked']);
const THROTTLED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'EC2ThrottledException',
]);
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
]);
const SILENT = new Set(['TimeoutError', 'AbortError', 'RequestTimeout']);
const LONGEST_QUOTE = 200;

export function noRegionGap(): AccountGap {
  return {
    reason: 'NoRegion',
    action: undefined,
    message:
      'No AWS region is known: the nodes carry no label topology.kubernetes.io/region; set --aws-region or AWS_REGION.',
  };
}

export function unavailableGap(action: IamAction | undefined, message: string): AccountGap {
  return { reason: 'Unavailable', action, message };
}

/** The gap that an error of the SDK leaves. */
export function gapOf(error: unknown, action: IamAction): AccountGap {
  const seen = look(error);
  const service = action.startsWith('ec2:') ? 'EC2' : 'CloudWatch';
  if (seen.message === 'Region is missing') return noRegionGap();
  // CloudWatch's own refusal may carry the name that STS uses too; by then EC2 has shown that credentials exist.
  if (REFUSED.has(seen.name) || (service === 'CloudWatch' && seen.name === 'AccessDenied')) return forbidden(action);
  if (LOST_CREDENTIALS.has(seen.name) || seen.code === 'ENOENT') return noCredentials(seen);
  if (THROTTLED.has(seen.name) || seen.status === 429) {
    const message = `AWS throttles ${action} in this account; it is read again later.`;
    return { reason: 'Throttled', action, message };
  }
  return unavailableGap(action, `${service} could not be read (${action}): ${whyUnavailable(seen)}.`);
}

/** Worth asking again soon; the others wait for somebody to change something. */
export function isPassing(gap: AccountGap): boolean {
  return gap.reason === 'Unavailable' || gap.reason === 'Throttled';
}

function forbidden(action: IamAction): AccountGap {
  const message = `AWS refuses ${action}: allow ${action} in the IAM policy of the operator's role.`;
  return { reason: 'Forbidden', action, message };
}

function noCredentials(seen: Seen): AccountGap {
  const message =
    `The operator has no usable AWS credentials (${quote(seen)}): give its ServiceAccount an IAM role by EKS Pod ` +
    'Identity or IRSA, or run it with --no-aws.';
  return { reason: 'NoCredentials', action: undefined, message };
}

function whyUnavailable(seen: Seen): string {
  // First: the SDK calls a reset connection a TimeoutError too.
  if (UNREACHABLE.has(seen.code)) return `the endpoint cannot be reached (${seen.code})`;
  if (SILENT.has(seen.name) || seen.code === 'ETIMEDOUT') return 'it did not answer in time';
  if (seen.message.includes('parse error') || seen.name === 'SyntaxError') return 'the answer is not what AWS sends';
  if (seen.name === 'RequestExpired') return "the request is too old; is this machine's clock right?";
  return quote(seen);
}

function quote({ name, message, status }: Seen): string {
  const text = [
    name === 'Error' || name === 'Unknown' ? '' : name,
    status === undefined ? '' : `HTTP ${status}`,
    message,
  ]
    .filter((part) => part !== '' && part !== 'Unknown' && part !== 'UnknownError')
    .join(': ')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '');
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function look(error: unknown): Seen {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: '', status: undefined };
  const { code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  return {
    name: error.name,
    message: error.message,
    code: typeof code === 'string' ? code : '',
    status: status === 200 ? undefined : status,
  };
}
