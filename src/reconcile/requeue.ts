/** When to look again, from what a pass found. */
import type { PassRecord, Requeue } from './pass-record.ts';
import type { PortError } from './ports.ts';

/** Without any event: a slow heartbeat that notices what no watch tells (time passing, EC2's readings). */
const HEARTBEAT_MS = 60_000;
/** During a rollout pods' events wake the key; this only makes sure that its progress is never shown late. */
const ROLLOUT_MS = 10_000;
/** A write that met a newer version: the watch will deliver it at any moment. */
const CONFLICT_MS = 1_000;
/** A missing permission is given by a person. */
const FORBIDDEN_MS = 60_000;

export function requeueAfter(record: PassRecord): Requeue {
  const { outcome, plan, finishedAtMs } = record;
  if (outcome.kind === 'Failed') return afterFailure(outcome.error);
  if (outcome.kind === 'Released' || outcome.kind === 'Restored')
    return after(record.object.deletionRequested ? undefined : ROLLOUT_MS);
  if (plan?.kind === 'Undo' && outcome.kind === 'Held') return { kind: 'After', ms: CONFLICT_MS };
  if (outcome.kind === 'Prepared' || outcome.kind === 'Conflicted' || outcome.kind === 'Overtaken')
    return { kind: 'After', ms: CONFLICT_MS };
  if (outcome.kind === 'Applied' || record.rollout?.complete === false) return { kind: 'After', ms: ROLLOUT_MS };
  const recheckAtMs = plan?.kind === 'Hold' ? plan.recheckAtMs : undefined;
  return after(Math.min(HEARTBEAT_MS, Math.max(CONFLICT_MS, (recheckAtMs ?? Infinity) - finishedAtMs)));
}

function after(ms: number | undefined): Requeue {
  return ms === undefined ? { kind: 'OnEvent' } : { kind: 'After', ms };
}

function afterFailure(error: PortError): Requeue {
  switch (error.kind) {
    case 'Conflict':
      return { kind: 'After', ms: CONFLICT_MS };
    case 'Forbidden':
    case 'Invalid':
      return { kind: 'After', ms: FORBIDDEN_MS };
    case 'Throttled':
      return error.retryAfterMs === undefined ? { kind: 'Backoff' } : { kind: 'After', ms: error.retryAfterMs };
    case 'NotFound':
    case 'Unavailable':
      return { kind: 'Backoff' };
  }
}
