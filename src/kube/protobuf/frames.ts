/** Length-prefixed frames out of a stream of chunks: four bytes, the highest first, then as many as they say. */
import { MalformedProtobuf } from './fields.ts';

const PREFIX_BYTES = 4;
/** etcd takes objects of 1.5 MiB; what claims to be far longer is no frame. */
const MOST_BYTES = 16 * 1_048_576;

export class FrameSplitter {
  /** What has arrived of the frame that is not whole yet, its prefix included. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Bytes of that frame with its prefix; of the prefix alone until it is there. */
  #wanted = PREFIX_BYTES;

  /** The frames that this chunk completes. They share the chunk's memory: to be read before the next chunk. */
  *push(chunk: Uint8Array): Generator<Buffer, void, void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    while (this.#held > 0 && from < bytes.length) {
      const until = Math.min(bytes.length, from + this.#wanted - this.#held);
      const frame = this.#completed(bytes.subarray(from, until));
      from = until;
      if (frame !== undefined) yield frame;
    }
    for (let end = endOf(bytes, from); end <= bytes.length; end = endOf(bytes, from)) {
      yield bytes.subarray(from + PREFIX_BYTES, end);
      from = end;
    }
    if (from < bytes.length) this.#begin(bytes.subarray(from));
  }

  #begin(piece: Buffer): void {
    this.#pieces = [piece];
    this.#held = piece.length;
    if (piece.length >= PREFIX_BYTES) this.#wanted = endOf(piece, 0);
  }

  /** Takes a piece of at most what is wanted; a frame of many pieces is joined once. */
  #completed(piece: Buffer): Buffer | undefined {
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held < this.#wanted) return undefined;
    const joined = Buffer.concat(this.#pieces);
    const end = endOf(joined, 0);
    if (this.#held < end) {
      this.#wanted = end;
      return undefined;
    }
    this.#pieces = [];
    this.#held = 0;
    this.#wanted = PREFIX_BYTES;
    return joined.subarray(PREFIX_BYTES);
  }
}

/** Where the frame that begins there ends; Infinity while its prefix is not whole. */
function endOf(bytes: Buffer, from: number): number {
  if (bytes.length - from < PREFIX_BYTES) return Infinity;
  const length = bytes.readUInt32BE(from);
  if (length > MOST_BYTES) throw new MalformedProtobuf(`A frame of ${length} bytes is none of the API server's.`);
  return from + PREFIX_BYTES + length;
}
