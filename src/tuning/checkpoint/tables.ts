/** Values that come again and again are written once, where they come first, and by their number after that. */
import type { ByteReader } from './byte-reader.ts';
import { Unreadable } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export class WriteTable<T> {
  readonly #numbers = new Map<T, number>();
  readonly #write: (writer: ByteWriter, value: T) => void;

  constructor(write: (writer: ByteWriter, value: T) => void) {
    this.#write = write;
  }

  put(writer: ByteWriter, value: T): void {
    const known = this.#numbers.get(value);
    writer.whole(known ?? this.#numbers.size);
    if (known !== undefined) return;
    this.#numbers.set(value, this.#numbers.size);
    this.#write(writer, value);
  }
}

export class ReadTable<T> {
  readonly #values: T[] = [];
  readonly #read: (reader: ByteReader) => T;

  constructor(read: (reader: ByteReader) => T) {
    this.#read = read;
  }

  take(reader: ByteReader): T {
    const number = reader.whole();
    if (number > this.#values.length) throw new Unreadable('names a value that it does not hold');
    const known = this.#values[number];
    if (known !== undefined) return known;
    const value = this.#read(reader);
    this.#values.push(value);
    return value;
  }
}
