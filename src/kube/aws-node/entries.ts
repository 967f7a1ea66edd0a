/** Reads of one raw DaemonSet that giving back needs. Pure. */
import { FIELD_MANAGER, ORIGINALS_ANNOTATION } from '../../api/cnituning.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { Original } from '../../tuning/advice.ts';
import type { FieldOwner } from '../../tuning/snapshot.ts';
import type { RawDaemonSet, RawManagedFields } from '../raw-objects.ts';

/** We, as the owner of what we applied. */
export const OURS: FieldOwner = { manager: FIELD_MANAGER, operation: 'Apply' };
/** We, as the owner of what we wrote back by a plain patch, until that is handed over. */
export const OURS_IN_PASSING: FieldOwner = { manager: FIELD_MANAGER, operation: 'Update' };

export function managedOf(raw: RawDaemonSet): readonly RawManagedFields[] {
  return raw.metadata?.managedFields ?? [];
}

/** The value of an env entry; undefined when there is no entry, '' when it has none. */
export function valueOf(raw: RawDaemonSet, container: string, variable: string): string | undefined {
  const containers = raw.spec?.template?.spec?.containers ?? [];
  const entry = containers.find(({ name }) => name === container)?.env?.find(({ name }) => name === variable);
  return entry === undefined ? undefined : (entry.value ?? '');
}

/** Is the entry as it was before our first write? */
export function isAsBefore(raw: RawDaemonSet, container: string, variable: string, original: Original): boolean {
  const live = valueOf(raw, container, variable);
  return original.state === 'absent' ? live === undefined : live === original.value;
}

export function hasPartOfOurs(raw: RawDaemonSet): boolean {
  return managedOf(raw).some(({ manager }) => manager === FIELD_MANAGER);
}

type Recorded = Partial<Original> | null;

/** What our annotation on the DaemonSet records; nothing when it is missing or no longer readable. */
export function recordedOriginals(raw: RawDaemonSet): readonly Original[] {
  const text = raw.metadata?.annotations?.[ORIGINALS_ANNOTATION];
  if (text === undefined) return [];
  try {
    const parsed = JSON.parse(text) as unknown;
    return Array.isArray(parsed) ? parsed.filter((item: Recorded) => isOriginal(item)) : [];
  } catch {
    return [];
  }
}

function isOriginal(item: Recorded): item is Original {
  const known = SETTING_NAMES.some((name) => name === item?.setting);
  const state = item?.state === 'absent' || item?.state === 'value';
  return known && state && typeof item.value === 'string' && Array.isArray(item.owners);
}
