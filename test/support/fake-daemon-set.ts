/** A DaemonSet that answers server-side apply as the API server does (control-plane facts: owners, conflicts, no-ops). */
import { FIELD_MANAGER, ORIGINALS_ANNOTATION } from '../../src/api/cnituning.ts';
import type { SettingName } from '../../src/api/tuning-spec.ts';
import { SETTING_NAMES } from '../../src/api/tuning-spec.ts';
import type { DaemonSetTarget, OwnershipConflict, WarmSettingsWriter } from '../../src/reconcile/ports.ts';
import { PortError } from '../../src/reconcile/ports.ts';
import type { Original, SettingValues } from '../../src/tuning/advice.ts';
import { variableOf } from '../../src/tuning/counting-settings.ts';
import { parseOriginals } from '../../src/tuning/originals.ts';
import type { DaemonSetView, EnvEntryView, FieldOwner } from '../../src/tuning/snapshot.ts';

const US: FieldOwner = { manager: FIELD_MANAGER, operation: 'Apply' };

export class FakeDaemonSet implements WarmSettingsWriter {
  view: DaemonSetView;
  /** Requests that changed the template. */
  templateChanges = 0;
  /** Thrown by the next write, once. */
  failNext: PortError | undefined;

  constructor(view: DaemonSetView) {
    this.view = view;
  }

  async apply(
    target: DaemonSetTarget,
    values: SettingValues,
    originals: readonly Original[],
    force: boolean,
  ): Promise<{ readonly generation: number; readonly changed: boolean }> {
    this.#check(target);
    const conflicts = SETTING_NAMES.flatMap((setting) => this.#conflicts(setting, values[setting]));
    if (conflicts.length > 0 && !force) {
      throw new PortError('Conflict', 'Apply failed with conflicts.', { conflicts });
    }
    if (target.resourceVersion !== this.view.resourceVersion) {
      throw new PortError('Conflict', 'The object has been modified.');
    }
    const before = this.#texts();
    for (const setting of SETTING_NAMES) this.#applyOne(setting, values[setting]);
    this.#annotate(originals);
    return this.#wrote(before);
  }

  async restore(target: DaemonSetTarget, originals: readonly Original[], keep: readonly SettingName[]) {
    this.#check(target);
    this.#checkRecord(target);
    const before = this.#texts();
    const asked = originals.filter(({ setting }) => !keep.includes(setting));
    const ours = asked.filter(({ setting }) => isOnlyOurs(this.#entry(setting)));
    for (const original of ours) {
      const { setting, state, value, owners } = original;
      this.#put(setting, state === 'absent' ? undefined : { value, valueOwners: owners });
    }
    const recorded = parseOriginals(this.view.annotations[ORIGINALS_ANNOTATION]);
    this.#annotate(recorded.filter(({ setting }) => keep.includes(setting)));
    this.#wrote(before);
    const named = (list: readonly Original[]): readonly SettingName[] => list.map(({ setting }) => setting);
    return { restored: named(ours), skipped: named(asked.filter((original) => !ours.includes(original))) };
  }

  async release(target: DaemonSetTarget): Promise<void> {
    this.#check(target);
    this.#checkRecord(target);
    for (const setting of SETTING_NAMES) {
      const entry = this.#entry(setting);
      if (entry?.value === undefined) continue;
      this.#put(setting, { value: entry.value, valueOwners: entry.valueOwners.filter((owner) => !isUs(owner)) });
    }
    this.#annotate([]);
    this.#wrote(this.#texts());
  }

  /** Somebody else writes a value, as `kubectl set env` does. */
  writtenBy(owner: FieldOwner, variable: string, value: string): void {
    const before = this.#texts();
    const env = this.view.env.map((entry) =>
      entry.name === variable ? { ...entry, value, valueOwners: [owner] } : entry,
    );
    this.view = { ...this.view, env };
    this.#wrote(before);
  }

  /** As `kubectl annotate`: another version, the same template. */
  annotatedBySomebody(annotations: Readonly<Record<string, string>>): void {
    this.view = { ...this.view, annotations: { ...this.view.annotations, ...annotations } };
    this.#wrote(this.#texts());
  }

  #check(target: DaemonSetTarget): void {
    const failure = this.failNext;
    this.failNext = undefined;
    if (failure !== undefined) throw failure;
    if (target.uid !== this.view.uid) throw new PortError('Conflict', 'uid mismatch');
  }

  #checkRecord({ recorded }: DaemonSetTarget): void {
    if (recorded !== this.view.annotations[ORIGINALS_ANNOTATION])
      throw new PortError('Conflict', 'The originals on record are not those that were read.');
  }

  #conflicts(setting: SettingName, value: number | undefined): readonly OwnershipConflict[] {
    const entry = this.#entry(setting);
    if (value === undefined || entry === undefined || entry.value === String(value)) return [];
    const variable = variableOf(setting);
    const field = `.spec.template.spec.containers[name="aws-node"].env[name="${variable}"].value`;
    return entry.valueOwners.filter((owner) => !isUs(owner)).map((owner) => ({ ...owner, field, setting }));
  }

  #applyOne(setting: SettingName, value: number | undefined): void {
    const entry = this.#entry(setting);
    if (value === undefined) {
      if (isOnlyOurs(entry)) this.#put(setting, undefined);
      return;
    }
    const same = entry?.value === String(value);
    const others = same ? (entry?.valueOwners ?? []).filter((owner) => !isUs(owner)) : [];
    this.#put(setting, { value: String(value), valueOwners: [...others, US] });
  }

  #put(setting: SettingName, content: Pick<EnvEntryView, 'value' | 'valueOwners'> | undefined): void {
    const name = variableOf(setting);
    const entry = content === undefined ? [] : [{ name, hasValueFrom: false, ...content }];
    const at = this.view.env.findIndex((other) => other.name === name);
    const env = this.view.env.filter((other) => other.name !== name);
    const put = at < 0 ? [...env, ...entry] : [...env.slice(0, at), ...entry, ...env.slice(at)];
    this.view = { ...this.view, env: put };
  }

  #annotate(originals: readonly Original[]): void {
    const annotations = originals.length === 0 ? {} : { [ORIGINALS_ANNOTATION]: JSON.stringify(originals) };
    const { [ORIGINALS_ANNOTATION]: _, ...others } = this.view.annotations;
    this.view = { ...this.view, annotations: { ...others, ...annotations } };
  }

  #entry(setting: SettingName): EnvEntryView | undefined {
    return this.view.env.find(({ name }) => name === variableOf(setting));
  }

  #texts(): string {
    return JSON.stringify(this.view.env.map(({ name, value }) => [name, value]));
  }

  #wrote(before: string): { readonly generation: number; readonly changed: boolean } {
    const changed = before !== this.#texts();
    const generation = this.view.generation + Number(changed);
    const resourceVersion = String(Number(this.view.resourceVersion) + 1);
    this.templateChanges += Number(changed);
    this.view = { ...this.view, generation, resourceVersion };
    return { generation, changed };
  }
}

function isUs({ manager, operation }: FieldOwner): boolean {
  return manager === US.manager && operation === US.operation;
}

function isOnlyOurs(entry: EnvEntryView | undefined): boolean {
  return entry !== undefined && entry.valueOwners.length === 1 && entry.valueOwners.every(isUs);
}
