import { describe, expect, it } from 'vitest';
import { LineSplitter } from './lines.ts';

function linesOf(chunks: readonly Uint8Array[]): readonly string[] {
  const splitter = new LineSplitter();
  return chunks.flatMap((chunk) => [...splitter.push(chunk)]);
}

describe('LineSplitter', () => {
  it('keeps back what is no whole line yet', () => {
    expect(linesOf([Buffer.from('whole\nhal'), Buffer.from('f')])).toEqual(['whole']);
  });

  it('leaves out empty lines', () => {
    expect(linesOf([Buffer.from('\n\na\n\n')])).toEqual(['a']);
  });

  it('joins a long line of many chunks in time that grows with its length', () => {
    const chunk = Buffer.alloc(1_024, 'x');
    const chunks = Array.from({ length: 20_000 }, () => chunk);
    const [line] = linesOf([...chunks, Buffer.from('\n')]);
    expect(line).toHaveLength(20_000 * 1_024);
  });
});
