import { describe, expect, it } from 'vitest';
import { atoi, parseBool } from './go-values.ts';

describe('an integer as Go reads it', () => {
  it.each([
    ['0', 0],
    ['12', 12],
    ['+5', 5],
    ['-5', -5],
    ['007', 7],
    ['-0', 0],
    ['+0', 0],
    ['9223372036854775807', 2 ** 63],
    ['-9223372036854775808', -(2 ** 63)],
  ])('%s is %d', (text, value) => {
    expect(atoi(text)).toBe(value);
  });

  it.each(['', ' 1', '1 ', '1.0', '1e3', '0x10', '1_000', '+', '-', '--1', '+-1', '5a', 'a5', '1\n2'])(
    '"%s" is none',
    (text) => {
      expect(atoi(text)).toBeUndefined();
    },
  );

  it.each(['9223372036854775808', '+9223372036854775808', '-9223372036854775809'])('%s does not fit', (text) => {
    expect(atoi(text)).toBeUndefined();
  });
});

describe('a boolean as Go reads it', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('%s is true', (text) => {
    expect(parseBool(text)).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('%s is false', (text) => {
    expect(parseBool(text)).toBe(false);
  });

  it.each(['', 'yes', 'no', 'on', 'tRUE', ' true', '2'])('"%s" is neither', (text) => {
    expect(parseBool(text)).toBeUndefined();
  });
});
