import { describe, expect, it } from 'vitest';
import { duration, foldedTable, grouped, percent, renderTable, wrapped } from './table.ts';

describe('renderTable', () => {
  it('lines up words to the left and numbers to the right', () => {
    const lines = renderTable(
      [
        { title: 'subnet', align: 'left' },
        { title: 'free', align: 'right' },
      ],
      [
        ['a', '7'],
        ['subnet-0002', '1,024'],
      ],
    );
    expect(lines).toEqual(['subnet        free', '───────────  ─────', 'a                7', 'subnet-0002  1,024']);
  });
});

describe('figures', () => {
  it('read well', () => {
    expect(grouped(1440)).toBe('1,440');
    expect(percent(0.0604)).toBe('6.0 %');
    expect(duration(9_400)).toBe('9 s');
    expect(duration(64_000)).toBe('1 min 04 s');
  });
});

describe('wrapped', () => {
  it('breaks between words and keeps a long word whole', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('a kubernetes b', 5)).toEqual(['a', 'kubernetes', 'b']);
    expect(wrapped('', 5)).toEqual([]);
  });
});

describe('foldedTable', () => {
  const printed = ['NAME    LAST SEEN   MESSAGE', 'first   2m          one two three four', 'other   10s         five'];

  it('leaves a table alone that fits', () => {
    expect(foldedTable(printed, 60)).toEqual(printed);
  });

  it('puts columns that do not fit under their row', () => {
    expect(foldedTable(printed, 20)).toEqual([
      'NAME    LAST SEEN',
      '    MESSAGE',
      'first   2m',
      '    one two three',
      '    four',
      'other   10s',
      '    five',
    ]);
  });
});
