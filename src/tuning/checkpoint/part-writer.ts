/** Entries to the bytes of one part. */
import { partsOfStretchId } from '../demand/stretch-id.ts';
import type { SettledStretch } from '../demand/settled-sample.ts';
import { ByteWriter } from './byte-writer.ts';
import { crc32 } from './crc32.ts';
import type { PartEntry, PartHead } from './part.ts';
import { MAGIC, TAGS, VERSION } from './part.ts';
import { MOST_EVENT_BYTES, writeEvents } from './pod-events.ts';
import { WriteTable } from './tables.ts';
import { labelWriter, writeShare, writeUid } from './words.ts';

/** Numbers and shares of an entry, and its shape and uid where they come first. */
const ENTRY_BYTES = 128;
/** Three numbers, and the bytes of a character in UTF-8. */
const LABEL_BYTES = 12;
const CHARACTER_BYTES = 3;

/** The finished bytes; the last four are the checksum. */
export type WrittenPart = { readonly bytes: Uint8Array; readonly checksum: number };

/** No entry for this stretch takes more. */
export function mostBytesOf({ id, labels, events }: SettledStretch): number {
  const texts = Object.entries(labels).reduce((sum, [key, value]) => sum + key.length + value.length, id.length);
  const labelBytes = LABEL_BYTES * Object.keys(labels).length;
  return ENTRY_BYTES + CHARACTER_BYTES * texts + labelBytes + (MOST_EVENT_BYTES * events.length) / 3;
}

export class PartWriter {
  readonly #head: PartHead;
  readonly #body = new ByteWriter();
  readonly #uids = new WriteTable(writeUid);
  readonly #shapes = new WriteTable<string>((writer, key) => writer.text(key));
  readonly #labels = labelWriter();
  #entries = 0;

  constructor(head: PartHead) {
    this.#head = head;
  }

  /** Of the entries so far. */
  get bytes(): number {
    return this.#body.length;
  }

  add(entry: PartEntry): void {
    this.#entries += 1;
    if (entry.kind === 'New') return this.#addNew(entry);
    const body = this.#body;
    body.byte(entry.kind === 'Gone' ? TAGS.Gone : entry.isOpen ? TAGS.Grown : TAGS.Ended);
    body.whole(entry.open);
    if (entry.kind === 'Gone') return;
    const { stretch, first, isOpen } = entry;
    if (!isOpen) body.signed(this.#head.takenAtMs - stretch.untilMs);
    body.whole(stretch.events.length / 3 - first);
    writeEvents(body, stretch, first);
  }

  finish(): WrittenPart {
    const { generation, index, follows, takenAtMs, watched } = this.#head;
    const all = new ByteWriter();
    for (const byte of MAGIC) all.byte(byte);
    all.byte(VERSION);
    all.whole(generation);
    all.whole(index);
    all.uint32(follows);
    all.whole(takenAtMs);
    all.whole(watched.sinceMs === undefined ? 0 : watched.sinceMs + 1);
    all.whole(watched.gaps.length);
    let lastMs = watched.sinceMs ?? 0;
    for (const { fromMs, untilMs } of watched.gaps) {
      all.signed(fromMs - lastMs);
      all.whole(untilMs - fromMs);
      lastMs = untilMs;
    }
    all.whole(this.#entries);
    all.raw(this.#body.bytes());
    const checksum = crc32(all.bytes());
    all.uint32(checksum);
    return { bytes: all.bytes(), checksum };
  }

  #addNew({ shapeKey, stretch, represents, isOpen }: Extract<PartEntry, { kind: 'New' }>): void {
    const body = this.#body;
    const { uid, ordinal } = partsOfStretchId(stretch.id);
    body.byte(isOpen ? TAGS.NewOpen : TAGS.NewSettled);
    this.#uids.put(body, uid);
    body.whole(ordinal);
    this.#shapes.put(body, shapeKey);
    this.#labels.put(body, stretch.labels);
    writeShare(body, represents);
    body.signed(this.#head.takenAtMs - stretch.fromMs);
    if (!isOpen) body.whole(stretch.untilMs - stretch.fromMs);
    body.signed(stretch.fromMs - stretch.readyAtMs);
    body.whole(stretch.startingPods.length);
    body.whole(stretch.events.length / 3);
    writeEvents(body, stretch, 0);
  }
}
