/** What the API server (or the way to it) answered → a PortError, classified once. */
import { PortError } from '../reconcile/ports.ts';
import type { OwnershipConflict, PortErrorDetails, PortErrorKind } from '../reconcile/ports.ts';

/** The parts of a metav1.Status that are read. */
export type Status = {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
};

/** A PortError that also carries the answer's code and reason, which the watches need. */
export class ApiError extends PortError {
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  readonly reason: string;

  constructor(kind: PortErrorKind, message: string, details: PortErrorDetails & { code: number; reason: string }) {
    super(kind, message, details);
    this.name = 'ApiError';
    this.code = details.code;
    this.reason = details.reason;
  }
}

export type Asked = { readonly method: string; readonly path: string };

const KIND_BY_CODE: Readonly<Record<number, PortErrorKind>> = {
  400: 'Invalid',
  401: 'Forbidden',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'Invalid',
  406: 'Invalid',
  409: 'Conflict',
  410: 'Conflict',
  413: 'Invalid',
  415: 'Invalid',
  422: 'Invalid',
  429: 'Throttled',
};

/**
 * A wrong apply body (a number for a string, an unknown field) is answered with 500 and no reason: our own mistake,
 * which no retry mends.
 */
function isUntypeable(status: Status): boolean {
  return (
    (status.reason ?? '') === '' &&
    /failed to create (typed patch|manager)|field not declared|duplicate entries for key/.test(status.message ?? '')
  );
}

/** A policy that says no with the code of a missing permission. */
const DENIED = /admission webhook "[^"]*" denied the request/;

function kindOf(code: number, status: Status): PortErrorKind {
  if (code === 500 && isUntypeable(status)) return 'Invalid';
  if (code === 403 && DENIED.test(status.message ?? '')) return 'Invalid';
  return KIND_BY_CODE[code] ?? 'Unavailable';
}

/** The Status that an answer's body is; one with the body as its message when it is none. */
export function statusOf(body: string): Status {
  if (!body.startsWith('{')) return { message: body.trim().slice(0, 500) };
  try {
    return JSON.parse(body) as Status;
  } catch {
    return { message: body.trim().slice(0, 500) };
  }
}

const FORBIDDEN = /cannot (\w+) resource "([^"]+)"(?: in API group "[^"]*")?(?: in the namespace "([^"]+)")?/;

/** `patch daemonsets in kube-system`, read from the API server's sentence. */
function missingPermissionOf(message: string): string | undefined {
  const [, verb, resource, namespace] = FORBIDDEN.exec(message) ?? [];
  if (verb === undefined || resource === undefined) return undefined;
  return namespace === undefined ? `${verb} ${resource}` : `${verb} ${resource} in ${namespace}`;
}

const MANAGER = /^conflict with ("(?:[^"\\]|\\.)*")(?: with subresource "[^"]*")?( using )?/;

/** The causes of a 409 of server-side apply; `setting` is filled in by who knows the settings. */
export function conflictsOf(status: Status): readonly OwnershipConflict[] {
  const causes = status.details?.causes ?? [];
  return causes.flatMap(({ reason, message, field }) => {
    const [, quoted, using] = MANAGER.exec(message ?? '') ?? [];
    if (reason !== 'FieldManagerConflict' || quoted === undefined) return [];
    const manager = JSON.parse(quoted) as string;
    return [{ manager, operation: using === undefined ? 'Apply' : 'Update', field: field ?? '', setting: undefined }];
  });
}

function sentenceOf(asked: Asked, code: number, status: Status): string {
  const said = status.message === undefined || status.message === '' ? `HTTP ${code}` : status.message;
  if (code === 401)
    return `The API server does not accept our credentials (${said}); check the kubeconfig or the service account.`;
  return `The API server answered ${asked.method} ${asked.path} with ${code}: ${said}`;
}

/** Whoever asks for more (a proxy, a broken clock) is looked at again after this. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** A finished answer that is no success → what to throw. `retryAfter` is the header, in seconds. */
export function errorOfStatus(asked: Asked, code: number, status: Status, retryAfter?: string): ApiError {
  const seconds = retryAfter === undefined ? status.details?.retryAfterSeconds : Number(retryAfter);
  const missingPermission = code === 403 ? missingPermissionOf(status.message ?? '') : undefined;
  return new ApiError(kindOf(code, status), sentenceOf(asked, code, status), {
    code,
    reason: status.reason ?? '',
    conflicts: code === 409 ? conflictsOf(status) : [],
    ...(seconds === undefined || !(seconds >= 0)
      ? {}
      : { retryAfterMs: Math.min(seconds, MAX_RETRY_AFTER_SECONDS) * 1000 }),
    ...(missingPermission === undefined ? {} : { missingPermission }),
  });
}

/** No answer at all: refused, cut, timed out, not resolved. */
export function unreachableOf(asked: Asked, cause: unknown): ApiError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const message = `The API server gave no answer to ${asked.method} ${asked.path}: ${said}`;
  return new ApiError('Unavailable', message, { code: 0, reason: '', cause });
}

/** Did a `test` of a JSON patch fail? The API server then says 422 in words of no field. */
export function isFailedTest(error: unknown): boolean {
  return (
    error instanceof ApiError && error.code === 422 && error.message.includes('rejected our request due to an error')
  );
}
