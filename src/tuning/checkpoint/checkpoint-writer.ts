/** Makes the next part to store, one checkpoint at a time; `stored` says that it arrived. */
import { BASE_BYTES, TAIL_BYTES, TAIL_PARTS } from '../checkpoint.ts';
import type { DemandPicture } from '../demand/demand-picture.ts';
import { baseOf } from './base.ts';
import type { PartHead } from './part.ts';
import { PartWriter } from './part-writer.ts';
import type { Stored } from './tail.ts';
import { openStretch, tailOf } from './tail.ts';

export type PartDraft = {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly takenAtMs: number;
  readonly after: Stored;
};

export class CheckpointWriter {
  #generation: number;
  /** After the last part that will not be written again. */
  #sealed: Stored | undefined;
  /** After the last part that was stored. */
  #last: Stored | undefined;

  /** `generation` of the checkpoint that is there now; 0 when there is none that can be read. */
  constructor(generation: number) {
    this.#generation = generation;
  }

  /** When the base of the checkpoint was taken; undefined before there is one of this process. */
  get baseTakenAtMs(): number | undefined {
    return this.#sealed?.baseTakenAtMs;
  }

  /** The next part is a base, whatever is stored. */
  startOver(): void {
    this.#sealed = undefined;
    this.#last = undefined;
  }

  next(picture: DemandPicture): PartDraft {
    for (let sealed = this.#sealed; sealed !== undefined; sealed = this.#seal()) {
      const draft = tailDraft(picture, sealed);
      if (draft.bytes.length <= TAIL_BYTES) return draft;
    }
    return baseDraft(picture, this.#generation + 1);
  }

  stored({ after }: PartDraft): void {
    this.#generation = after.generation;
    this.#last = after;
    if (after.index === 0) this.#sealed = after;
  }

  /** The current tail part is full and stays as it was stored; undefined when there is no next one to begin. */
  #seal(): Stored | undefined {
    if (this.#last === undefined || this.#last === this.#sealed || this.#last.index >= TAIL_PARTS) return undefined;
    this.#sealed = this.#last;
    return this.#sealed;
  }
}

function baseDraft(picture: DemandPicture, generation: number): PartDraft {
  const { takenAtMs, watched } = picture;
  const head: PartHead = { generation, index: 0, follows: 0, takenAtMs, watched };
  const { entries, openLeftOut } = baseOf(picture, head, BASE_BYTES);
  const writer = new PartWriter(head);
  for (const entry of entries) writer.add(entry);
  const { bytes, checksum } = writer.finish();
  const open = entries.filter(({ isOpen }) => isOpen);
  const after: Stored = {
    generation,
    index: 0,
    checksum,
    baseTakenAtMs: takenAtMs,
    numbers: open.length,
    open: new Map(open.map(({ stretch }, number) => [stretch.id, openStretch(number, stretch)])),
    told: openLeftOut,
  };
  return { index: 0, bytes, takenAtMs, after };
}

function tailDraft(picture: DemandPicture, before: Stored): PartDraft {
  const { takenAtMs, watched } = picture;
  const { generation, checksum: follows } = before;
  const index = before.index + 1;
  const { entries, after } = tailOf(picture, before);
  const writer = new PartWriter({ generation, index, follows, takenAtMs, watched });
  for (const entry of entries) writer.add(entry);
  const { bytes, checksum } = writer.finish();
  return { index, bytes, takenAtMs, after: { ...before, ...after, index, checksum } };
}
