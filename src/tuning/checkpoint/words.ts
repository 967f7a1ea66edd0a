/** Uids, labels and shares as bytes. */
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ReadTable, WriteTable } from './tables.ts';

export type Labels = Readonly<Record<string, string>>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_BYTES = 16;
const AS_TEXT = 0;
const AS_UUID = 1;

export function writeUid(writer: ByteWriter, uid: string): void {
  if (!UUID.test(uid)) {
    writer.byte(AS_TEXT);
    return writer.text(uid);
  }
  writer.byte(AS_UUID);
  const digits = uid.replaceAll('-', '');
  for (let at = 0; at < digits.length; at += 2) writer.byte(Number.parseInt(digits.slice(at, at + 2), 16));
}

export function readUid(reader: ByteReader): string {
  if (reader.byte() === AS_TEXT) return reader.text();
  const digits = [...reader.raw(UUID_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [0, 8, 12, 16, 20].map((from, at, cuts) => digits.slice(from, cuts[at + 1])).join('-');
}

/** Nodes of one pool share most keys and values; one node's stretches share the whole. */
export function labelWriter(): WriteTable<Labels> {
  const words = new WriteTable<string>((writer, word) => writer.text(word));
  return new WriteTable<Labels>((writer, labels) => {
    const entries = Object.entries(labels);
    writer.whole(entries.length);
    for (const entry of entries) for (const word of entry) words.put(writer, word);
  });
}

export function labelReader(): ReadTable<Labels> {
  const words = new ReadTable((reader) => reader.text());
  return new ReadTable((reader) => {
    const entries = Array.from({ length: reader.count(2) }, () => [words.take(reader), words.take(reader)] as const);
    return Object.fromEntries(entries);
  });
}

/** Shares of a sample are powers of two more often than not. */
export function writeShare(writer: ByteWriter, share: number): void {
  const log2 = Math.log2(share);
  if (Number.isInteger(log2) && log2 >= 0 && log2 < 64) return writer.byte(1 + log2);
  writer.byte(0);
  writer.float(share);
}

export function readShare(reader: ByteReader): number {
  const tag = reader.byte();
  return tag === 0 ? reader.float() : 2 ** (tag - 1);
}
