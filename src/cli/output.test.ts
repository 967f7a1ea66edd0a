import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Answer } from './output.ts';
import { render } from './output.ts';

const ANSWER: Answer = {
  value: { held: 20, note: 'a "quoted", b' },
  sections: [
    { kind: 'Paragraph', text: 'Each node holds 20 addresses.' },
    {
      kind: 'Table',
      title: 'Subnets',
      columns: [
        { key: 'id', title: 'Subnet' },
        { key: 'free', title: 'Free' },
        { key: 'note', title: 'Note' },
        { key: 'zone', title: 'Zone', wideOnly: true },
      ],
      rows: [
        { id: 'subnet-a', free: 5, note: 'a "quoted", b | c', zone: 'z1' },
        {
          id: 'subnet-b',
          free: 1200,
          note: 'a sentence that goes on and on until it no longer fits into eighty columns at all',
          zone: undefined,
        },
      ],
    },
  ],
};
const plain = { hasColour: false, width: 80 };

describe('an answer', () => {
  it('fits 80 columns as a table, numbers to the right', () => {
    const text = render(ANSWER, { format: 'table', ...plain });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toContain('subnet-a     5  a "quoted", b | c');
    expect(text).not.toContain('z1');
  });

  it('folds between words and cuts no name while there is a sentence to fold', () => {
    const id = 'subnet-0123456789abcdef0';
    const columns = [
      { key: 'id', title: 'SUBNET' },
      { key: 'says', title: 'SAYS' },
      { key: 'more', title: 'ON THE OTHER SIDE' },
    ];
    const rows = [{ id, says: 'some words that need a line or two', more: 1 }];
    const answer: Answer = { value: {}, sections: [{ kind: 'Table', title: '', columns, rows }] };
    const lines = render(answer, { format: 'table', hasColour: false, width: 42 }).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(42);
    expect(lines[3]).toMatch(new RegExp(`^${id} +some +1$`));
    expect(lines.slice(4, 7).map((line) => line.trim())).toEqual(['words', 'that', 'need a']);
  });

  it('shows every column when wide, with nothing folded', () => {
    const text = render(ANSWER, { format: 'wide', ...plain });
    expect(text).toContain('until it no longer fits into eighty columns at all');
    expect(text).toContain('z1');
  });

  it('has colour only where it is asked for', () => {
    expect(render(ANSWER, { format: 'table', ...plain })).not.toContain('\u001b[');
    expect(render(ANSWER, { format: 'table', hasColour: true, width: 80 })).toContain('\u001b[1mSubnets');
    expect(render(ANSWER, { format: 'json', hasColour: true, width: 80 })).not.toContain('\u001b[');
  });

  it('says the same value as JSON and as YAML', () => {
    expect(JSON.parse(render(ANSWER, { format: 'json', ...plain }))).toEqual(ANSWER.value);
    expect(parse(render(ANSWER, { format: 'yaml', ...plain }))).toEqual(ANSWER.value);
  });

  it('quotes what CSV needs quoted', () => {
    expect(
      render(ANSWER, { format: 'csv', ...plain })
        .split('\n')
        .slice(0, 2),
    ).toEqual(['id,free,note,zone', 'subnet-a,5,"a ""quoted"", b | c",z1']);
  });

  it('escapes what would end a cell in Markdown', () => {
    expect(render(ANSWER, { format: 'markdown', ...plain })).toContain('| subnet-a | 5 | a "quoted", b \\| c | z1 |');
  });
});
