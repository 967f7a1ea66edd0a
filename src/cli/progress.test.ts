import { describe, expect, it } from 'vitest';
import { progressOn } from './progress.ts';

function screen(isTerminal: boolean) {
  let nowMs = 0;
  const drawn: string[] = [];
  const progress = progressOn({ isTerminal, nowMs: () => nowMs, write: (text) => drawn.push(text) })('Replaying');
  return { progress, drawn, pass: (ms: number) => (nowMs += ms) };
}

describe('a progress bar', () => {
  it('stays away for two seconds, then shows how far it is, then is wiped', () => {
    const { progress, drawn, pass } = screen(true);
    pass(1_999);
    progress.at(1, 4);
    expect(drawn).toEqual([]);
    pass(1);
    progress.at(2, 4);
    progress.at(3, 4);
    expect(drawn).toEqual(['\r\u001b[KReplaying [############............] 50 %']);
    progress.end();
    expect(drawn.at(-1)).toBe('\r\u001b[K');
  });

  it('writes nothing where there is no terminal', () => {
    const { progress, drawn, pass } = screen(false);
    pass(5_000);
    progress.at(1, 2);
    progress.end();
    expect(drawn).toEqual([]);
  });
});
