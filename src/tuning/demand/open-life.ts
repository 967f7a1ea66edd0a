/**
 * One node that is being watched: its pods now, and the stretch of its life that has not ended yet. A stretch ends at
 * each sixth hour, after EVENTS_PER_STRETCH pod events, when the node goes, and where the watch went blind.
 */
import type { NodeView } from '../snapshot.ts';
import type { SettledStretch } from './settled-sample.ts';
import { stretchIdOf } from './stretch-id.ts';

/**
 * Stretches end at every sixth hour of the epoch, so that none lies in two days. A replay of a stretch begins with a
 * tidy pool, which a lived-in one is not: cut each hour, WARM_ENI_TARGET=0 was seen to delay 0.4 % of the pod starts of
 * a log in which it delays none.
 */
export const STRETCH_MS = 6 * 3_600_000;
/** So that a stretch never takes more than 24 KiB; a node that starts a pod every 7 s reaches it in an hour. */
export const EVENTS_PER_STRETCH = 1_024;

const ADD = 1;
const REMOVE = 0;

export class OpenLife {
  readonly name: string;
  readonly uid: string;
  readonly shapeKey: string;
  /** Uniform in (0, 1) and fixed for the node: whether it is watched is decided by this. */
  readonly chance: number;
  represents: number;
  #labels: NodeView['labels'];
  #readyAtMs: number | undefined;
  #fromMs: number;
  #startingPods: number[] = [];
  #events: number[] = [];
  #stretches = 0;
  readonly #pods = new Set<number>();

  constructor(node: NodeView, watch: { atMs: number; shapeKey: string; chance: number; represents: number }) {
    this.name = node.name;
    this.uid = node.uid;
    this.shapeKey = watch.shapeKey;
    this.chance = watch.chance;
    this.represents = watch.represents;
    this.#labels = node.labels;
    this.#fromMs = watch.atMs;
    // A node that is Ready when first seen was Ready before: it is taken as settled since it was created.
    this.#readyAtMs = node.ready ? Math.min(node.createdAtMs, watch.atMs) : undefined;
  }

  /** Seen again. A node that turns Ready begins its life then: pods bound before meet the pool at that moment. */
  seenAgain(node: NodeView, atMs: number): void {
    this.#labels = node.labels;
    if (!node.ready || this.#readyAtMs !== undefined) return;
    this.#readyAtMs = atMs;
    this.#fromMs = atMs;
    this.#startingPods = [];
    this.#events = [...this.#pods].flatMap((pod) => [atMs, ADD, pod]);
  }

  podBound(pod: number, atMs: number, alreadyRunning: boolean): void {
    if (this.#pods.has(pod)) return;
    this.#pods.add(pod);
    if (this.#isStartingState(atMs, alreadyRunning)) this.#startingPods.push(pod);
    else this.#note(atMs, ADD, pod);
  }

  podGone(pod: number, atMs: number): void {
    if (!this.#pods.delete(pod)) return;
    if (this.#isStartingState(atMs, false)) this.#startingPods = this.#startingPods.filter((other) => other !== pod);
    else this.#note(atMs, REMOVE, pod);
  }

  /** What changed at or before the stretch's first instant was found when watching began: state, not demand. */
  #isStartingState(atMs: number, alreadyRunning: boolean): boolean {
    if (this.#readyAtMs === undefined || this.#events.length > 0) return false;
    return alreadyRunning || (atMs <= this.#fromMs && this.#fromMs > this.#readyAtMs);
  }

  #note(atMs: number, op: typeof ADD | typeof REMOVE, pod: number): void {
    if (this.#readyAtMs === undefined) return;
    this.#events.push(Math.max(atMs, this.#events.at(-3) ?? this.#fromMs), op, pod);
  }

  /** Ends what is due at `nowMs`: stretches that reached a sixth hour, or their most events. */
  ended(nowMs: number): readonly SettledStretch[] {
    const ended: SettledStretch[] = [];
    for (let endMs = this.#nextCutMs(); endMs <= nowMs; endMs = this.#nextCutMs()) this.#end(endMs, endMs, ended);
    const isFull = this.#events.length >= 3 * EVENTS_PER_STRETCH;
    if (isFull && this.#eventsAfter(nowMs) === 0) this.#end(nowMs, nowMs, ended);
    return ended;
  }

  /** Ends the stretch at `endMs` and goes on from `resumeMs` with the pods that are there; between lies the unknown. */
  cut(endMs: number, resumeMs: number): readonly SettledStretch[] {
    const ended = [...this.ended(endMs)];
    this.#end(endMs, Math.max(endMs, resumeMs), ended);
    return ended;
  }

  /** The stretch as it stands at `nowMs`; undefined while the node was never Ready or no time has passed. */
  open(nowMs: number): SettledStretch | undefined {
    const readyAtMs = this.#readyAtMs;
    if (readyAtMs === undefined || nowMs <= this.#fromMs) return undefined;
    const later = this.#eventsAfter(nowMs);
    const events = Float64Array.from(later === 0 ? this.#events : this.#events.slice(0, -later));
    return {
      id: stretchIdOf({ uid: this.uid, ordinal: this.#stretches, fromMs: this.#fromMs }),
      labels: this.#labels,
      represents: this.represents,
      readyAtMs,
      fromMs: this.#fromMs,
      untilMs: nowMs,
      startingPods: [...this.#startingPods],
      events,
      podStarts: addsOf(events),
    };
  }

  #nextCutMs(): number {
    return (Math.floor(this.#fromMs / STRETCH_MS) + 1) * STRETCH_MS;
  }

  #eventsAfter(atMs: number): number {
    let after = 0;
    while (after < this.#events.length && (this.#events.at(-3 - after) ?? 0) > atMs) after += 3;
    return after;
  }

  #end(endMs: number, resumeMs: number, into: SettledStretch[]): void {
    const stretch = this.open(endMs);
    if (stretch !== undefined) into.push(stretch);
    this.#stretches += 1;
    this.#fromMs = Math.max(this.#fromMs, resumeMs);
    this.#startingPods = [...this.#pods];
    this.#events = [];
  }
}

/** The part of a stretch until `atMs`; undefined when it begins no sooner. */
export function endedBy(stretch: SettledStretch, atMs: number): SettledStretch | undefined {
  if (stretch.untilMs <= atMs) return stretch;
  if (stretch.fromMs >= atMs) return undefined;
  let length = stretch.events.length;
  while (length > 0 && (stretch.events[length - 3] ?? 0) > atMs) length -= 3;
  const events = stretch.events.slice(0, length);
  return { ...stretch, untilMs: atMs, events, podStarts: addsOf(events) };
}

export function addsOf(events: Float64Array): number {
  let adds = 0;
  for (let at = 1; at < events.length; at += 3) adds += events[at] ?? 0;
  return adds;
}
