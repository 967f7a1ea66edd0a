/** The CniTuning contract: its names, its status type, and the way from a raw object to a TuningSpec. */
import type { CniTuning, CniTuningStatus } from './cnituning.generated.ts';
import type { Fields } from './fields.ts';
import { booleanOf, fieldsOf, listOf, oneOf, stringOf, stringsOf, Unreadable, wholeNumberOf } from './fields.ts';
import { parseDurationMs, parsePercent } from './quantities.ts';
import type { Bounds, ChangeWindow, DaemonSetRef, Mode, SubnetReserve, TuningSpec } from './tuning-spec.ts';
import { SETTING_NAMES } from './tuning-spec.ts';

export type { CniTuning, CniTuningStatus };

export const GROUP = 'cnituning.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const PLURAL = 'cnitunings';

/** On a CniTuning from just before our first write until the DaemonSet is given back. */
export const FINALIZER = 'cnituning.dev/restore';
/** The field manager of every write to the DaemonSet. */
export const FIELD_MANAGER = 'cni-tuner';
/** On a CniTuning: any new value asks for a pass now; the value handled last is in `status.lastHandledReconcile`. */
export const RECONCILE_ANNOTATION = 'cnituning.dev/reconcile';
/**
 * On a CniTuning: a new value asks for the last change to be undone; while it stands, what was undone is not written
 * again. What became of it is in `status.rollback`, the value handled last in `status.lastHandledRollback`.
 */
export const ROLLBACK_ANNOTATION = 'cnituning.dev/rollback';
/** On the DaemonSet: `"true"` forbids every change of ours. */
export const DO_NOT_TUNE_ANNOTATION = 'cnituning.dev/do-not-tune';
/** On the DaemonSet's own metadata: what its entries held before our first write, as JSON (`Original[]`). */
export const ORIGINALS_ANNOTATION = 'cnituning.dev/originals';

/** What the schema fills in; parseTuning does the same for objects that never met an API server. */
export const DEFAULT_SPEC: TuningSpec = {
  mode: 'Recommend',
  suspend: false,
  daemonSetRef: { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' },
  nodeSelector: {},
  settings: { warmENI: { min: 0, max: 3 }, warmPrefix: { min: 1, max: 4 } },
  objectives: { delayedPodsShare: 0.001, subnetReserve: { kind: 'Share', share: 0.1 } },
  history: { windowMs: 168 * 3_600_000, halfLifeMs: 72 * 3_600_000, minimumMs: 6 * 3_600_000 },
  changes: {
    windows: [],
    minimumIntervalMs: 24 * 3_600_000,
    maxPerDay: 1,
    allowed: 'Both',
    minimumGainShare: 0.1,
    emergency: 'WithinWindow',
  },
  takeOverFrom: [],
  deletionPolicy: 'Restore',
};

export type ParsedTuning =
  | { readonly kind: 'Parsed'; readonly spec: TuningSpec }
  /** One sentence that names the field, what it holds and what it must be. */
  | { readonly kind: 'Refused'; readonly sentence: string };

/**
 * A raw CniTuning (from the API server, or a file) → its spec with every default filled, durations in ms, shares in
 * 0..1. What the server validates (bounds, relations, immutability) is not judged again: only what could not be read
 * as the field's type is refused.
 */
export function parseTuning(raw: unknown): ParsedTuning {
  try {
    return { kind: 'Parsed', spec: specOf(fieldsOf(fieldsOf(raw, 'the object')['spec'] ?? {}, 'spec')) };
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'Refused', sentence: error.message };
    throw error;
  }
}

function specOf(spec: Fields): TuningSpec {
  const fallback = DEFAULT_SPEC;
  return {
    mode: oneOf<Mode>(spec['mode'] ?? fallback.mode, 'spec.mode', ['Recommend', 'Apply']),
    suspend: booleanOf(spec['suspend'] ?? fallback.suspend, 'spec.suspend'),
    daemonSetRef: daemonSetRefOf(fieldsOf(spec['daemonSetRef'] ?? {}, 'spec.daemonSetRef')),
    nodeSelector: labelsOf(fieldsOf(spec['nodeSelector'] ?? {}, 'spec.nodeSelector')),
    settings:
      spec['settings'] === undefined ? fallback.settings : settingsOf(fieldsOf(spec['settings'], 'spec.settings')),
    objectives: objectivesOf(fieldsOf(spec['objectives'] ?? {}, 'spec.objectives')),
    history: historyOf(fieldsOf(spec['history'] ?? {}, 'spec.history')),
    changes: changesOf(fieldsOf(spec['changes'] ?? {}, 'spec.changes')),
    takeOverFrom: takeOverFromOf(fieldsOf(spec['ownership'] ?? {}, 'spec.ownership')),
    deletionPolicy: oneOf(spec['deletionPolicy'] ?? fallback.deletionPolicy, 'spec.deletionPolicy', [
      'Restore',
      'Retain',
    ]),
  };
}

function daemonSetRefOf(ref: Fields): DaemonSetRef {
  const fallback = DEFAULT_SPEC.daemonSetRef;
  return {
    namespace: stringOf(ref['namespace'] ?? fallback.namespace, 'spec.daemonSetRef.namespace'),
    name: stringOf(ref['name'] ?? fallback.name, 'spec.daemonSetRef.name'),
    container: stringOf(ref['container'] ?? fallback.container, 'spec.daemonSetRef.container'),
  };
}

function labelsOf(labels: Fields): TuningSpec['nodeSelector'] {
  const entries = Object.entries(labels);
  return Object.fromEntries(entries.map(([key, value]) => [key, stringOf(value, `spec.nodeSelector["${key}"]`)]));
}

function settingsOf(settings: Fields): TuningSpec['settings'] {
  const ours = SETTING_NAMES.filter((name) => settings[name] !== undefined);
  return Object.fromEntries(
    ours.map((name) => [name, boundsOf(fieldsOf(settings[name], `spec.settings.${name}`), `spec.settings.${name}`)]),
  );
}

function boundsOf(bounds: Fields, path: string): Bounds {
  return { min: wholeNumberOf(bounds['min'], `${path}.min`), max: wholeNumberOf(bounds['max'], `${path}.max`) };
}

function objectivesOf(objectives: Fields): TuningSpec['objectives'] {
  const fallback = DEFAULT_SPEC.objectives;
  const { delayedPods, subnetReserve } = objectives;
  return {
    delayedPodsShare: percentOf(delayedPods, fallback.delayedPodsShare, 'spec.objectives.delayedPods', '0.1%'),
    subnetReserve: subnetReserve === undefined ? fallback.subnetReserve : subnetReserveOf(subnetReserve),
  };
}

function percentOf(value: unknown, fallbackShare: number, path: string, such = '10%'): number {
  if (value === undefined) return fallbackShare;
  const share = typeof value === 'string' ? parsePercent(value) : undefined;
  if (share !== undefined) return share;
  throw new Unreadable(path, value, `a percentage such as ${such}`);
}

function subnetReserveOf(value: unknown): SubnetReserve {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0)
    return { kind: 'Addresses', addresses: value };
  const share = typeof value === 'string' ? parsePercent(value) : undefined;
  if (share !== undefined) return { kind: 'Share', share };
  throw new Unreadable('spec.objectives.subnetReserve', value, 'a number of addresses, or a percentage such as 10%');
}

function historyOf(history: Fields): TuningSpec['history'] {
  const fallback = DEFAULT_SPEC.history;
  return {
    windowMs: durationOf(history['window'], fallback.windowMs, 'spec.history.window'),
    halfLifeMs: durationOf(history['halfLife'], fallback.halfLifeMs, 'spec.history.halfLife'),
    minimumMs: durationOf(history['minimum'], fallback.minimumMs, 'spec.history.minimum'),
  };
}

function changesOf(changes: Fields): TuningSpec['changes'] {
  const fallback = DEFAULT_SPEC.changes;
  const path = 'spec.changes';
  const windows = listOf(changes['windows'] ?? fallback.windows, `${path}.windows`);
  const { minimumInterval, maxPerDay, allowed, minimumGain, emergency } = changes;
  return {
    windows: windows.map((window, index) => windowOf(window, `${path}.windows[${index}]`)),
    minimumIntervalMs: durationOf(minimumInterval, fallback.minimumIntervalMs, `${path}.minimumInterval`),
    maxPerDay: wholeNumberOf(maxPerDay ?? fallback.maxPerDay, `${path}.maxPerDay`),
    allowed: oneOf(allowed ?? fallback.allowed, `${path}.allowed`, ['Both', 'IncreaseOnly', 'DecreaseOnly']),
    minimumGainShare: percentOf(minimumGain, fallback.minimumGainShare, `${path}.minimumGain`),
    emergency: oneOf(emergency ?? fallback.emergency, `${path}.emergency`, ['Never', 'WithinWindow', 'Always']),
  };
}

function windowOf(window: unknown, path: string): ChangeWindow {
  const { schedule, duration, timeZone } = fieldsOf(window, path);
  const zone = stringOf(timeZone ?? '', `${path}.timeZone`);
  return {
    schedule: stringOf(schedule, `${path}.schedule`),
    // Without a fallback: a length that is missing must not become one that nobody has asked for.
    durationMs: durationOf(duration ?? null, 0, `${path}.duration`),
    timeZone: zone === '' ? 'UTC' : zone,
  };
}

function durationOf(value: unknown, fallbackMs: number, path: string): number {
  if (value === undefined) return fallbackMs;
  const ms = typeof value === 'string' ? parseDurationMs(value) : undefined;
  if (ms !== undefined) return ms;
  throw new Unreadable(path, value, 'a duration such as 90m or 1h30m');
}

function takeOverFromOf(ownership: Fields): readonly string[] {
  return stringsOf(ownership['takeOverFrom'] ?? [], 'spec.ownership.takeOverFrom');
}
