/** CniTunings: the watch's cache of them, and the writes to them: status and finalizer. */
import { isDeepStrictEqual } from 'node:util';
import { API_VERSION, FINALIZER, parseTuning, PLURAL } from '../api/cnituning.ts';
import type { CniTuningStatus } from '../api/cnituning.ts';
import type { KubeClient, KubeLog } from './client.ts';
import { isFailedTest } from './errors.ts';
import type { RawObject } from './raw-objects.ts';
import { timeMs } from './raw-objects.ts';
import { PortError } from '../reconcile/ports.ts';
import type { TuningObject, TuningStore } from '../reconcile/ports.ts';
import type { WatchSource, WatchTarget } from './watch/contract.ts';

const TUNINGS_PATH = `/apis/${API_VERSION}/${PLURAL}`;

/** A CniTuning with what a pass does not need but a write does. */
export type KeptTuning = { readonly object: TuningObject; readonly finalizers: readonly string[] };

type RawTuning = RawObject & { readonly spec?: unknown; readonly status?: CniTuningStatus };

/** A raw CniTuning → what is kept; a sentence when its spec cannot be read (a schema newer than this program). */
export function keptTuningOf(raw: RawTuning): KeptTuning | string {
  const parsed = parseTuning(raw);
  if (parsed.kind === 'Refused') return parsed.sentence;
  const meta = raw.metadata ?? {};
  const finalizers = meta.finalizers ?? [];
  const object: TuningObject = {
    name: meta.name ?? '',
    uid: meta.uid ?? '',
    resourceVersion: meta.resourceVersion ?? '',
    generation: meta.generation ?? 0,
    createdAtMs: timeMs(meta.creationTimestamp) ?? 0,
    deletionRequested: meta.deletionTimestamp !== undefined,
    hasFinalizer: finalizers.includes(FINALIZER),
    annotations: meta.annotations ?? {},
    spec: parsed.spec,
    status: raw.status,
  };
  return { object, finalizers };
}

/** What is watched of CniTunings. One that cannot be read is named in the log and left out. */
export function tuningSource(log: KubeLog): WatchSource<KeptTuning> {
  const project = (raw: RawObject): KeptTuning | undefined => {
    const kept = keptTuningOf(raw);
    if (typeof kept !== 'string') return kept;
    log('error', 'A CniTuning cannot be read and is left alone', { name: raw.metadata?.name, because: kept });
    return undefined;
  };
  return { name: PLURAL, path: TUNINGS_PATH, project };
}

export type TuningsOptions = {
  readonly client: KubeClient;
  /** Something but the status of this CniTuning changed, or it is gone. */
  readonly onChange: (name: string) => void;
};

/** Everything of it that a pass decides by: our own status writes wake nobody. */
function decidesAlike(a: TuningObject, b: TuningObject): boolean {
  return (
    a.uid === b.uid &&
    a.generation === b.generation &&
    a.deletionRequested === b.deletionRequested &&
    a.hasFinalizer === b.hasFinalizer &&
    isDeepStrictEqual(a.annotations, b.annotations)
  );
}

export class Tunings implements TuningStore {
  readonly #options: TuningsOptions;
  readonly #byUid = new Map<string, KeptTuning>();
  readonly #byName = new Map<string, KeptTuning>();

  constructor(options: TuningsOptions) {
    this.#options = options;
  }

  readonly target: WatchTarget<KeptTuning> = {
    set: (uid, kept) => this.#set(uid, kept),
    remove: (uid) => this.#remove(uid),
    replace: (views) => {
      for (const uid of this.#byUid.keys()) if (!views.has(uid)) this.#remove(uid);
      for (const [uid, kept] of views) this.#set(uid, kept);
      return [];
    },
    resumed: () => {},
  };

  get(name: string): TuningObject | undefined {
    return this.#byName.get(name)?.object;
  }

  list(): readonly TuningObject[] {
    const objects = [...this.#byUid.values()].map(({ object }) => object);
    return objects.toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.name.localeCompare(b.name));
  }

  async patchStatus(object: TuningObject, status: CniTuningStatus): Promise<void> {
    const live = this.#byUid.get(object.uid)?.object ?? object;
    if (isDeepStrictEqual(live.status, status)) return;
    const body = [
      { op: 'test', path: '/metadata/uid', value: object.uid },
      { op: 'replace', path: '/metadata/resourceVersion', value: live.resourceVersion },
      { op: 'add', path: '/status', value: status },
    ];
    await this.#patch(object, `${TUNINGS_PATH}/${object.name}/status`, body);
  }

  async addFinalizer(object: TuningObject): Promise<void> {
    await this.#setFinalizers(object, (finalizers) => [...finalizers.filter((name) => name !== FINALIZER), FINALIZER]);
  }

  async removeFinalizer(object: TuningObject): Promise<void> {
    await this.#setFinalizers(object, (finalizers) => finalizers.filter((name) => name !== FINALIZER));
  }

  async #setFinalizers(
    object: TuningObject,
    change: (finalizers: readonly string[]) => readonly string[],
  ): Promise<void> {
    const kept = this.#byUid.get(object.uid);
    if (kept === undefined) throw new PortError('NotFound', `The CniTuning ${object.name} is gone.`);
    const finalizers = change(kept.finalizers);
    if (isDeepStrictEqual(finalizers, kept.finalizers)) return;
    const body = [
      { op: 'test', path: '/metadata/uid', value: object.uid },
      { op: 'replace', path: '/metadata/resourceVersion', value: kept.object.resourceVersion },
      { op: 'add', path: '/metadata/finalizers', value: finalizers },
    ];
    await this.#patch(object, `${TUNINGS_PATH}/${object.name}`, body);
  }

  /** A failed `test` is answered with 422, a stale version with 409: both mean that it is not what was read. */
  async #patch(object: TuningObject, path: string, body: readonly { readonly op: string }[]): Promise<void> {
    const options = { body, contentType: 'application/json-patch+json', query: { fieldValidation: 'Strict' } } as const;
    const raw = await this.#options.client.request<RawTuning>('PATCH', path, options).catch((error: unknown) => {
      if (!isFailedTest(error)) throw error;
      throw new PortError('Conflict', `The CniTuning ${object.name} was deleted and made anew since it was read.`, {
        cause: error,
      });
    });
    const kept = keptTuningOf(raw);
    // The next pass must see what this one wrote, however late the watch is.
    if (typeof kept !== 'string' && this.#byUid.has(object.uid)) this.#set(object.uid, kept);
  }

  #set(uid: string, kept: KeptTuning): void {
    const before = this.#byUid.get(uid);
    // The answer to a write can be ahead of the watch.
    if (before !== undefined && isOlder(kept.object.resourceVersion, before.object.resourceVersion)) return;
    this.#byUid.set(uid, kept);
    this.#byName.set(kept.object.name, kept);
    if (before === undefined || !decidesAlike(before.object, kept.object)) this.#options.onChange(kept.object.name);
  }

  #remove(uid: string): void {
    const kept = this.#byUid.get(uid);
    if (kept === undefined) return;
    this.#byUid.delete(uid);
    const { name } = kept.object;
    if (this.#byName.get(name)?.object.uid === uid) this.#byName.delete(name);
    this.#options.onChange(name);
  }
}

/** Resource versions of one type are whole numbers that grow (promised since Kubernetes 1.35, true before). */
function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}
