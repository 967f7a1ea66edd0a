/** All reads of a pass: from caches, at once, nothing waits. */
import { ORIGINALS_ANNOTATION, ROLLBACK_ANNOTATION } from '../api/cnituning.ts';
import type { Original } from '../tuning/advice.ts';
import type { Census } from '../tuning/census.ts';
import { censusOf } from '../tuning/census.ts';
import type { Evaluation } from '../tuning/evaluation.ts';
import type { SubnetForecast } from '../tuning/forecast.ts';
import type { LiveSettings } from '../tuning/live-settings.ts';
import type { RecordedChange } from '../tuning/guards/guard-input.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import { parseOriginals } from '../tuning/originals.ts';
import type { RolloutView } from '../tuning/rollout.ts';
import { rolloutOf } from '../tuning/rollout.ts';
import type { ClusterSnapshot } from '../tuning/snapshot.ts';
import type { OwnChange } from './own-change.ts';
import { ownChangeOf } from './own-change.ts';
import type { HistoryKeeping, Ports, TuningObject } from './ports.ts';
import { unrecordedChange } from './status/changes.ts';

export type Observation = {
  readonly object: TuningObject;
  readonly startedAtMs: number;
  readonly snapshot: ClusterSnapshot;
  readonly live: LiveSettings | undefined;
  readonly census: Census;
  readonly rollout: RolloutView | undefined;
  readonly changes: readonly RecordedChange[];
  readonly ownChange: OwnChange;
  /** What a person has asked to undo, while the annotation stands. */
  readonly undone: { readonly text: string; readonly atMs: number } | undefined;
  readonly originals: readonly Original[];
  readonly conflictWith: string | undefined;
  readonly keeping: HistoryKeeping | undefined;
  readonly watchedMs: number;
  readonly evaluation: Evaluation | undefined;
  /** Undefined while EC2 cannot be read. */
  readonly forecast: readonly SubnetForecast[] | undefined;
};

export function observe(ports: Ports, object: TuningObject, nowMs: number): Observation {
  const { spec, status } = object;
  const snapshot = ports.cluster.snapshot(spec.daemonSetRef, ports.account.latest(nowMs), nowMs);
  const { daemonSet } = snapshot;
  const live = daemonSet?.containerFound === true ? liveSettingsOf(daemonSet) : undefined;
  const originals = parseOriginals(daemonSet?.annotations[ORIGINALS_ANNOTATION]);
  const conflictWith = olderRival(ports, object);
  const lastChange = status?.changes?.[0];
  const rollout = rolloutOf(snapshot, lastChange === undefined ? undefined : Date.parse(lastChange.time));
  return {
    object,
    startedAtMs: nowMs,
    snapshot,
    live,
    census: censusOf(snapshot, spec.nodeSelector),
    rollout,
    changes: changesSeen({ object, live, originals, conflictWith }, nowMs),
    ownChange: ownChangeOf({ change: lastChange, live, rollout, nowMs }),
    undone: undoneIn(object),
    originals,
    conflictWith,
    keeping: ports.keeper.keeping(),
    watchedMs: ports.memory.watchedMs(spec.history.windowMs, nowMs),
    evaluation: ports.evaluator.latest(object.name),
    forecast: ports.forecaster.forecast(object.name, { snapshot, live, reserve: spec.objectives.subnetReserve }),
  };
}

function undoneIn({ annotations, status }: TuningObject): Observation['undone'] {
  const { undone: text, time } = status?.rollback ?? {};
  if (text === undefined || time === undefined || (annotations[ROLLBACK_ANNOTATION] ?? '') === '') return undefined;
  return { text, atMs: Date.parse(time) };
}

/** What is recorded, and a write of ours of which no record tells: then the next change waits for its record. */
function changesSeen(seen: Parameters<typeof unrecordedChange>[0], nowMs: number): readonly RecordedChange[] {
  const recorded = seen.object.status?.changes ?? [];
  const unrecorded = unrecordedChange(seen, recorded, nowMs);
  return [...(unrecorded === undefined ? [] : [unrecorded]), ...recorded].map(({ time, to, emergency }) => ({
    atMs: Date.parse(time),
    wrote: to,
    isEmergency: emergency !== undefined,
  }));
}

/** The oldest other CniTuning that names the same container, if it is older than this one. */
function olderRival(ports: Ports, { name, spec }: TuningObject): string | undefined {
  const mine = spec.daemonSetRef;
  const oldest = ports.tunings.list().find(({ spec: { daemonSetRef: other } }) => {
    return other.namespace === mine.namespace && other.name === mine.name && other.container === mine.container;
  });
  return oldest === undefined || oldest.name === name ? undefined : oldest.name;
}
