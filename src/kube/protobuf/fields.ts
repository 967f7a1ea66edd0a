/**
 * One protobuf message, field by field, in place: what is not asked for costs nothing, however long it is. Knows the
 * wire types that Kubernetes uses, and skips over the others.
 */

export class MalformedProtobuf extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** A varint of seven bytes is below 2^49, where numbers are still whole. */
const PLAIN_VARINT_BYTES = 7;
const MOST_VARINT_BYTES = 10;

export class Fields {
  readonly #bytes: Buffer;
  readonly #end: number;
  /** Where the next field begins. */
  #next: number;
  /** The value of the field: where it lies, for strings and messages; else itself. */
  #from = 0;
  #until = 0;
  #value = 0;
  /** Number of the field that `next` went to. */
  number = 0;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#next = from;
    this.#end = end;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#next >= this.#end) return false;
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    this.#take(tag % 8);
    if (this.#next > this.#end) throw new MalformedProtobuf(`Field ${this.number} ends after its message.`);
    return true;
  }

  /** A string or bytes as text. */
  text(): string {
    return this.#bytes.toString('utf8', this.#from, this.#until);
  }

  /** A whole number or an enumeration; exact below 2^53. */
  whole(): number {
    return this.#value;
  }

  flag(): boolean {
    return this.#value !== 0;
  }

  /** The message that is this field's value. */
  message(): Fields {
    return new Fields(this.#bytes, this.#from, this.#until);
  }

  /** The same bytes, not a copy. */
  bytes(): Buffer {
    return this.#bytes.subarray(this.#from, this.#until);
  }

  #take(wireType: number): void {
    this.#from = this.#until = this.#next;
    this.#value = 0;
    if (wireType === VARINT) this.#value = this.#varint();
    else if (wireType === BYTES) {
      const length = this.#varint();
      this.#from = this.#next;
      this.#until = this.#next = this.#from + length;
    } else if (wireType === FIXED64) this.#next += 8;
    else if (wireType === FIXED32) this.#next += 4;
    else throw new MalformedProtobuf(`Field ${this.number} is of wire type ${wireType}.`);
  }

  #varint(): number {
    const from = this.#next;
    let value = 0;
    for (let read = 0, unit = 1; read < PLAIN_VARINT_BYTES; read += 1, unit *= 128) {
      const byte = this.#bytes[from + read] ?? 0;
      value += (byte & 127) * unit;
      if (byte > 127) continue;
      this.#next = from + read + 1;
      return value;
    }
    return this.#longVarint(from);
  }

  /** Negative numbers are ten bytes long. */
  #longVarint(from: number): number {
    let value = 0n;
    for (let read = 0; read < MOST_VARINT_BYTES; read += 1) {
      const byte = this.#bytes[from + read] ?? 0;
      value += BigInt(byte & 127) << BigInt(7 * read);
      if (byte > 127) continue;
      this.#next = from + read + 1;
      return Number(BigInt.asIntN(64, value));
    }
    throw new MalformedProtobuf('A number has no end.');
  }
}
