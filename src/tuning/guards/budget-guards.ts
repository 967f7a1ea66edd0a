/** Guards that ask whether a change may go out now: what spec.changes allows, and when. */
import { timestampOf } from '../../api/conditions.ts';
import type { ChangeWindow } from '../../api/tuning-spec.ts';
import { assignments } from '../counting-settings.ts';
import { duration } from '../recommend/wording.ts';
import { windowsAt } from '../windows.ts';
import { localTime } from '../windows/local-time.ts';
import type { Guard } from './guard-input.ts';

/** Told in every mode, so that it is not first seen on the night of the first change. Giving back waits for no window. */
export const invalidSchedule: Guard = ({ spec, nowMs }, intent) => {
  if (intent.kind === 'Restore') return undefined;
  const at = windowsAt(spec.changes.windows, nowMs);
  return at.kind === 'Invalid' ? { message: at.message } : undefined;
};

export const outsideWindow: Guard = ({ spec, name, nowMs }, intent) => {
  if (intent.kind !== 'Change') return undefined;
  const at = windowsAt(spec.changes.windows, nowMs);
  // One that cannot be read may be the one that is open: nothing goes out.
  if (at.kind === 'Invalid') return { message: at.message };
  if (at.kind !== 'Shut') return undefined;
  const patch = `kubectl patch cnit ${name} --type=merge -p '{"spec":{"changes":{"windows":[]}}}'`;
  const message =
    `${assignments(intent.values)} waits until ${opening(at.opensAtMs, at.window)}: no window of spec.changes.windows is ` +
    `open now. To allow changes at any time: ${patch}`;
  return { message, recheckAtMs: at.opensAtMs };
};

/** `2026-03-02T01:00:00Z (Mon 02:00 in Europe/Berlin), when "0 2 * * 1-5" opens for 4h`. */
export function opening(atMs: number, { schedule, timeZone, durationMs }: ChangeWindow): string {
  const local = timeZone === 'UTC' ? '' : ` (${localTime(atMs, timeZone)} in ${timeZone})`;
  return `${timestampOf(atMs)}${local}, when "${schedule}" opens for ${duration(durationMs)}`;
}
