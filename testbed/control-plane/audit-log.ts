import { readFile } from 'node:fs/promises';

/** One request as the API server saw it. */
export type AuditedRequest = {
  /** The user's name, such as `cni-tuner` (see USERS). */
  readonly user: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. */
  readonly verb: string;
  readonly uri: string;
  /** `apps`; empty for the core group. */
  readonly apiGroup: string;
  /** `daemonsets`; empty for paths such as /version. */
  readonly resource: string;
  /** `status`; empty for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status. */
  readonly status: number;
  readonly userAgent: string;
  readonly receivedAtMs: number;
};

type AuditEvent = {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
};

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export const isWrite = ({ verb }: AuditedRequest): boolean => WRITES.has(verb);

/**
 * Every request of a plane started with `auditLog: true`, in the order of their answers. A watch, which is logged when
 * it begins and when it ends, counts once.
 */
export async function readAuditLog(file: string): Promise<readonly AuditedRequest[]> {
  return auditedRequests(await readFile(file, 'utf8'));
}

/** The same, of a log's text. */
export function auditedRequests(text: string): readonly AuditedRequest[] {
  const lines = text.split('\n');
  lines.pop(); // What follows the last line break is empty or still being written.
  const events = lines.map((line): AuditEvent => JSON.parse(line));
  return [...new Map(events.map((event) => [event.auditID, event])).values()].map(requestOf);
}

function requestOf(event: AuditEvent): AuditedRequest {
  const { apiGroup = '', resource = '', subresource = '', namespace = '', name = '' } = event.objectRef ?? {};
  return {
    user: event.user.username,
    verb: event.verb,
    uri: event.requestURI,
    apiGroup,
    resource,
    subresource,
    namespace,
    name,
    status: event.responseStatus?.code ?? 0,
    userAgent: event.userAgent ?? '',
    receivedAtMs: Date.parse(event.requestReceivedTimestamp),
  };
}
