/** The variables, nodes, addresses and subnets as status shows them. Nothing per node; every list bounded. */
import { clipped } from '../../api/clipped.ts';
import type { CniTuningStatus, OriginalStatus, SettingStatus } from '../../api/cnituning.generated.ts';
import type { SettingName } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { Advice, Original } from '../../tuning/advice.ts';
import { countingSettings, effectiveSettings, variableOf } from '../../tuning/counting-settings.ts';
import { liveValues } from '../../tuning/live-settings.ts';
import { settingChange } from '../../tuning/recommend/summary.ts';
import type { FieldOwner } from '../../tuning/snapshot.ts';
import type { PassRecord } from '../pass-record.ts';
import { some } from './absent.ts';

/** What the schema allows. Somebody may write a value of any length to the DaemonSet, or share it among many managers. */
const MOST_VALUE = 256;
const MOST_OWNERS = 512;

function countingOf({ live, census, object }: PassRecord, among = countingSettings): readonly SettingName[] {
  if (live === undefined || census === undefined) return [];
  return among(live.settings, Object.values(census.shapes), object.spec.settings);
}

/** `WARM_ENI_TARGET 1→0`. */
export function settingSummaryOf(record: PassRecord): string | undefined {
  const { live, recommendation } = record;
  if (live === undefined) return undefined;
  const values = liveValues(live, countingOf(record));
  const text = settingChange(values, recommendation?.kind === 'Advice' ? recommendation.values : values);
  return text === '' ? undefined : text;
}

/** The range was written together with the recommendation `shown`, and is kept with it. */
export function settingsOf(record: PassRecord, shown: CniTuningStatus['recommendation']): readonly SettingStatus[] {
  const { object, originals, recommendation, live } = record;
  const effective = countingOf(record, effectiveSettings);
  const ours = SETTING_NAMES.filter(
    (name) => object.spec.settings[name] !== undefined || originals.some(({ setting }) => setting === name),
  );
  const advice = recommendation?.kind === 'Advice' ? recommendation : undefined;
  const isKept = shown !== undefined && shown === object.status?.recommendation;
  return ours.map((name) => {
    const entry = live?.entries[name];
    return {
      name: variableOf(name),
      ...some('live', entry?.value === undefined ? undefined : clipped(entry.value, MOST_VALUE)),
      ...some('recommended', advice?.values[name]),
      ...some('uncapped', advice?.uncapped[name]),
      ...(isKept ? rangeWritten(object.status, name) : rangeOf(advice, name)),
      ...some('original', originalStatus(originals.find(({ setting }) => setting === name))),
      ...some('owner', ownersOf(entry?.valueOwners ?? [])),
      effective: effective.includes(name),
    };
  });
}

type Range = Pick<SettingStatus, 'lowerBound' | 'upperBound'>;

function rangeOf(advice: Advice | undefined, name: SettingName): Range {
  const range = advice?.ranges[name];
  return range === undefined ? {} : { lowerBound: range.lower, upperBound: range.upper };
}

function rangeWritten(status: CniTuningStatus | undefined, name: SettingName): Range {
  const { lowerBound, upperBound } = status?.settings?.find((each) => each.name === variableOf(name)) ?? {};
  return { ...some('lowerBound', lowerBound), ...some('upperBound', upperBound) };
}

function originalStatus(original: Original | undefined): OriginalStatus | undefined {
  if (original === undefined) return undefined;
  const owner = some('owner', ownersOf(original.owners));
  return original.state === 'absent'
    ? { state: 'Absent', ...owner }
    : { state: 'Value', value: clipped(original.value, MOST_VALUE), ...owner };
}

function ownersOf(owners: readonly FieldOwner[]): string | undefined {
  const managers = [...new Set(owners.map(({ manager }) => manager))].toSorted();
  return managers.length === 0 ? undefined : clipped(managers.join(','), MOST_OWNERS);
}

export function nodesOf({ census }: PassRecord): CniTuningStatus['nodes'] {
  if (census === undefined) return undefined;
  const skipped = Object.entries(census.skipped).map(([reason, nodes]) => ({ reason, nodes }));
  const sorted = skipped.toSorted((a, b) => a.reason.localeCompare(b.reason));
  return {
    total: census.total,
    tuned: census.tuned.length,
    ...(sorted.length === 0 ? {} : { skipped: sorted }),
  };
}

export function addressesOf({ census }: PassRecord): CniTuningStatus['addresses'] {
  if (census === undefined) return undefined;
  const { attachedAddresses: attached, assignedAddresses: assigned } = census;
  return attached === undefined ? { assigned } : { attached, assigned, idle: Math.max(0, attached - assigned) };
}
