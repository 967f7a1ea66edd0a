import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from './lines.ts';

function linesOf(chunks: readonly Uint8Array[]): readonly string[] {
  const splitter = new LineSplitter();
  return chunks.flatMap((chunk) => [...splitter.push(chunk)]);
}

it('gives the same lines however the bytes are cut, also inside a character', () => {
  const line = fc
    .string({ unit: 'binary', minLength: 1 })
    .filter((text) => !text.includes('\n') && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const chunks: Uint8Array[] = [];
      let from = 0;
      for (const length of cuts) chunks.push(bytes.subarray(from, (from += length)));
      chunks.push(bytes.subarray(from));
      expect(linesOf(chunks)).toEqual(lines);
    }),
    { seed: 1, numRuns: 40 },
  );
});
