import type { Readable } from 'node:stream';

/** A reader that is busy for a while lets this many gather: about a megabyte. */
const MOST_WAITING = 64;

/**
 * The pieces of a stream as they arrive. `for await` over the stream itself joins all that has gathered into a new piece
 * each time, which for a first state of 30,000 pods is a quarter more processor time and 40 MiB more at the peak.
 */
export async function* piecesOf(stream: Readable): AsyncGenerator<Uint8Array, void, void> {
  let waiting: Uint8Array[] = [];
  let ending: { readonly error?: Error } | undefined;
  let wake = (): void => {};
  const end = (how: { readonly error?: Error }): void => {
    ending ??= how;
    wake();
  };
  stream.on('data', (piece: Uint8Array) => {
    waiting.push(piece);
    if (waiting.length >= MOST_WAITING) stream.pause();
    wake();
  });
  stream.on('error', (error: Error) => end({ error }));
  stream.on('close', () => end({}));
  stream.on('end', () => end({}));
  try {
    for (;;) {
      const pieces = waiting;
      waiting = [];
      yield* pieces;
      if (waiting.length > 0) continue;
      if (ending !== undefined) break;
      stream.resume();
      await new Promise<void>((resolve) => (wake = resolve));
    }
    if (ending.error !== undefined) throw ending.error;
  } finally {
    stream.destroy();
  }
}
