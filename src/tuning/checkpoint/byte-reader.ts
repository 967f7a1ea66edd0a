/** The way back from byte-writer.ts. Nothing is believed: every read is bounded by what is there. */

/** The bytes cannot have been written by us; the message ends the sentence "part N …". */
export class Unreadable extends Error {}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new Unreadable('ends too early');
    this.#at += 1;
    return value;
  }

  whole(): number {
    let value = 0;
    let scale = 1;
    for (let byte = this.byte(); ; byte = this.byte()) {
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new Unreadable('holds a number that is too large');
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  signed(): number {
    const value = this.whole();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** How many follow, each of at least `leastBytes`: a list is never longer than the bytes that are left. */
  count(leastBytes: number): number {
    const value = this.whole();
    if (value * leastBytes > this.left) throw new Unreadable('names more than it holds');
    return value;
  }

  float(): number {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  uint32(): number {
    const bytes = this.raw(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }

  text(): string {
    const bytes = this.raw(this.count(1));
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new Unreadable('holds a text that is none');
    }
  }

  raw(length: number): Uint8Array {
    if (length > this.left) throw new Unreadable('ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
