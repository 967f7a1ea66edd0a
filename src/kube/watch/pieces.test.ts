import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { breathe } from './backoff.ts';
import { describe, expect, it } from 'vitest';
import { piecesOf } from './pieces.ts';

async function textOf(stream: Readable, reading: () => Promise<void> = async () => {}): Promise<string> {
  let text = '';
  for await (const piece of piecesOf(stream)) {
    text += Buffer.from(piece).toString();
    await reading();
  }
  return text;
}

const numbered = (pieces: number): readonly Buffer[] =>
  Array.from({ length: pieces }, (_, at) => Buffer.from(`${at},`));

describe('piecesOf', () => {
  it('gives every piece in order, to quick readers and to slow ones', async () => {
    const whole = numbered(1_000).join('');
    expect(await textOf(Readable.from(numbered(1_000)))).toBe(whole);
    expect(await textOf(Readable.from(numbered(1_000)), async () => await breathe())).toBe(whole);
    expect(await textOf(Readable.from([]))).toBe('');
  });

  it('gives what had arrived before it tells of a break', async () => {
    const stream = new PassThrough();
    stream.write('arrived');
    const seen: string[] = [];
    const reading = (async () => {
      for await (const piece of piecesOf(stream)) {
        seen.push(Buffer.from(piece).toString());
        stream.destroy(new Error('cut'));
      }
    })();
    await expect(reading).rejects.toThrow('cut');
    expect(seen).toEqual(['arrived']);
  });

  it('ends with a stream that is closed without a word', async () => {
    const stream = new PassThrough();
    const reading = textOf(stream);
    stream.destroy();
    expect(await reading).toBe('');
  });

  it('holds the sender back while nobody reads', async () => {
    let sent = 0;
    const stream = new Readable({
      highWaterMark: 16,
      read() {
        sent += 1;
        this.push(Buffer.alloc(1_024));
      },
    });
    for await (const _ of piecesOf(stream)) {
      for (let turn = 0; turn < 1_000; turn += 1) await breathe();
      break;
    }
    expect(sent).toBeLessThan(200);
  });

  it('closes the stream when the reader goes', async () => {
    const stream = new PassThrough();
    stream.write('a');
    const closed = once(stream, 'close');
    for await (const _ of piecesOf(stream)) break;
    await closed;
    expect(stream.destroyed).toBe(true);
  });
});
