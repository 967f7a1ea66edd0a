import { describe, expect, it } from 'vitest';
import type { Judged, JudgedLog } from './judgement.ts';
import { bestOf, verdictOf } from './verdict.ts';

function judged(setting: string, idle: number, delayedShare: number): Judged {
  const more = { unavoidableShare: 0, delayedAllShare: delayedShare, calls: 0, mutating: 0, score: idle };
  return { setting, idle, delayedShare, ...more };
}

const byDefault = judged('default', 20, 0);

function verdict(advice: Judged, statics: readonly Judged[], given = byDefault) {
  const row = { allowed: 'eni/prefix' as const, advice, confidence: 'High', statics };
  const log: JudgedLog = { name: 'log', byDefault: given, usual: [], rows: [row], learnSeconds: 0 };
  return verdictOf(log, row);
}

describe('the best static setting', () => {
  it('is the cheapest that keeps the objective', () => {
    expect(bestOf([judged('a', 20, 0), judged('b', 10, 0.0005), judged('c', 1, 0.2)])?.setting).toBe('b');
  });

  it('is the one with the fewest delays where none keeps it', () => {
    expect(bestOf([judged('a', 20, 0.02), judged('b', 10, 0.03)])?.setting).toBe('a');
  });
});

describe('the verdict', () => {
  it('is met within a tenth of the best score', () => {
    expect(verdict(judged('b', 10.9, 0), [judged('a', 10, 0)]).met).toBe(true);
  });

  it('is missed beyond it, and by how much is said', () => {
    expect(verdict(judged('b', 13, 0), [judged('a', 10, 0)])).toEqual({
      met: false,
      within: false,
      sentence: 'score 1.30 of that of a',
    });
  });

  it('is within chance where the real one moves as much by itself', () => {
    expect(verdict(judged('b', 11.2, 0), [judged('a', 10, 0)])).toMatchObject({ met: false, within: true });
    expect(verdict(judged('b', 9, 0.0012), [judged('a', 10, 0)])).toMatchObject({ met: false, within: true });
  });

  it('is missed when pods wait although some setting would have served them', () => {
    const { within, sentence } = verdict(judged('b', 2, 0.004), [judged('a', 10, 0)]);
    expect(within).toBe(false);
    expect(sentence).toBe('0.400 % delayed, and a would have met 0.1 %');
  });

  it('is missed when the default is cheaper and keeps the objective', () => {
    expect(verdict(judged('b', 22, 0), [judged('b', 22, 0)]).sentence).toBe('score 1.10 of that of default');
  });

  it('counts young nodes when asked to', () => {
    const young = { ...judged('b', 5, 0), delayedAllShare: 0.2 };
    const row = { advice: young, statics: [young, judged('a', 10, 0)] };
    const log: JudgedLog = { name: 'log', byDefault, usual: [], rows: [], learnSeconds: 0 };
    expect(verdictOf(log, row).met).toBe(true);
    expect(verdictOf(log, row, 'delayedAllShare').sentence).toContain('20.000 % delayed, and a would have met');
  });

  it('asks for fewer delays than the default where the default breaks the objective', () => {
    const broken = judged('default', 5, 0.03);
    expect(verdict(judged('b', 50, 0.02), [judged('b', 50, 0.02)], broken).met).toBe(true);
    expect(verdict(judged('b', 50, 0.05), [judged('b', 50, 0.05)], broken).met).toBe(false);
  });
});
