/**
 * Leaves the values as they are and owns them no more (`deletionPolicy: Retain`). Dropping them from our apply would
 * empty those that somebody else holds the key of, and writing the same value again makes nobody its owner. So our
 * part in the entries is first taken out of managedFields; they then belong to whoever writes them next. Then an
 * empty apply takes the annotation along.
 */
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { DaemonSetTarget } from '../../reconcile/ports.ts';
import { hasPartOfOurs, managedOf, OURS, OURS_IN_PASSING } from './entries.ts';
import { withoutOwner } from './managed-fields.ts';
import type { Tools } from './requests.ts';
import {
  applyBody,
  despiteOtherWrites,
  readTarget,
  replaceManagedFields,
  requireRecord,
  sendApply,
  targetAt,
} from './requests.ts';

export async function release(tools: Tools, target: DaemonSetTarget): Promise<void> {
  await despiteOtherWrites(async () => await attempt(tools, target));
}

async function attempt({ client, variables }: Tools, target: DaemonSetTarget): Promise<void> {
  const { container } = target.ref;
  const live = await readTarget(client, target);
  requireRecord(live, target);
  if (!hasPartOfOurs(live)) return;
  const before = managedOf(live);
  const after = SETTING_NAMES.reduce((managed, setting) => {
    const at = { container, variable: variables[setting] };
    return withoutOwner(withoutOwner(managed, OURS, at), OURS_IN_PASSING, at);
  }, before);
  const changed = JSON.stringify(after) !== JSON.stringify(before);
  const freed = changed ? await replaceManagedFields(client, target, live, after) : live;
  if (!hasPartOfOurs(freed)) return;
  await sendApply(client, target, applyBody(targetAt(target, freed), [], []), false);
}
