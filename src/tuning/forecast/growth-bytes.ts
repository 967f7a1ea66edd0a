/**
 * The growth of subnets in bytes, to be kept over a restart: a mark, a version, the samples as differences to the one
 * before, a checksum. At most GROWTH_BYTES: where that is too little, the oldest samples are left out.
 */
import type { PartTrouble } from '../checkpoint.ts';
import { ByteReader, Unreadable } from '../checkpoint/byte-reader.ts';
import { ByteWriter } from '../checkpoint/byte-writer.ts';
import { crc32 } from '../checkpoint/crc32.ts';
import type { GrowthValue } from './subnet-growth.ts';

export const GROWTH_BYTES = 64 * 1_024;

/** By name of the CniTuning. */
export type GrowthValues = Readonly<Record<string, GrowthValue>>;

export type StoredGrowth =
  | { readonly kind: 'Read'; readonly values: GrowthValues }
  | { readonly kind: 'Refused'; readonly reason: PartTrouble; readonly sentence: string };

/** `CNTG`. */
const MAGIC = [0x43, 0x4e, 0x54, 0x47] as const;
const VERSION = 1;
const CHECKSUM_BYTES = 4;
/** Of the samples, when there are too many. */
const KEPT_SHARE = 0.9;

export function growthBytes(values: GrowthValues): Uint8Array {
  for (let kept = values; ; kept = withoutOldest(kept)) {
    const bytes = written(kept);
    if (bytes.length <= GROWTH_BYTES) return bytes;
  }
}

function withoutOldest(values: GrowthValues): GrowthValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const { samples } = value;
      return [name, { ...value, samples: samples.slice(samples.length - Math.floor(samples.length * KEPT_SHARE)) }];
    }),
  );
}

function written(values: GrowthValues): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of [...MAGIC, VERSION]) writer.byte(byte);
  const entries = Object.entries(values);
  writer.whole(entries.length);
  for (const [name, value] of entries) {
    writer.text(name);
    writeValue(writer, value);
  }
  writer.uint32(crc32(writer.bytes()));
  return writer.bytes();
}

function writeValue(writer: ByteWriter, { settingsKey, subnetIds, samples }: GrowthValue): void {
  writer.text(settingsKey);
  writer.whole(subnetIds.length);
  for (const id of subnetIds) writer.text(id);
  writer.whole(samples.length);
  let [lastMs, lastEra, last]: [number, number, readonly number[]] = [0, 0, []];
  for (const { atMs, era, rows } of samples) {
    writer.whole(atMs - lastMs);
    writer.whole(era - lastEra);
    writer.whole(rows.length);
    for (const [at, value] of rows.entries()) writer.signed(value - (last[at] ?? 0));
    [lastMs, lastEra, last] = [atMs, era, rows];
  }
}

/** Never throws, and never takes a half. */
export function readGrowth(bytes: Uint8Array): StoredGrowth {
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) return refused('Foreign', 'was not written by cni-tuner');
  if (bytes[MAGIC.length] !== VERSION) return refused('OtherVersion', 'was written by another version of cni-tuner');
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  const checksum = bytes.length < CHECKSUM_BYTES ? 0 : new ByteReader(bytes.subarray(-CHECKSUM_BYTES)).uint32();
  if (crc32(body) !== checksum) return refused('Torn', 'is not whole: its checksum does not match');
  try {
    return { kind: 'Read', values: valuesIn(new ByteReader(body.subarray(MAGIC.length + 1))) };
  } catch (error) {
    if (error instanceof Unreadable) return refused('Inconsistent', error.message);
    throw error;
  }
}

function refused(reason: PartTrouble, says: string): StoredGrowth {
  return { kind: 'Refused', reason, sentence: `The stored growth of the subnets ${says}.` };
}

function valuesIn(reader: ByteReader): GrowthValues {
  const values: Record<string, GrowthValue> = {};
  for (let left = reader.count(1); left > 0; left--) {
    const name = reader.text();
    values[name] = readValue(reader);
  }
  return values;
}

function readValue(reader: ByteReader): GrowthValue {
  const settingsKey = reader.text();
  const subnetIds = Array.from({ length: reader.count(1) }, () => reader.text());
  const samples: { readonly atMs: number; readonly era: number; readonly rows: readonly number[] }[] = [];
  for (let left = reader.count(1); left > 0; left--) {
    const last = samples.at(-1);
    const atMs = (last?.atMs ?? 0) + reader.whole();
    const era = (last?.era ?? 0) + reader.whole();
    const rows = Array.from({ length: reader.count(1) }, (_, at) => (last?.rows[at] ?? 0) + reader.signed());
    samples.push({ atMs, era, rows });
  }
  return { settingsKey, subnetIds, samples };
}
