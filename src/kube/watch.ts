/**
 * Keeps a set of objects as the API server has it: an initial state, then changes, for ever. It restarts itself after
 * every kind of break, and says since when it may be behind. Objects are projected as they arrive and never kept.
 */
import type { Streamed } from './client.ts';
import { ApiError, errorOfStatus, unreachableOf } from './errors.ts';
import type { Asked } from './errors.ts';
import { MalformedProtobuf } from './protobuf/fields.ts';
import type { ReadObject } from './protobuf/objects.ts';
import type { RawObject } from './raw-objects.ts';
import { breathe, jittered, pause } from './watch/backoff.ts';
import { Continuity } from './watch/continuity.ts';
import type { WatchOptions } from './watch/contract.ts';
import { acceptFor, eventReader, type WatchEvent } from './watch/event-reader.ts';
import { pagesOf } from './watch/paged-list.ts';
import { watchQuery } from './watch/query.ts';
import { Cut, Silence, SilenceTimer } from './watch/silence.ts';

/** Bookmarks come each minute, the first after two (measured); then the connection may be dead and is opened anew. */
const SILENT_FOR_MS = 190_000;
const PAGE_SIZE = 500;
/** `notFound`: the type is not served yet, but its CRD may come any moment. */
const BACKOFF = { baseMs: 250, maxMs: 10_000, notFoundMs: 3_000 };
/** A stream that ends sooner was no success. */
const SHORT_STREAM_MS = 1_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

type Incoming<T> = Map<string, T>;

export class Watch<T> {
  readonly #options: WatchOptions<T>;
  readonly #random: () => number;
  readonly #stopping = new AbortController();
  #stream = new AbortController();
  #running: Promise<void> | undefined;
  #resourceVersion: string | undefined;
  #useWatchList = true;
  /** Undefined: by JSON. */
  #readObject: ReadObject | undefined;
  #resyncAsked = false;
  #synced = false;
  readonly #continuity = new Continuity();
  #failure: Error | undefined;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#readObject = options.source.readProtobuf;
  }

  get name(): string {
    return this.#options.source.name;
  }

  /** The first whole state has been delivered. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Since when changes may be missing here; undefined while the stream is up. */
  get brokenSinceMs(): number | undefined {
    return this.#continuity.brokenSinceMs;
  }

  /** Why it is broken or not yet synced, as one sentence. */
  get trouble(): string | undefined {
    return this.#failure?.message;
  }

  /** It is so for want of a permission or of credentials. */
  get refused(): boolean {
    return this.#failure instanceof ApiError && this.#failure.kind === 'Forbidden';
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Reads the whole state again, because the projection now wants something else. No gap comes of it. */
  resync(): void {
    this.#resyncAsked = true;
    this.#stream.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stream.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const openedMs = performance.now();
      const failure = await this.#attempt();
      if (this.#stopping.signal.aborted) return;
      if (this.#resyncAsked) {
        this.#resyncAsked = false;
        this.#resourceVersion = undefined;
        continue;
      }
      if (this.#isOnlySilent(failure)) continue;
      const lived = performance.now() - openedMs >= SHORT_STREAM_MS;
      failures = lived ? 0 : failures + 1;
      if (failure !== undefined) this.#note(failure);
      if (failures > 0 || failure !== undefined) await this.#pause(Math.max(failures, 1), failure);
    }
  }

  /** One stream from beginning to end. Returns what ended it; undefined for the server's own time limit. */
  async #attempt(): Promise<unknown> {
    this.#stream = new AbortController();
    if (this.#resyncAsked) return undefined;
    try {
      if (this.#resourceVersion === undefined && !this.#useWatchList) await this.#list();
      await this.#follow();
      return undefined;
    } catch (error) {
      return this.#understood(error);
    }
  }

  /** Draws the conclusions that an error asks for. */
  #understood(error: unknown): unknown {
    if (error instanceof ApiError && error.code === 410) this.#resourceVersion = undefined;
    if (error instanceof MalformedProtobuf) this.#readObject = undefined;
    const refused = error instanceof ApiError && (error.code === 400 || error.code === 422);
    // Some servers accept the words and then never say that the initial state is complete.
    const unusable = refused || error instanceof Silence;
    if (unusable && this.#resourceVersion === undefined && this.#useWatchList) {
      this.#useWatchList = false;
      this.#options.log('info', 'The API server does not do WatchList; listing in pages instead', { watch: this.name });
    }
    return error;
  }

  /** A quiet type is silent too: whether anything is broken shows when the stream is opened again, which is now. */
  #isOnlySilent(failure: unknown): boolean {
    if (!(failure instanceof Silence) || this.#resourceVersion === undefined) return false;
    this.#options.log('debug', 'Watch silent; it is opened again', { watch: this.name, because: failure.message });
    return true;
  }

  #note(failure: unknown): void {
    const before = this.trouble;
    this.#failure = failure instanceof Error ? failure : new Error(String(failure));
    const fields = { watch: this.name, because: this.trouble };
    if (fields.because !== before) this.#options.log('warn', 'Watch broken; it will be opened again', fields);
    this.#continuity.broken(Date.now());
    this.#options.onState?.();
  }

  async #pause(failures: number, failure: unknown): Promise<void> {
    const notFound = failure instanceof ApiError && failure.code === 404;
    const retryAfterMs = failure instanceof ApiError ? (failure.retryAfterMs ?? 0) : 0;
    const maxMs = notFound ? BACKOFF.notFoundMs : BACKOFF.maxMs;
    const pauseMs = Math.max(retryAfterMs, jittered(failures, BACKOFF.baseMs, maxMs, this.#random));
    await pause(pauseMs, this.#stream.signal);
  }

  /** Opens the stream (with the initial state when there is none) and reads it to its end. */
  async #follow(): Promise<void> {
    const incoming: Incoming<T> | undefined = this.#resourceVersion === undefined ? new Map() : undefined;
    const silence = this.#silenceTimer();
    try {
      const { client, source } = this.#options;
      const accept = acceptFor(this.#readObject);
      const query = watchQuery(source, this.#resourceVersion, this.#random);
      const answer = await client.stream(source.path, { query, accept, signal: this.#stream.signal });
      this.#continuity.opened(Date.now());
      if (incoming === undefined) this.#recovered();
      await this.#read(answer, incoming, silence);
    } catch (error) {
      if (silence.expired) throw new Silence(this.name);
      const isOurs = error instanceof ApiError || error instanceof Cut || error instanceof MalformedProtobuf;
      throw isOurs ? error : unreachableOf(this.#asked(), error);
    } finally {
      this.#continuity.ended(Date.now(), { silent: silence.expired });
      silence.stop();
    }
  }

  async #read(answer: Streamed, incoming: Incoming<T> | undefined, silence: SilenceTimer): Promise<void> {
    const events = eventReader(answer.contentType, this.#readObject);
    let initial = incoming;
    for await (const chunk of answer.chunks) {
      silence.heard();
      this.#continuity.heard(Date.now());
      for (const event of events.push(chunk)) {
        if (!this.#take(event, initial) || initial === undefined) continue;
        await this.#replace(initial, event.object.metadata?.resourceVersion);
        initial = undefined;
      }
    }
    if (initial !== undefined) throw new Cut(this.name);
  }

  /** Returns true when the initial state is complete with this event. */
  #take(event: WatchEvent, initial: Incoming<T> | undefined): boolean {
    const { type, object } = event;
    if (type === 'ERROR') throw errorOfStatus(this.#asked(), object.code ?? 0, object);
    const meta = object.metadata;
    this.#continuity.proven();
    if (type === 'BOOKMARK') {
      if (initial === undefined) this.#resourceVersion = meta?.resourceVersion ?? this.#resourceVersion;
      return initial !== undefined && meta?.annotations?.[INITIAL_EVENTS_END] === 'true';
    }
    this.#project(type === 'DELETED', object, initial);
    if (initial === undefined) this.#resourceVersion = meta?.resourceVersion ?? this.#resourceVersion;
    return false;
  }

  #project(deleted: boolean, object: RawObject, initial: Incoming<T> | undefined): void {
    const { source, target } = this.#options;
    const key = object.metadata?.uid ?? '';
    this.#guarded(() => {
      const view = deleted ? undefined : source.project(object);
      if (initial === undefined) {
        if (view === undefined) target.remove(key);
        else target.set(key, view);
      } else if (view === undefined) initial.delete(key);
      else initial.set(key, view);
    });
  }

  #asked(): Asked {
    return { method: 'WATCH', path: this.#options.source.path };
  }

  /** A throwing consumer is a bug of ours; it must not end the watch. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log('error', 'Bug: a watched object could not be taken in', { watch: this.name, error });
    }
  }

  async #list(): Promise<void> {
    const incoming: Incoming<T> = new Map();
    const { source, client, pageSize = PAGE_SIZE } = this.#options;
    let resourceVersion: string | undefined;
    for await (const page of pagesOf(client, source, { pageSize, signal: this.#stream.signal })) {
      for (const item of page.items ?? []) this.#project(false, item, incoming);
      resourceVersion = page.metadata?.resourceVersion;
      await breathe();
    }
    await this.#replace(incoming, resourceVersion);
  }

  async #replace(incoming: Incoming<T>, resourceVersion: string | undefined): Promise<void> {
    const gap = this.#synced ? this.#continuity.gap(Date.now(), false) : undefined;
    let steps: Iterator<unknown> | undefined;
    this.#guarded(() => (steps = this.#options.target.replace(incoming, gap)[Symbol.iterator]()));
    for (let going = steps !== undefined; going; ) {
      going = false;
      this.#guarded(() => (going = steps?.next().done !== true));
      if (going) await breathe();
    }
    this.#resourceVersion = resourceVersion;
    this.#synced = true;
    this.#mended(false);
  }

  #recovered(): void {
    const gap = this.#continuity.gap(Date.now(), true);
    if (gap !== undefined) this.#guarded(() => this.#options.target.resumed(gap));
    this.#mended(true);
  }

  #mended(lossless: boolean): void {
    const gap = this.#continuity.gap(Date.now(), lossless);
    if (gap !== undefined) {
      const behindMs = gap.untilMs - gap.fromMs;
      this.#options.log('info', 'Watch is up again', { watch: this.name, behindMs });
    }
    this.#continuity.mended({ lossless });
    this.#failure = undefined;
    this.#options.onState?.();
  }

  #silenceTimer(): SilenceTimer {
    const stream = this.#stream;
    return new SilenceTimer(this.#options.source.silentForMs ?? SILENT_FOR_MS, () => stream.abort());
  }
}
