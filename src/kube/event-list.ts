/** The operator's own Events, as one bounded list. */
import type { KubeClient } from './client.ts';
import type { RawMeta } from './raw-objects.ts';
import { timeMs } from './raw-objects.ts';

export type SeenEvent = {
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  /** How often, the repetitions of its series included. */
  readonly count: number;
  readonly lastSeenMs: number;
};

export type SeenEvents = {
  readonly events: readonly SeenEvent[];
  /** There are more than were asked for, and which ones were left out is not known. */
  readonly hasMore: boolean;
};

type RawEvent = {
  readonly metadata?: RawMeta;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly regarding?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
};
type RawEvents = { readonly metadata?: { readonly continue?: string }; readonly items?: readonly RawEvent[] };

/** In every namespace: those of a CniTuning are in `default`, those of a DaemonSet beside it. */
export async function listEvents(client: KubeClient, controller: string, limit: number): Promise<SeenEvents> {
  const query = { fieldSelector: `reportingController=${controller}`, limit };
  const { metadata, items = [] } = await client.request<RawEvents>('GET', '/apis/events.k8s.io/v1/events', { query });
  return { events: items.map(seenEventOf), hasMore: (metadata?.continue ?? '') !== '' };
}

function seenEventOf({ metadata, eventTime, series, regarding, ...event }: RawEvent): SeenEvent {
  const { type = '', reason = '', note = '' } = event;
  const { kind = '', namespace = '', name = '' } = regarding ?? {};
  const times = [series?.lastObservedTime, eventTime ?? undefined, metadata?.creationTimestamp];
  const lastSeenMs = times.map(timeMs).find((atMs) => atMs !== undefined) ?? 0;
  return { object: { kind, namespace, name }, type, reason, note, count: series?.count ?? 1, lastSeenMs };
}
