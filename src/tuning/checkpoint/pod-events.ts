/**
 * Pod events of one stretch as bytes, about three each: the time since the one before, and for a removal how many
 * pods came after the one that goes. Pods are numbered anew within the stretch: the starting ones first, then each as
 * it comes.
 */
import type { SettledStretch } from '../demand/settled-sample.ts';
import type { ByteReader } from './byte-reader.ts';
import { Unreadable } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const ADD = 1;
const REMOVE = 0;

/** An event takes at most this many: less than six hours in ms and the kind (4), and a pod's number (3). */
export const MOST_EVENT_BYTES = 7;

type Events = Pick<SettledStretch, 'fromMs' | 'startingPods' | 'events'>;

/** From event number `first` on; those before were written earlier. */
export function writeEvents(writer: ByteWriter, { fromMs, startingPods, events }: Events, first: number): void {
  const numbers = new Map(startingPods.map((pod, number) => [pod, number]));
  let pods = startingPods.length;
  let lastMs = fromMs;
  for (let at = 0; at < events.length; at += 3) {
    const atMs = events[at] ?? 0;
    const isAdd = events[at + 1] === ADD;
    const pod = events[at + 2] ?? 0;
    if (isAdd) numbers.set(pod, pods++);
    if (at >= 3 * first) {
      writer.whole(2 * (atMs - lastMs) + (isAdd ? ADD : REMOVE));
      if (!isAdd) writer.whole(pods - 1 - (numbers.get(pod) ?? 0));
    }
    lastMs = atMs;
  }
}

/** Where the reading of a stretch stands. */
export type EventTape = {
  readonly lastMs: number;
  readonly pods: number;
  /** Flat triples at, op, pod. */
  readonly triples: readonly number[];
};

export function readEvents(reader: ByteReader, tape: EventTape, events: number): EventTape {
  const triples = [...tape.triples];
  let { lastMs, pods } = tape;
  for (let event = 0; event < events; event++) {
    const head = reader.whole();
    lastMs += Math.floor(head / 2);
    if (head % 2 === ADD) triples.push(lastMs, ADD, pods++);
    else {
      const pod = pods - 1 - reader.whole();
      if (pod < 0) throw new Unreadable('removes a pod that never was');
      triples.push(lastMs, REMOVE, pod);
    }
  }
  return { lastMs, pods, triples };
}
