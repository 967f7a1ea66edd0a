import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framed } from '../../../test/support/protobuf.ts';
import { MalformedProtobuf } from './fields.ts';
import { FrameSplitter } from './frames.ts';

function framesOf(chunks: readonly Uint8Array[]): readonly string[] {
  const splitter = new FrameSplitter();
  return chunks.flatMap((chunk) => [...splitter.push(chunk)].map((frame) => frame.toString('hex')));
}

describe('FrameSplitter', () => {
  it('gives the same frames however the bytes are cut, also inside a length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.array(fc.nat(9)), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map((frame) => framed(Buffer.from(frame))));
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const length of cuts) chunks.push(bytes.subarray(from, (from += length)));
        chunks.push(bytes.subarray(from));
        expect(framesOf(chunks)).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('joins a long frame of many chunks in time that grows with its length', () => {
    const bytes = framed(Buffer.alloc(8 * 1_048_576, 'x'));
    const chunks: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += 256) chunks.push(bytes.subarray(from, from + 256));
    const splitter = new FrameSplitter();
    const lengths = chunks.flatMap((chunk) => [...splitter.push(chunk)].map((frame) => frame.length));
    expect(lengths).toEqual([8 * 1_048_576]);
  });

  it('refuses a length that no object has', () => {
    expect(() => framesOf([Buffer.from('HTTP/1.1 500')])).toThrow(MalformedProtobuf);
  });
});
