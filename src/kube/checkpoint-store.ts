/**
 * The parts of a checkpoint as ConfigMaps: one part, one object, one atomic write, guarded by uid and resourceVersion.
 * A ConfigMap of that name without our label is somebody else's and is never written to.
 */
import { PortError } from '../reconcile/ports.ts';
import type { CheckpointStore } from '../reconcile/ports.ts';
import type { StoredPart } from '../tuning/checkpoint.ts';
import type { KubeClient } from './client.ts';
import type { RawMeta } from './raw-objects.ts';

export type CheckpointPlace = {
  readonly namespace: string;
  /** The Lease beside which they lie: ConfigMaps of another one are not ours. */
  readonly lease: string;
  /** Of the ConfigMaps, one a part. */
  readonly names: readonly string[];
  /** What they are, for who finds one. */
  readonly about: string;
};

/** Its value is the Lease's name, so that all that lie beside it can be listed, and deleted, by it. */
export const CHECKPOINT_LABEL = 'cnituning.dev/checkpoint';
const KEY = 'part';

type ConfigMap = {
  readonly metadata?: RawMeta;
  readonly binaryData?: Readonly<Record<string, string>>;
};

/** What is known of a part's object. */
type Known =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'Foreign' }
  | { readonly kind: 'Ours'; readonly uid: string; readonly resourceVersion: string };

class ConfigMapCheckpoints implements CheckpointStore {
  readonly #client: KubeClient;
  readonly #place: CheckpointPlace;
  readonly #known = new Map<number, Known>();

  constructor(client: KubeClient, place: CheckpointPlace) {
    this.#client = client;
    this.#place = place;
  }

  async read(): Promise<readonly StoredPart[]> {
    return await Promise.all(this.#place.names.map(async (_, index) => await this.#read(index)));
  }

  async write(index: number, bytes: Uint8Array): Promise<'Stored' | 'Foreign'> {
    if (!this.#known.has(index)) await this.#read(index);
    const known = this.#known.get(index) ?? { kind: 'Absent' };
    if (known.kind === 'Foreign') {
      // It may have been removed meanwhile: the next write looks again.
      this.#known.delete(index);
      return 'Foreign';
    }
    try {
      this.#note(index, await this.#send(index, known, { [KEY]: Buffer.from(bytes).toString('base64') }));
    } catch (error) {
      // It may have arrived, or another may have been quicker: the next write looks first.
      this.#known.delete(index);
      throw error;
    }
    return 'Stored';
  }

  async #read(index: number): Promise<StoredPart> {
    try {
      const object = await this.#client.request<ConfigMap>('GET', this.#pathOf(index));
      if (this.#note(index, object) === 'Foreign') return 'Foreign';
      return new Uint8Array(Buffer.from(object.binaryData?.[KEY] ?? '', 'base64'));
    } catch (error) {
      if (!(error instanceof PortError) || error.kind !== 'NotFound') throw error;
      this.#known.set(index, { kind: 'Absent' });
      return undefined;
    }
  }

  async #send(index: number, known: Known, binaryData: ConfigMap['binaryData']): Promise<ConfigMap> {
    const { namespace, lease, about } = this.#place;
    if (known.kind === 'Ours') {
      const { uid, resourceVersion } = known;
      const body = { metadata: { uid, resourceVersion }, binaryData };
      return await this.#client.request('PATCH', this.#pathOf(index), {
        body,
        contentType: 'application/merge-patch+json',
      });
    }
    const labels = { [CHECKPOINT_LABEL]: lease, 'app.kubernetes.io/managed-by': 'cni-tuner' };
    const metadata = { name: this.#nameOf(index), namespace, labels };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { about }, binaryData };
    return await this.#client.request('POST', folderPath(namespace), { body });
  }

  #note(index: number, { metadata = {} }: ConfigMap): Known['kind'] {
    const { uid = '', resourceVersion = '', labels } = metadata;
    const isOurs = labels?.[CHECKPOINT_LABEL] === this.#place.lease;
    const known: Known = isOurs ? { kind: 'Ours', uid, resourceVersion } : { kind: 'Foreign' };
    this.#known.set(index, known);
    return known.kind;
  }

  #pathOf(index: number): string {
    return `${folderPath(this.#place.namespace)}/${this.#nameOf(index)}`;
  }

  #nameOf(index: number): string {
    const name = this.#place.names[index];
    if (name === undefined) throw new Error(`there is no part ${index}`);
    return name;
  }
}

function folderPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

export function checkpointStore(client: KubeClient, place: CheckpointPlace): CheckpointStore {
  return new ConfigMapCheckpoints(client, place);
}
