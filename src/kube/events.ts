/**
 * Events as `kubectl describe` and `kubectl get events` show them (events.k8s.io/v1). The same event again is counted
 * in a series instead of written anew. Never throws, never waits; when too much comes, the rest is dropped and said.
 */
import type { EventRecorder, EventRegarding, TuningEvent } from '../reconcile/ports.ts';
import { API_VERSION } from '../api/cnituning.ts';
import type { KubeClient, KubeLog } from './client.ts';

export type EventsOptions = {
  readonly client: KubeClient;
  readonly log: KubeLog;
  /** This replica, as in `reportingInstance`. */
  readonly identity: string;
  readonly clock?: () => number;
};

const CONTROLLER = 'cni-tuner';
const MAX_NOTE = 1024;
/** With the unique part an event's name stays within the 253 characters that are allowed. */
const MAX_NAME_PART = 230;
const MAX_QUEUE = 64;
const MAX_SERIES = 256;
/** The same event after this long is a new one (the API server forgets events after an hour). */
const SERIES_MS = 30 * 60_000;
/** A series is written at most this often; what comes between is counted in the next write. */
const SERIES_WRITE_MS = 60_000;
/** New events per object: a burst, then one a minute. */
const BURST = 20;
const REFILL_MS = 60_000;

type Series = {
  readonly namespace: string;
  readonly name: string;
  created: boolean;
  count: number;
  written: number;
  writtenAtMs: number;
  lastAtMs: number;
  timer: NodeJS.Timeout | undefined;
};

type Bucket = { tokens: number; atMs: number };

export class Events implements EventRecorder {
  readonly #options: EventsOptions;
  readonly #clock: () => number;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #queue: (() => Promise<void>)[] = [];
  #draining: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: EventsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
  }

  emit(event: TuningEvent): void {
    const nowMs = this.#clock();
    const { regarding, type, reason, action, note } = event;
    const key = JSON.stringify([regarding.uid, type, reason, action, note]);
    const series = this.#series.get(key);
    if (series !== undefined && nowMs - series.lastAtMs < SERIES_MS) return this.#again(series, nowMs);
    if (!this.#allowed(regarding.uid, nowMs)) return this.#drop(event);
    this.#open(key, event, nowMs);
  }

  /** Sends what is waiting, counts of series included. */
  async flush(): Promise<void> {
    for (const series of this.#series.values()) {
      clearTimeout(series.timer);
      series.timer = undefined;
      if (series.count > series.written) this.#enqueue(() => this.#writeSeries(series));
    }
    await this.#draining;
  }

  #open(key: string, event: TuningEvent, nowMs: number): void {
    const { regarding } = event;
    const namespace = regarding.kind === 'DaemonSet' ? regarding.namespace : 'default';
    const unique = `${nowMs.toString(16)}${Math.floor(Math.random() * 0x10000).toString(16)}`;
    const name = `${regarding.name.slice(0, MAX_NAME_PART).replace(/[-.]+$/, '')}.${unique}`;
    const series: Series = {
      namespace,
      name,
      created: false,
      count: 1,
      written: 1,
      writtenAtMs: nowMs,
      lastAtMs: nowMs,
      timer: undefined,
    };
    this.#series.delete(key);
    this.#series.set(key, series);
    if (this.#series.size > MAX_SERIES) this.#forgetOldest();
    const isQueued = this.#enqueue(async () => {
      try {
        await this.#create(series, event, nowMs);
      } catch (error) {
        // Without its first event there is nothing to count on: the next one of its kind starts again.
        if (this.#series.get(key) === series) this.#series.delete(key);
        throw error;
      }
    });
    if (isQueued) return;
    this.#series.delete(key);
    this.#drop(event);
  }

  #again(series: Series, nowMs: number): void {
    series.count += 1;
    series.lastAtMs = nowMs;
    const dueMs = Math.max(0, series.writtenAtMs + SERIES_WRITE_MS - nowMs);
    series.timer ??= setTimeout(() => {
      series.timer = undefined;
      this.#enqueue(() => this.#writeSeries(series));
    }, dueMs).unref();
  }

  #forgetOldest(): void {
    for (const [key, series] of this.#series) {
      clearTimeout(series.timer);
      this.#series.delete(key);
      return;
    }
  }

  #allowed(uid: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(uid) ?? { tokens: BURST, atMs: nowMs };
    const tokens = Math.min(BURST, bucket.tokens + (nowMs - bucket.atMs) / REFILL_MS);
    this.#buckets.delete(uid);
    this.#buckets.set(uid, { tokens: Math.max(0, tokens - 1), atMs: nowMs });
    if (this.#buckets.size > MAX_SERIES) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    return tokens >= 1;
  }

  #drop(event: TuningEvent): void {
    this.#dropped += 1;
    const { reason, note } = event;
    this.#options.log('debug', 'Event dropped: too many', { reason, note, dropped: this.#dropped });
  }

  /** False when there is no room. A count of a series that finds none is written with the next one. */
  #enqueue(write: () => Promise<void>): boolean {
    if (this.#queue.length >= MAX_QUEUE) return false;
    this.#queue.push(write);
    this.#draining ??= this.#drain();
    return true;
  }

  async #drain(): Promise<void> {
    // One turn later, so that emit has returned before anything is sent.
    await Promise.resolve();
    for (let write = this.#queue.shift(); write !== undefined; write = this.#queue.shift()) {
      try {
        await write();
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error);
        this.#options.log('warn', 'Event not written', { because });
      }
    }
    this.#draining = undefined;
  }

  async #create(series: Series, event: TuningEvent, atMs: number): Promise<void> {
    const { regarding, type, reason, action, note } = event;
    await this.#options.client.request('POST', pathOf(series.namespace), {
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: series.namespace, name: series.name },
        eventTime: microTime(atMs),
        reportingController: CONTROLLER,
        reportingInstance: this.#options.identity.slice(0, 128),
        type,
        reason,
        action,
        note: clipped(note),
        regarding: referenceOf(regarding),
      },
    });
    series.created = true;
  }

  async #writeSeries(series: Series): Promise<void> {
    if (!series.created || series.count === series.written) return;
    const count = series.count;
    await this.#options.client.request('PATCH', `${pathOf(series.namespace)}/${series.name}`, {
      contentType: 'application/merge-patch+json',
      body: { series: { count, lastObservedTime: microTime(series.lastAtMs) } },
    });
    series.written = count;
    series.writtenAtMs = this.#clock();
  }
}

function pathOf(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
}

function referenceOf(regarding: EventRegarding): object {
  const { kind, name, uid } = regarding;
  return kind === 'CniTuning'
    ? { apiVersion: API_VERSION, kind, name, uid }
    : { apiVersion: 'apps/v1', kind, namespace: regarding.namespace, name, uid };
}

function microTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z');
}

/** The API server counts bytes. */
function clipped(note: string): string {
  if (Buffer.byteLength(note) <= MAX_NOTE) return note;
  const bytes = Buffer.from(note).subarray(0, MAX_NOTE - 4);
  return `${bytes.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}
