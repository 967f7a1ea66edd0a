/** What a watch reads, and where what it learns goes. */
import type { KubeClient, KubeLog } from '../client.ts';
import type { ReadObject } from '../protobuf/objects.ts';
import type { RawObject } from '../raw-objects.ts';

export type WatchSource<T> = {
  /** For logs: `pods`. */
  readonly name: string;
  readonly path: string;
  readonly fieldSelector?: string;
  /** Reads what `project` looks at out of protobuf, a third of JSON's cost; undefined: the watch is in JSON. */
  readonly readProtobuf?: ReadObject;
  /** How long the API server may have nothing to say; about a minute where it sends bookmarks, which is the default. */
  readonly silentForMs?: number;
  /** What is kept of an object; undefined when it is of no interest (any more). */
  readonly project: (raw: RawObject) => T | undefined;
};

/** A stretch of time in which changes may have been missed (`lossless` false), or only come late. */
export type Gap = { readonly fromMs: number; readonly untilMs: number; readonly lossless: boolean };

/** Where the projections go; keys are uids. None of these may wait. */
export type WatchTarget<T> = {
  set(key: string, view: T): void;
  remove(key: string): void;
  /**
   * The whole state: what is not in it is gone. `gap` is undefined the first time. Work on many objects is done in
   * steps, between which the event loop runs.
   */
  replace(views: ReadonlyMap<string, T>, gap: Gap | undefined): Iterable<unknown>;
  /** The watch went on after a break where it had stopped: nothing was missed. */
  resumed(gap: Gap): void;
};

export type WatchOptions<T> = {
  readonly client: KubeClient;
  readonly source: WatchSource<T>;
  readonly target: WatchTarget<T>;
  readonly log: KubeLog;
  /** Told after every change of `synced` or `brokenSinceMs`. */
  readonly onState?: () => void;
  readonly random?: () => number;
  readonly pageSize?: number;
};
