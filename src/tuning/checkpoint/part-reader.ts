/**
 * The bytes of one part to what is remembered after it. All of a part or nothing: what was known before is never
 * changed, and a part that cannot be ours throws `Unreadable`.
 */
import { addsOf } from '../demand/open-life.ts';
import type { SettledStretch } from '../demand/settled-sample.ts';
import { stretchIdOf } from '../demand/stretch-id.ts';
import type { Gap, WatchedSpan } from '../demand/watched-time.ts';
import { MOST_GAPS } from '../demand/watched-time.ts';
import { ByteReader, Unreadable } from './byte-reader.ts';
import type { PartHead } from './part.ts';
import { CHECKSUM_BYTES, MAGIC, MOST_STARTING_PODS, TAGS, VERSION } from './part.ts';
import type { EventTape } from './pod-events.ts';
import { readEvents } from './pod-events.ts';
import { ReadTable } from './tables.ts';
import type { Labels } from './words.ts';
import { labelReader, readShare, readUid } from './words.ts';

/** `m5.large/29`. */
const SHAPE_KEY = /^[^/]+\/[0-9]{1,5}$/;

type OpenStretch = {
  readonly shapeKey: string;
  readonly id: string;
  readonly labels: Labels;
  readonly represents: number;
  readonly readyAtMs: number;
  readonly fromMs: number;
  readonly startingPods: number;
  readonly tape: EventTape;
};

/** Everything read so far; open stretches by their number, undefined once ended or gone. */
export type Remembered = {
  readonly head: PartHead;
  readonly settled: readonly { readonly shapeKey: string; readonly stretch: SettledStretch }[];
  readonly open: readonly (OpenStretch | undefined)[];
};

export function readHead(reader: ByteReader): PartHead {
  reader.raw(MAGIC.length);
  if (reader.byte() !== VERSION) throw new Unreadable('has another version');
  const generation = reader.whole();
  const index = reader.whole();
  const follows = reader.uint32();
  const takenAtMs = reader.whole();
  return { generation, index, follows, takenAtMs, watched: readWatched(reader) };
}

/** `before` is undefined for a base. */
export function readPart(bytes: Uint8Array, before: Remembered | undefined): Remembered {
  const reader = new ByteReader(bytes.subarray(0, bytes.length - CHECKSUM_BYTES));
  const reading = new PartReading(reader, readHead(reader), before);
  for (let left = reader.count(1); left > 0; left--) reading.takeEntry();
  if (reader.left > 0) throw new Unreadable('goes on after its end');
  return reading.remembered();
}

/** As what was open stands at the instant of the last part. */
export function stretchOf(open: OpenStretch, untilMs: number): SettledStretch {
  const { id, labels, represents, readyAtMs, fromMs, startingPods, tape } = open;
  const events = Float64Array.from(tape.triples);
  const pods = podsUpTo(startingPods);
  return { id, labels, represents, readyAtMs, fromMs, untilMs, startingPods: pods, events, podStarts: addsOf(events) };
}

const PODS_BY_COUNT = new Map<number, readonly number[]>();

/** 0, 1, 2 …: one list for all stretches that begin with so many pods. */
function podsUpTo(count: number): readonly number[] {
  const pods = PODS_BY_COUNT.get(count) ?? Array.from({ length: count }, (_, number) => number);
  PODS_BY_COUNT.set(count, pods);
  return pods;
}

function readWatched(reader: ByteReader): WatchedSpan {
  const since = reader.whole();
  const count = reader.count(2);
  if (count > MOST_GAPS) throw new Unreadable('names too many gaps');
  let lastMs = Math.max(0, since - 1);
  const gaps = Array.from({ length: count }, (): Gap => {
    const fromMs = lastMs + reader.signed();
    lastMs = fromMs + reader.whole();
    return { fromMs, untilMs: lastMs };
  });
  return { sinceMs: since === 0 ? undefined : since - 1, gaps };
}

class PartReading {
  readonly #reader: ByteReader;
  readonly #head: PartHead;
  readonly #settled: { readonly shapeKey: string; readonly stretch: SettledStretch }[];
  readonly #open: (OpenStretch | undefined)[];
  readonly #uids = new ReadTable(readUid);
  readonly #shapes = new ReadTable((reader) => reader.text());
  readonly #labels = labelReader();

  constructor(reader: ByteReader, head: PartHead, before: Remembered | undefined) {
    this.#reader = reader;
    this.#head = head;
    this.#settled = [...(before?.settled ?? [])];
    this.#open = [...(before?.open ?? [])];
  }

  remembered(): Remembered {
    return { head: this.#head, settled: this.#settled, open: this.#open };
  }

  takeEntry(): void {
    const tag = this.#reader.byte();
    if (tag === TAGS.NewSettled) this.#takeSettled();
    else if (tag === TAGS.NewOpen) this.#open.push(this.#takeBeginning(() => {}));
    else if (tag === TAGS.Grown || tag === TAGS.Ended || tag === TAGS.Gone) this.#takeKnown(tag);
    else throw new Unreadable('holds an entry of an unknown kind');
  }

  #takeSettled(): void {
    let lengthMs = 0;
    const beginning = this.#takeBeginning(() => (lengthMs = this.#reader.whole()));
    this.#settle(beginning, beginning.fromMs + lengthMs);
  }

  #takeKnown(tag: typeof TAGS.Grown | typeof TAGS.Ended | typeof TAGS.Gone): void {
    const reader = this.#reader;
    const number = reader.whole();
    const known = this.#open[number];
    if (known === undefined) throw new Unreadable('goes on with a stretch that is not open');
    this.#open[number] = undefined;
    if (tag === TAGS.Gone) return;
    const untilMs = tag === TAGS.Ended ? this.#head.takenAtMs - reader.signed() : undefined;
    const grown = { ...known, tape: readEvents(reader, known.tape, reader.count(1)) };
    if (untilMs === undefined) this.#open[number] = grown;
    else this.#settle(grown, untilMs);
  }

  #settle(stretch: OpenStretch, untilMs: number): void {
    if (untilMs < stretch.tape.lastMs) throw new Unreadable('ends a stretch before its last event');
    this.#settled.push({ shapeKey: stretch.shapeKey, stretch: stretchOf(stretch, untilMs) });
  }

  /** `takeLength` reads what only a settled stretch has. */
  #takeBeginning(takeLength: () => void): OpenStretch {
    const reader = this.#reader;
    const uid = this.#uids.take(reader);
    const ordinal = reader.whole();
    const shapeKey = this.#shapes.take(reader);
    const labels = this.#labels.take(reader);
    const represents = readShare(reader);
    if (!SHAPE_KEY.test(shapeKey)) throw new Unreadable('names a shape that is none');
    if (!(represents > 0 && represents < Infinity)) throw new Unreadable('holds a share that is none');
    const fromMs = this.#head.takenAtMs - reader.signed();
    takeLength();
    const readyAtMs = fromMs - reader.signed();
    const startingPods = reader.whole();
    if (startingPods > MOST_STARTING_PODS) throw new Unreadable('names too many pods');
    const none: EventTape = { lastMs: fromMs, pods: startingPods, triples: [] };
    const tape = readEvents(reader, none, reader.count(1));
    const id = stretchIdOf({ uid, ordinal, fromMs });
    return { shapeKey, id, labels, represents, readyAtMs, fromMs, startingPods, tape };
  }
}
