import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../../test/support/builders.ts';
import type { SubnetUse } from './subnet-growth.ts';
import { MOST_SUBNETS, SubnetGrowth } from './subnet-growth.ts';

const use = (id: string, freeAddresses: number, more: Partial<SubnetUse> = {}) => ({
  id,
  freeAddresses,
  freeBlocks: undefined,
  heldAddresses: undefined,
  nodes: 0,
  ...more,
});

const reading = (atMs: number, ...subnets: readonly ReturnType<typeof use>[]) => ({ atMs, settingsKey: 'a', subnets });

const freeOf = (growth: SubnetGrowth, id: string) => growth.samplesOf(id).map(({ freeAddresses }) => freeAddresses);

describe('the record of growth', () => {
  it('takes a sample every ten minutes, whatever the pace of the readings', () => {
    const growth = new SubnetGrowth();
    for (let minute = 0; minute <= 30; minute++) growth.note(reading(MONDAY_MS + minute * MINUTE_MS, use('a', minute)));
    expect(freeOf(growth, 'a')).toEqual([0, 10, 20, 30]);
  });

  it('keeps of each hour that is a day old the fullest moment of each subnet', () => {
    const growth = new SubnetGrowth();
    const free = (at: number): readonly ReturnType<typeof use>[] => [use('a', 100 - at), use('b', 100 + at)];
    for (let at = 0; at < 6; at++) growth.note(reading(MONDAY_MS + at * 10 * MINUTE_MS, ...free(at)));
    growth.note(reading(MONDAY_MS + 26 * HOUR_MS, use('a', 50), use('b', 50)));
    expect([freeOf(growth, 'a'), freeOf(growth, 'b')]).toEqual([
      [95, 50],
      [100, 50],
    ]);
  });

  it('knows what was not known', () => {
    const growth = new SubnetGrowth();
    growth.note(reading(MONDAY_MS, use('a', 5)));
    growth.note(reading(MONDAY_MS + HOUR_MS, use('a', 4, { freeBlocks: 0, heldAddresses: 20, nodes: 2 }), use('b', 1)));
    expect(growth.samplesOf('a')).toEqual([
      { atMs: MONDAY_MS, era: 0, freeAddresses: 5, freeBlocks: undefined, heldAddresses: undefined, nodes: 0 },
      { atMs: MONDAY_MS + HOUR_MS, era: 0, freeAddresses: 4, freeBlocks: 0, heldAddresses: 20, nodes: 2 },
    ]);
    expect(freeOf(growth, 'b')).toEqual([1]);
    expect(growth.samplesOf('never')).toEqual([]);
  });

  it('begins an era with each change of settings', () => {
    const growth = new SubnetGrowth();
    for (const [hour, settingsKey] of ['a', 'a', 'b', 'a'].entries())
      growth.note({ ...reading(MONDAY_MS + hour * HOUR_MS, use('s', 1)), settingsKey });
    expect(growth.samplesOf('s').map(({ era }) => era)).toEqual([0, 0, 1, 2]);
  });

  it('stays within its bound in an account without end, and holds a week', () => {
    const growth = new SubnetGrowth();
    for (let atMs = 0; atMs < 9 * DAY_MS; atMs += 10 * MINUTE_MS) {
      // Sixty subnets, the fullest ones others every day.
      const day = Math.floor(atMs / DAY_MS);
      const subnets = Array.from({ length: 60 }, (_, at) => use(`subnet-${at}`, (at + day) % 61));
      growth.note(reading(MONDAY_MS + atMs, ...subnets));
    }
    expect(growth.bytes).toBeLessThanOrEqual(261_000);
    const { samples, subnetIds } = growth.value();
    expect(subnetIds).toHaveLength(MOST_SUBNETS);
    expect((samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)).toBeGreaterThan(7 * DAY_MS - 2 * HOUR_MS);
  });

  it('comes back from its value, through JSON, and goes on', () => {
    const growth = new SubnetGrowth();
    for (let hour = 0; hour < 48; hour++)
      growth.note(reading(MONDAY_MS + hour * HOUR_MS, use('a', hour), use('b', 2 * hour, { heldAddresses: 7 })));
    const back = SubnetGrowth.from(JSON.parse(JSON.stringify(growth.value())));
    for (const record of [growth, back]) record.note(reading(MONDAY_MS + 48 * HOUR_MS, use('b', 1)));
    expect(back.value()).toEqual(growth.value());
    expect(freeOf(back, 'b').slice(-2)).toEqual([94, 1]);
  });
});
