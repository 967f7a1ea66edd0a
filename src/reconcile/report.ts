/** Sends what a pass found and did: the status where it differs, then the events. */
import { saysTheSame } from './equal.ts';
import { eventsOf } from './events.ts';
import type { PassRecord } from './pass-record.ts';
import type { Ports } from './ports.ts';
import { PortError } from './ports.ts';
import { statusOf } from './status.ts';

/**
 * The record, with the failure to write the status as its outcome where the pass itself wrote nothing. A change that
 * was written stays Applied: the next pass finds it on the DaemonSet and records it then.
 */
export async function report(ports: Ports, record: PassRecord): Promise<PassRecord> {
  const { object, outcome } = record;
  // The finalizer has just changed the object, or has gone and the object with it: this version takes no status.
  if (outcome.kind === 'Prepared') return record;
  if (isGone(record)) return emitted(ports, record);
  const status = statusOf(record);
  if (!saysTheSame(status, object.status)) {
    const failure = await ports.tunings.patchStatus(object, status).then(() => undefined, portError);
    if (failure !== undefined && failure.kind !== 'NotFound') {
      // What was written is told now or never; what was only seen will be seen again.
      return outcome.kind === 'Held' || outcome.kind === 'Kept'
        ? { ...record, outcome: { kind: 'Failed', error: failure } }
        : emitted(ports, record);
    }
  }
  return emitted(ports, record);
}

function isGone({ object, outcome }: PassRecord): boolean {
  return object.deletionRequested && (outcome.kind === 'Released' || outcome.kind === 'Restored');
}

function emitted(ports: Ports, record: PassRecord): PassRecord {
  for (const event of eventsOf(record)) ports.events.emit(event);
  return record;
}

function portError(error: unknown): PortError {
  if (error instanceof PortError) return error;
  throw error;
}
