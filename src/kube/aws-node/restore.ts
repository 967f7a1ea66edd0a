/**
 * Gives env entries back as they were, values and owners, in at most three requests and one template change. Dropping
 * a forced entry from our apply would leave it empty: its old owner holds the key and nobody the value. So:
 *   1. write the old values (a strategic merge patch; entries that were absent are deleted),
 *   2. make the old owners owners again (a patch of managedFields alone: with a value in it, its writer would own it),
 *   3. apply what we keep, which releases the rest and shortens or drops the annotation.
 * The annotation goes last, so a crash between any two is continued by the next call: what is already back counts as
 * restored.
 */
import type { SettingName } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { KubeClient } from '../client.ts';
import type { RawDaemonSet, RawManagedFields } from '../raw-objects.ts';
import type { DaemonSetTarget } from '../../reconcile/ports.ts';
import type { Original } from '../../tuning/advice.ts';
import type { FieldOwner } from '../../tuning/snapshot.ts';
import { hasPartOfOurs, isAsBefore, managedOf, OURS, OURS_IN_PASSING, recordedOriginals, valueOf } from './entries.ts';
import { ownersOfValue, ownsValue, withOwner, withoutOwner } from './managed-fields.ts';
import type { Tools } from './requests.ts';
import {
  applyBody,
  daemonSetPath,
  despiteOtherWrites,
  readTarget,
  replaceManagedFields,
  requireRecord,
  sendApply,
  targetAt,
} from './requests.ts';

type Restored = { readonly restored: readonly SettingName[]; readonly skipped: readonly SettingName[] };

/** One entry to give back, with where it is. */
type Entry = { readonly original: Original; readonly container: string; readonly variable: string };

export async function restore(
  tools: Tools,
  target: DaemonSetTarget,
  originals: readonly Original[],
  keep: readonly SettingName[],
): Promise<Restored> {
  return await despiteOtherWrites(async () => await attempt(tools, target, originals, keep));
}

async function attempt(
  tools: Tools,
  target: DaemonSetTarget,
  originals: readonly Original[],
  keep: readonly SettingName[],
): Promise<Restored> {
  const { client, variables } = tools;
  const { container } = target.ref;
  const entries = originals
    .filter(({ setting }) => !keep.includes(setting))
    .map((original) => ({ original, container, variable: variables[original.setting] }));
  const live = await readTarget(client, target);
  requireRecord(live, target);
  const different = entries.filter((entry) => !isBack(live, entry));
  const ours = different.filter((entry) => ownedByUsAlone(managedOf(live), entry));
  const back = await writeOldValues(client, target, live, ours);
  const handed = await handOver(client, target, back, entries);
  await applyKept(tools, target, handed, keep);
  const restored = entries.filter((entry) => !different.includes(entry) || ours.includes(entry));
  return {
    restored: restored.map(({ original }) => original.setting),
    skipped: entries.filter((entry) => !restored.includes(entry)).map(({ original }) => original.setting),
  };
}

function isBack(raw: RawDaemonSet, { original, container, variable }: Entry): boolean {
  return isAsBefore(raw, container, variable, original);
}

function ownedByUs(managed: readonly RawManagedFields[], at: Pick<Entry, 'container' | 'variable'>): boolean {
  return ownsValue(managed, OURS, at) || ownsValue(managed, OURS_IN_PASSING, at);
}

/** Whoever owns the value beside us has made it his own: then it is not ours to change. */
function ownedByUsAlone(managed: readonly RawManagedFields[], at: Pick<Entry, 'container' | 'variable'>): boolean {
  const owners = ownersOfValue(managed, at.container, at.variable);
  return owners.length > 0 && owners.every(({ manager }) => manager === OURS.manager);
}

/** Step 1. As the old owner where that is one and the same Update manager: then it owns the value again at once. */
async function writeOldValues(
  client: KubeClient,
  target: DaemonSetTarget,
  live: RawDaemonSet,
  entries: readonly Entry[],
): Promise<RawDaemonSet> {
  if (entries.length === 0) return live;
  const env = entries.map(({ original, variable }) =>
    original.state === 'absent' ? { name: variable, $patch: 'delete' } : { name: variable, value: original.value },
  );
  const { uid, resourceVersion } = live.metadata ?? {};
  return await client.request<RawDaemonSet>('PATCH', daemonSetPath(target.ref), {
    query: { fieldManager: commonUpdateOwner(entries) ?? OURS_IN_PASSING.manager, fieldValidation: 'Strict' },
    contentType: 'application/strategic-merge-patch+json',
    body: {
      metadata: { uid, resourceVersion },
      spec: { template: { spec: { containers: [{ name: target.ref.container, env }] } } },
    },
  });
}

/** The one manager that owned all of these values, and did so by Update. */
function commonUpdateOwner(entries: readonly Entry[]): string | undefined {
  const owners = entries.flatMap(({ original }) => (original.state === 'value' ? [original.owners] : []));
  const [first] = owners[0] ?? [];
  const common = owners.every(
    ([owner, ...others]) => others.length === 0 && owner?.manager === first?.manager && owner?.operation === 'Update',
  );
  return common ? first?.manager : undefined;
}

/** Step 2: the old owners own again what is as it was, and we, in passing, nothing. */
async function handOver(
  client: KubeClient,
  target: DaemonSetTarget,
  raw: RawDaemonSet,
  entries: readonly Entry[],
): Promise<RawDaemonSet> {
  const before = managedOf(raw);
  const after = entries
    .filter((entry) => isBack(raw, entry))
    .reduce((managed, entry) => handedOver(managed, entry), before);
  return after === before ? raw : await replaceManagedFields(client, target, raw, after);
}

function handedOver(managed: readonly RawManagedFields[], entry: Entry): readonly RawManagedFields[] {
  const { original, container, variable } = entry;
  const at = { container, variable, time: new Date().toISOString().replace(/\.\d+Z$/, 'Z') };
  if (!ownedByUs(managed, at) || original.state === 'absent') return managed;
  const owners: readonly FieldOwner[] = ownersOfValue(managed, container, variable);
  const missing = original.owners.filter(
    (owner) => !owners.some((has) => has.manager === owner.manager && has.operation === owner.operation),
  );
  const withOwners = missing.reduce((fields, owner) => withOwner(fields, owner, at), managed);
  const withoutPassing = withoutOwner(withOwners, OURS_IN_PASSING, at);
  // Nobody owned it before us: then nobody may be left without whom our release would empty it.
  return withoutOwner(withoutPassing, OURS, at);
}

/**
 * Step 3. What stays ours keeps the value it has. What somebody else took from us meanwhile is not kept: claiming it
 * again would only be refused.
 */
async function applyKept(
  tools: Tools,
  target: DaemonSetTarget,
  raw: RawDaemonSet,
  keep: readonly SettingName[],
): Promise<void> {
  if (!hasPartOfOurs(raw)) return;
  const { container } = target.ref;
  const env = SETTING_NAMES.filter((setting) => keep.includes(setting))
    .map((setting) => tools.variables[setting])
    .filter((variable) => ownsValue(managedOf(raw), OURS, { container, variable }))
    .map((variable) => ({ name: variable, value: valueOf(raw, container, variable) ?? '' }));
  const left = recordedOriginals(raw).filter(({ setting }) => keep.includes(setting));
  await sendApply(tools.client, target, applyBody(targetAt(target, raw), env, left), false);
}
