/** What has become of our own last change, as far as its rollout goes. */
import type { ChangeStatus } from '../api/cnituning.generated.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import { variableOf } from '../tuning/counting-settings.ts';
import type { LiveSettings } from '../tuning/live-settings.ts';
import type { RolloutView } from '../tuning/rollout.ts';

export type OwnChange =
  /** There was none, or its end is recorded. */
  | { readonly kind: 'None' }
  /** Not yet on every node, or not yet seen by our own watch. */
  | { readonly kind: 'Open'; readonly change: ChangeStatus }
  | { readonly kind: 'Complete'; readonly change: ChangeStatus }
  /** Somebody has written other values since. */
  | { readonly kind: 'Superseded'; readonly change: ChangeStatus };

/** A watch shows our own write within milliseconds; values that still differ after this were overwritten. */
const VISIBLE_WITHIN_MS = 60_000;

export function ownChangeOf(seen: {
  readonly change: ChangeStatus | undefined;
  readonly live: LiveSettings | undefined;
  readonly rollout: RolloutView | undefined;
  readonly nowMs: number;
}): OwnChange {
  const { change, live, rollout, nowMs } = seen;
  if (change?.result !== 'RollingOut') return { kind: 'None' };
  if (live !== undefined && !isWritten(change, live)) {
    return { kind: nowMs - Date.parse(change.time) > VISIBLE_WITHIN_MS ? 'Superseded' : 'Open', change };
  }
  return { kind: rollout?.complete === true ? 'Complete' : 'Open', change };
}

/** Do the entries still hold what the change wrote? `WARM_ENI_TARGET=0, WARM_PREFIX_TARGET unset`. */
function isWritten(change: ChangeStatus, live: LiveSettings): boolean {
  const written = change.to.split(', ');
  return SETTING_NAMES.every((setting) => {
    const variable = variableOf(setting);
    const said = written.find((part) => part === `${variable} unset` || part.startsWith(`${variable}=`));
    if (said === undefined) return true;
    const value = live.entries[setting]?.value;
    return said === (value === undefined ? `${variable} unset` : `${variable}=${value}`);
  });
}
