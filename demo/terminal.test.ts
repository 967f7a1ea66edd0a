import { describe, expect, it } from 'vitest';
import { createTerminal } from './terminal.ts';

const aTerminal = (over: { readonly isTerminal?: boolean; readonly colour?: boolean; readonly columns?: number }) => {
  let text = '';
  const terminal = createTerminal({
    write: (more) => {
      text += more;
    },
    isTerminal: false,
    columns: 60,
    colour: false,
    now: () => 0,
    ...over,
  });
  return { terminal, text: () => text };
};

describe('createTerminal', () => {
  it('writes plain lines that fit where there is no terminal', async () => {
    const { terminal, text } = aTerminal({});
    terminal.heading('A title');
    terminal.paragraph('word '.repeat(30));
    terminal.command(`kubectl ${'argument '.repeat(12)}`);
    terminal.result(false, 'sentence '.repeat(12));
    await terminal.during('Waiting', async (say) => say('for nothing'));
    expect(text()).not.toContain('\x1b');
    expect(
      text()
        .split('\n')
        .filter((line) => line.length > 60),
    ).toEqual([]);
    expect(text()).toContain('\n1. A title\n');
    expect(text()).toContain('   · Waiting: for nothing (0 s)\n');
  });

  it('keeps NO_COLOR on a terminal, where it still redraws the line of what is waited for', async () => {
    const { terminal, text } = aTerminal({ isTerminal: true });
    terminal.command('kubectl get nodes');
    expect(text()).not.toContain('\x1b');
    await terminal.during('Waiting', async () => {});
    expect(text()).toContain('\r\x1b[K');
    expect(text().replaceAll('\x1b[K', '')).not.toContain('\x1b');
  });

  it('says how long it took even when the work fails', async () => {
    const { terminal, text } = aTerminal({});
    await expect(
      terminal.during('Waiting', async () => {
        throw new Error('in vain');
      }),
    ).rejects.toThrow('in vain');
    expect(text()).toContain('Waiting (0 s)');
  });
});
