/** Whether changes may go out now, and when that turns. */
import { timestampOf } from '../api/conditions.ts';
import { opening } from '../tuning/guards/budget-guards.ts';
import type { WindowsAt } from '../tuning/windows.ts';

/** Undefined where there is nothing to tell: no window is listed, or the hold says what is wrong with one. */
export function windowText(at: WindowsAt): string | undefined {
  switch (at.kind) {
    case 'Always':
    case 'Invalid':
      return undefined;
    case 'Open':
      return `A window of spec.changes.windows is open, at least until ${timestampOf(at.untilMs)}.`;
    case 'Shut':
      return `No window of spec.changes.windows is open; the next one comes at ${opening(at.opensAtMs, at.window)}.`;
  }
}
