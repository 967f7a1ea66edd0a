/** What a person at a terminal asks of the API server: single requests with that person's rights, nothing watched. */
import { API_VERSION, FIELD_MANAGER, PLURAL } from '../api/cnituning.ts';
import type { TuningObject } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import { connect } from './client.ts';
import { credentialsFrom } from './credentials.ts';
import type { SeenEvents } from './event-list.ts';
import { listEvents } from './event-list.ts';
import type { RawObject } from './raw-objects.ts';
import { keptTuningOf } from './tuning-object.ts';

/** Every method throws PortError. */
export type Desk = {
  /** What the operator has told, in no order; one request. */
  events(limit: number): Promise<SeenEvents>;
  /** Undefined: there is none of that name, or no such kind. */
  tuning(name: string): Promise<TuningObject | undefined>;
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
    close: async () => await client.close(),
  };
}

const TUNINGS_PATH = `/apis/${API_VERSION}/${PLURAL}`;

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
