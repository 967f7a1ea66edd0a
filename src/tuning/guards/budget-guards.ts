/** Guards that ask whether a change may go out now: what spec.changes allows, and when. None of them holds a restore. */
import { timestampOf } from '../../api/conditions.ts';
import type { ChangeWindow, TuningSpec } from '../../api/tuning-spec.ts';
import { assignments } from '../counting-settings.ts';
import { liveValues } from '../live-settings.ts';
import { isStepDown } from '../recommend/choose.ts';
import { duration, whole } from '../recommend/wording.ts';
import { windowsAt } from '../windows.ts';
import { localTime } from '../windows/local-time.ts';
import { emergenciesOf, unlessEmergency } from './emergencies.ts';
import type { Guard, GuardInput, Intent } from './guard-input.ts';
import { settingsConcerned } from './guard-input.ts';

const DAY_MS = 24 * 3_600_000;
/** What the schema allows: the status remembers as many. */
const MOST_PER_DAY = 10;

/** Told in every mode, so that it is not first seen on the night of the first change. */
export const invalidSchedule: Guard = ({ spec, nowMs }, intent) => {
  if (intent.kind === 'Restore') return undefined;
  const at = windowsAt(spec.changes.windows, nowMs);
  return at.kind === 'Invalid' ? { message: at.message } : undefined;
};

export const emergenciesOpposed: Guard = (input, intent) => {
  const { spec, name } = input;
  if (intent.kind !== 'Change' || spec.changes.emergency === 'Never') return undefined;
  const { fewer, more } = emergenciesOf(input);
  if (fewer === undefined || more === undefined) return undefined;
  return {
    message:
      `${capital(fewer)}, which calls for fewer addresses on the nodes, and ${more}, which calls for more. Give the subnet ` +
      `room. To go by the ordinary rules of spec.changes: ${patchOf(name, { emergency: 'Never' })}`,
  };
};

export const outsideWindow: Guard = (input, intent) => {
  const { spec, name, nowMs } = input;
  if (intent.kind !== 'Change') return undefined;
  const at = windowsAt(spec.changes.windows, nowMs);
  // One that cannot be read may be the one that is open: nothing goes out.
  if (at.kind === 'Invalid') return { message: at.message };
  if (at.kind !== 'Shut') return undefined;
  const message =
    `${assignments(intent.values)} waits until ${opening(at.opensAtMs, at.window)}: no window of spec.changes.windows is ` +
    `open now. To allow changes at any time: ${patchOf(name, { windows: [] })}`;
  const shut = { message, recheckAtMs: at.opensAtMs };
  return spec.changes.emergency === 'Always' ? unlessEmergency(input, intent, shut) : shut;
};

/** `2026-03-02T01:00:00Z (Mon 2026-03-02 02:00 in Europe/Berlin), when "0 2 * * 1-5" opens for 4h`. */
export function opening(atMs: number, { schedule, timeZone, durationMs }: ChangeWindow): string {
  const local = timeZone === 'UTC' ? '' : ` (${localTime(atMs, timeZone)} in ${timeZone})`;
  return `${timestampOf(atMs)}${local}, when "${schedule}" opens for ${duration(durationMs)}`;
}

export const changedTooRecently: Guard = (input, intent) => {
  const { spec, changes, name, nowMs } = input;
  const [last] = changes;
  if (intent.kind !== 'Change' || last === undefined) return undefined;
  const { minimumIntervalMs } = spec.changes;
  const recheckAtMs = last.atMs + minimumIntervalMs;
  if (nowMs >= recheckAtMs) return undefined;
  const message =
    `${assignments(intent.values)} waits until ${timestampOf(recheckAtMs)}: the last change was at ${timestampOf(last.atMs)}, and ` +
    `spec.changes.minimumInterval asks for ${duration(minimumIntervalMs)} between two. To have it now: ` +
    patchOf(name, { minimumInterval: '0s' });
  return unlessEmergency(input, intent, { message, recheckAtMs });
};

/** In an emergency too: what it skips must not restart the CNI time and again. */
export const tooManyToday: Guard = ({ spec, changes, name, nowMs }, intent) => {
  const { maxPerDay } = spec.changes;
  // Newest first: when this one is a day old, one fewer counts.
  const oldest = changes[maxPerDay - 1];
  if (intent.kind !== 'Change' || oldest === undefined) return undefined;
  const recheckAtMs = oldest.atMs + DAY_MS;
  if (nowMs >= recheckAtMs) return undefined;
  const made = changes.filter(({ atMs }) => nowMs < atMs + DAY_MS).length;
  const more = made < MOST_PER_DAY ? ` To allow one more: ${patchOf(name, { maxPerDay: made + 1 })}` : '';
  return {
    message:
      `${assignments(intent.values)} waits until ${timestampOf(recheckAtMs)}: changes in the last 24 hours: ${whole(made)}, and ` +
      `spec.changes.maxPerDay allows ${whole(maxPerDay)}.${more}`,
    recheckAtMs,
  };
};

export const directionNotAllowed: Guard = (input, intent) => {
  const { spec, name } = input;
  const { allowed } = spec.changes;
  if (intent.kind !== 'Change' || allowed === 'Both') return undefined;
  const direction = directionOf(input, intent);
  if (direction === undefined || allowed.startsWith(direction)) return undefined;
  const keeps = direction === 'Increase' ? 'more' : 'fewer';
  return {
    message:
      `${assignments(intent.values)} would keep ${keeps} addresses on the nodes, and spec.changes.allowed is ${allowed}. To ` +
      `allow it: ${patchOf(name, { allowed: 'Both' })}`,
  };
};

/** As a step down is told everywhere: by the values, or by the addresses where the IP pair rules. */
function directionOf({ recommendation, spec, live }: GuardInput, intent: Intent): 'Increase' | 'Decrease' | undefined {
  if (intent.kind !== 'Change' || recommendation.kind !== 'Advice' || live === undefined) return undefined;
  const { current, expected } = recommendation;
  const from = { values: liveValues(live, settingsConcerned(intent, spec)), held: current.heldAddressesPerNode };
  const to = { values: intent.values, held: expected.heldAddressesPerNode };
  if (isStepDown({ live: from.values, liveHeld: from.held, ...to })) return 'Decrease';
  return isStepDown({ live: to.values, liveHeld: to.held, ...from }) ? 'Increase' : undefined;
}

function patchOf(
  name: string,
  changes: Readonly<Partial<Record<keyof TuningSpec['changes'] | 'minimumInterval', unknown>>>,
): string {
  return `kubectl patch cnit ${name} --type=merge -p '${JSON.stringify({ spec: { changes } })}'`;
}

function capital(clause: string): string {
  return clause.slice(0, 1).toUpperCase() + clause.slice(1);
}
