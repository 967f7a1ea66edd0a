/** What a person at a terminal asks of the API server: single requests with that person's rights, nothing watched. */
import { API_VERSION, FIELD_MANAGER, PLURAL } from '../api/cnituning.ts';
import type { DaemonSetRef } from '../api/tuning-spec.ts';
import type { TuningObject } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import type { DaemonSetView } from '../tuning/snapshot.ts';
import { daemonSetPath } from './aws-node/requests.ts';
import { connect } from './client.ts';
import { credentialsFrom } from './credentials.ts';
import { daemonSetViewOf, keptDaemonSetOf } from './daemon-set-view.ts';
import type { SeenEvents } from './event-list.ts';
import { listEvents } from './event-list.ts';
import type { RawDaemonSet, RawObject } from './raw-objects.ts';
import { keptTuningOf } from './tuning-object.ts';

/** Every method throws PortError. */
export type Desk = {
  /** What the operator has told, in no order; one request. */
  events(limit: number): Promise<SeenEvents>;
  /** Undefined: there is none of that name, or no such kind. */
  tuning(name: string): Promise<TuningObject | undefined>;
  /** Oldest first; none where there is no such kind. */
  tunings(): Promise<readonly TuningObject[]>;
  /** Undefined: there is none. */
  daemonSet(ref: DaemonSetRef): Promise<DaemonSetView | undefined>;
  /** Of the version that was read; PortError `Conflict` when there is a newer one. */
  annotate(object: TuningObject, annotations: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
};

/** Reads the kubeconfig; throws PortError `Invalid` with a sentence when it cannot. Nothing is sent yet. */
export function openDesk(kubeconfig: string, userAgent: string): Desk {
  const client = connect({ credentials: credentialsFrom(kubeconfig), userAgent });
  return {
    events: async (limit) => await listEvents(client, FIELD_MANAGER, limit),
    tuning: async (name) => {
      const raw = await found(client.request<RawObject>('GET', pathOf(name)));
      return raw === undefined ? undefined : tuningObjectOf(raw);
    },
    tunings: async () => {
      const list = await found(client.request<RawList>('GET', TUNINGS_PATH, { query: { limit: MOST_TUNINGS } }));
      const objects = (list?.items ?? []).map(tuningObjectOf);
      return objects.toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.name.localeCompare(b.name));
    },
    daemonSet: async (ref) => {
      const raw = await found(client.request<RawDaemonSet>('GET', daemonSetPath(ref)));
      return raw === undefined ? undefined : daemonSetViewOf(keptDaemonSetOf(raw), ref);
    },
    annotate: async ({ name, uid, resourceVersion }, annotations) => {
      await client.request('PATCH', pathOf(name), {
        query: { fieldManager: MANAGER },
        contentType: 'application/merge-patch+json',
        body: { metadata: { uid, resourceVersion, annotations } },
      });
    },
    close: async () => await client.close(),
  };
}

type RawList = { readonly items?: readonly RawObject[] };

/** Each names a DaemonSet: there are never many. */
const MOST_TUNINGS = 500;
const TUNINGS_PATH = `/apis/${API_VERSION}/${PLURAL}`;
/** A person's doing, not the operator's. */
const MANAGER = 'cni-tuner-cli';

function pathOf(name: string): string {
  return `${TUNINGS_PATH}/${encodeURIComponent(name)}`;
}

async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof PortError && error.kind === 'NotFound') return undefined;
    throw error;
  }
}

function tuningObjectOf(raw: RawObject): TuningObject {
  const kept = keptTuningOf(raw);
  if (typeof kept !== 'string') return kept.object;
  throw new PortError('Invalid', `The CniTuning ${raw.metadata?.name ?? ''} cannot be read: ${kept}`);
}
