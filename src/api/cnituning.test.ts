import { describe, expect, it } from 'vitest';
import { DEFAULT_SPEC, parseTuning } from './cnituning.ts';
import { parseDurationMs, parsePercent } from './quantities.ts';

describe('parseTuning', () => {
  it('fills every default of an empty spec', () => {
    expect(parseTuning({ spec: {} })).toEqual({ kind: 'Parsed', spec: DEFAULT_SPEC });
  });

  it('takes exactly the settings that are listed', () => {
    const parsed = parseTuning({ spec: { settings: { warmENI: { min: 1, max: 2 } } } });
    expect(parsed).toMatchObject({ kind: 'Parsed', spec: { settings: { warmENI: { min: 1, max: 2 } } } });
    expect(parsed).not.toHaveProperty('spec.settings.warmPrefix');
  });

  it.each([[''], [undefined]])('reads a window with the time zone %j as one in UTC', (timeZone) => {
    const window = { schedule: '0 2 * * *', duration: '1h30m', ...(timeZone === undefined ? {} : { timeZone }) };
    expect(parseTuning({ spec: { changes: { windows: [window] } } })).toMatchObject({
      spec: { changes: { windows: [{ schedule: '0 2 * * *', durationMs: 5_400_000, timeZone: 'UTC' }] } },
    });
  });

  it.each([
    [{ mode: 'Auto' }, '`spec.mode` is "Auto"; it must be Recommend or Apply.'],
    [{ suspend: 'yes' }, '`spec.suspend` is "yes"; it must be true or false.'],
    [
      { settings: { warmENI: { min: 1 } } },
      '`spec.settings.warmENI.max` is missing; it must be a whole number of at least 0.',
    ],
    [
      { objectives: { delayedPods: 0.1 } },
      '`spec.objectives.delayedPods` is 0.1; it must be a percentage such as 0.1%.',
    ],
    [{ history: { window: '7d' } }, '`spec.history.window` is "7d"; it must be a duration such as 90m or 1h30m.'],
    [{ changes: { windows: {} } }, '`spec.changes.windows` is {}; it must be a list.'],
    [
      { changes: { windows: [{ schedule: '0 2 * * *' }] } },
      '`spec.changes.windows[0].duration` is null; it must be a duration such as 90m or 1h30m.',
    ],
    [{ ownership: { takeOverFrom: 'eks' } }, '`spec.ownership.takeOverFrom` is "eks"; it must be a list of strings.'],
  ])('refuses %j in one sentence', (spec, sentence) => {
    expect(parseTuning({ spec })).toEqual({ kind: 'Refused', sentence });
  });
});

describe('quantities', () => {
  it.each([
    ['1h30m', 5_400_000],
    ['90m', 5_400_000],
    ['0.5s', 500],
    ['168h', 604_800_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '1d', '-1h', '1h ', '1h1m1s1ms1h'])('reads no duration in "%s"', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it.each([
    ['0.07%', 0.0007],
    ['100%', 1],
    ['0%', 0],
  ])('reads %s as a share of %d', (text, share) => {
    expect(parsePercent(text)).toBe(share);
  });

  it.each(['101%', '0.001%', '5', '%'])('reads no percentage in "%s"', (text) => {
    expect(parsePercent(text)).toBeUndefined();
  });
});
