const NEWLINE = 0x0a;

/**
 * Whole lines out of a stream of chunks. Pieces of a long line are kept apart and joined once, so that a line of
 * many chunks costs its length and not its square.
 */
export class LineSplitter {
  #pieces: Uint8Array[] = [];

  /** The lines that this chunk completes; empty ones are left out. To be read to the end before the next chunk. */
  *push(chunk: Uint8Array): Generator<string, void, void> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const line = this.#joined(chunk.subarray(from, end));
      from = end + 1;
      if (line.length > 0) yield line;
    }
    if (from < chunk.length) this.#pieces.push(chunk.subarray(from));
  }

  #joined(last: Uint8Array): string {
    if (this.#pieces.length === 0) return text(last);
    const whole = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    return text(whole);
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
