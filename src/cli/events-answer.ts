/** What the operator has told by Events, each thing once, newest last. Pure. */
import type { DaemonSetRef } from '../api/tuning-spec.ts';
import type { SeenEvent, SeenEvents } from '../kube/event-list.ts';
import { duration } from '../tuning/recommend/wording.ts';
import type { Answer } from './output.ts';

export type EventsAsked = {
  readonly seen: SeenEvents;
  /** Of the CniTuning that was named, and of the DaemonSet it tunes; undefined: all. */
  readonly about: { readonly name: string; readonly ref: Pick<DaemonSetRef, 'namespace' | 'name'> } | undefined;
  /** Undefined: as long as the API server keeps them. */
  readonly sinceMs: number | undefined;
  readonly nowMs: number;
};

/** The same words about several objects (a change is told on the DaemonSet too) are one thing. */
type Told = Pick<SeenEvent, 'type' | 'reason' | 'note' | 'count' | 'lastSeenMs'> & {
  readonly objects: readonly string[];
};

export function eventsAnswer(asked: EventsAsked): Answer {
  const { seen, nowMs } = asked;
  const told = toldIn(asked);
  const rows = told.map(({ type, reason, note, count, lastSeenMs, objects }) => ({
    lastSeen: `${new Date(lastSeenMs).toISOString().slice(0, 19)}Z`,
    age: ageText(nowMs - lastSeenMs),
    count,
    type,
    reason,
    objects: objects.join(', '),
    message: note,
  }));
  const columns = [
    { key: 'lastSeen', title: 'LAST SEEN', wideOnly: true },
    { key: 'age', title: 'AGE' },
    { key: 'count', title: 'COUNT', wideOnly: true },
    { key: 'type', title: 'TYPE' },
    { key: 'reason', title: 'REASON' },
    { key: 'objects', title: 'OBJECTS', wideOnly: true },
    { key: 'message', title: 'MESSAGE' },
  ];
  const table = { kind: 'Table', title: '', columns, rows } as const;
  const value = {
    takenAt: new Date(nowMs).toISOString(),
    isWhole: !seen.hasMore,
    events: rows.map(({ age: _age, ...row }, at) => ({ ...row, objects: told[at]?.objects ?? [] })),
  };
  const texts = [...(rows.length === 0 ? [noneText(asked)] : []), ...(seen.hasMore ? [MORE] : [])];
  const paragraphs = texts.map((text) => ({ kind: 'Paragraph', text }) as const);
  return { value, sections: rows.length === 0 ? paragraphs : [table, ...paragraphs] };
}

const MORE =
  'There are more events of the operator than were read, so some may be missing: `kubectl get events -A` lists all.';

function noneText({ about, sinceMs }: EventsAsked): string {
  const whose = about === undefined ? 'any CniTuning' : `${about.name} or its DaemonSet`;
  const when = sinceMs === undefined ? '' : ` in the last ${duration(sinceMs)}`;
  return `There is no event of the operator about ${whose}${when}; the API server keeps events for an hour as a rule.`;
}

function toldIn({ seen, about, sinceMs = Infinity, nowMs }: EventsAsked): readonly Told[] {
  const wanted = seen.events.filter((event) => isAbout(event, about) && nowMs - event.lastSeenMs <= sinceMs);
  const alike = Map.groupBy(wanted, ({ type, reason, note }) => JSON.stringify([type, reason, note]));
  return [...alike.values()].flatMap(gathered).toSorted((a, b) => a.lastSeenMs - b.lastSeenMs);
}

function isAbout({ object }: SeenEvent, about: EventsAsked['about']): boolean {
  if (about === undefined) return true;
  if (object.kind === 'CniTuning') return object.name === about.name;
  return object.kind === 'DaemonSet' && object.name === about.ref.name && object.namespace === about.ref.namespace;
}

/** How often the object heard it that heard it most. */
function gathered(alike: readonly SeenEvent[]): readonly Told[] {
  const [first] = alike;
  if (first === undefined) return [];
  const byObject = Map.groupBy(alike, ({ object }) => nameOf(object));
  const counts = [...byObject.values()].map((events) => events.reduce((sum, { count }) => sum + count, 0));
  const { type, reason, note } = first;
  const lastSeenMs = Math.max(...alike.map((event) => event.lastSeenMs));
  return [{ type, reason, note, count: Math.max(...counts), lastSeenMs, objects: [...byObject.keys()].toSorted() }];
}

/** `DaemonSet kube-system/aws-node`. */
function nameOf({ kind, namespace, name }: SeenEvent['object']): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** `0s`, `42s`, `3m5s`, `2h`: of what is ahead of this clock nothing. */
function ageText(ms: number): string {
  return duration(Math.max(0, ms));
}
