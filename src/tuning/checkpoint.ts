/**
 * A checkpoint: the memory of demand in parts of bounded size. Part 0, the base, holds all that is worth most; parts
 * 1 to TAIL_PARTS each hold at most a minute's to an hour's worth of what came after it. The last tail part is written
 * anew with each checkpoint until it is full; then the next one begins, and after the last a new base.
 *
 * Each part is stored by one atomic write, and a reader takes a part only when it follows the one before by checksum.
 * So a crash between any two writes leaves what was stored before it, whole: a new base makes all older tail parts
 * leftovers, and needs none of them.
 */
import type { RestoredDemand } from './demand/demand-picture.ts';
import { ByteReader, Unreadable } from './checkpoint/byte-reader.ts';
import { crc32 } from './checkpoint/crc32.ts';
import { CHECKSUM_BYTES, MAGIC, VERSION } from './checkpoint/part.ts';
import type { Remembered } from './checkpoint/part-reader.ts';
import { readHead, readPart, stretchOf } from './checkpoint/part-reader.ts';

/** All parts together stay below 1 MiB, which is also the most that one ConfigMap takes. */
export const BASE_BYTES = 704 * 1_024;
export const TAIL_BYTES = 64 * 1_024;
export const TAIL_PARTS = 4;
export const PARTS = 1 + TAIL_PARTS;

export type PartTrouble =
  /** Cut short, or not the bytes that were written. */
  | 'Torn'
  /** Never written by this program. */
  | 'Foreign'
  | 'OtherVersion'
  /** Whole by its checksum, and yet it contradicts itself. */
  | 'Inconsistent';

export type RefusedPart = { readonly reason: PartTrouble; readonly index: number; readonly sentence: string };

export type CheckpointReading =
  | { readonly kind: 'Nothing' }
  | { readonly kind: 'Refused'; readonly refused: RefusedPart }
  | {
      readonly kind: 'Read';
      readonly demand: RestoredDemand;
      readonly generation: number;
      /** A tail part that was refused: `demand` ends before it. */
      readonly refused: RefusedPart | undefined;
    };

/** `Foreign`: something stands in the part's place that is not ours. Undefined: nothing does. */
export type StoredPart = Uint8Array | 'Foreign' | undefined;

/** `parts` by index. Never throws, and never takes half a part. */
export function readCheckpoint(parts: readonly StoredPart[]): CheckpointReading {
  const [base, ...tails] = parts;
  if (base === undefined) return { kind: 'Nothing' };
  const first = tried(base, undefined);
  if (!('head' in first)) return { kind: 'Refused', refused: first };
  let remembered = first;
  for (const [at, part] of tails.entries()) {
    if (part === undefined || (isBytes(part) && isLeftOver(part, remembered, parts[at]))) break;
    const next = tried(part, remembered, at + 1);
    if (!('head' in next)) return { kind: 'Read', ...restored(remembered), refused: next };
    remembered = next;
  }
  return { kind: 'Read', ...restored(remembered), refused: undefined };
}

function restored({ head, settled, open }: Remembered): { demand: RestoredDemand; generation: number } {
  const { takenAtMs, watched, generation } = head;
  const ended = open.flatMap((stretch) =>
    stretch === undefined ? [] : { shapeKey: stretch.shapeKey, stretch: stretchOf(stretch, takenAtMs) },
  );
  return { generation, demand: { takenAtMs, watched, stretches: [...settled, ...ended] } };
}

/** A whole part of ours that does not follow: of an older base, or of another writer. */
function isLeftOver(bytes: Uint8Array, before: Remembered, previous: StoredPart): boolean {
  if (troubleOf(bytes) !== undefined || !isBytes(previous)) return false;
  const { generation, follows } = readHead(new ByteReader(bytes));
  return generation !== before.head.generation || follows !== checksumOf(previous);
}

function isBytes(part: StoredPart): part is Uint8Array {
  return part !== undefined && part !== 'Foreign';
}

function tried(part: Uint8Array | 'Foreign', before: Remembered | undefined, index = 0): Remembered | RefusedPart {
  if (part === 'Foreign') return refusedPart(part, index, TROUBLE_SENTENCES[part]);
  const trouble = troubleOf(part);
  return trouble === undefined ? read(part, before, index) : refusedPart(trouble, index, TROUBLE_SENTENCES[trouble]);
}

function read(bytes: Uint8Array, before: Remembered | undefined, index: number): Remembered | RefusedPart {
  try {
    const after = readPart(bytes, before);
    if (after.head.index === index) return after;
    return refusedPart('Inconsistent', index, `says that it is part ${after.head.index}`);
  } catch (error) {
    if (error instanceof Unreadable) return refusedPart('Inconsistent', index, error.message);
    throw error;
  }
}

const TROUBLE_SENTENCES: Readonly<Record<PartTrouble, string>> = {
  Torn: 'is not whole: its checksum does not match',
  Foreign: 'was not written by cni-tuner',
  OtherVersion: 'was written by another version of cni-tuner',
  Inconsistent: 'contradicts itself',
};

function refusedPart(reason: PartTrouble, index: number, says: string): RefusedPart {
  return { reason, index, sentence: `Part ${index} of the history checkpoint ${says}.` };
}

function troubleOf(bytes: Uint8Array): PartTrouble | undefined {
  if (bytes.length === 0) return 'Torn';
  const isOurs = MAGIC.every((byte, at) => at >= bytes.length || bytes[at] === byte);
  if (!isOurs) return 'Foreign';
  if (bytes.length > MAGIC.length && bytes[MAGIC.length] !== VERSION) return 'OtherVersion';
  if (bytes.length <= MAGIC.length + CHECKSUM_BYTES) return 'Torn';
  return crc32(bytes.subarray(0, -CHECKSUM_BYTES)) === checksumOf(bytes) ? undefined : 'Torn';
}

/** The last four bytes. */
function checksumOf(bytes: Uint8Array): number {
  return bytes.length < CHECKSUM_BYTES ? 0 : new ByteReader(bytes.subarray(-CHECKSUM_BYTES)).uint32();
}
