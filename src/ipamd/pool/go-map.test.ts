import { describe, expect, it } from 'vitest';
import { emptyGoMap, insert, remove, walk } from './go-map.ts';
import type { GoMap } from './go-map.ts';

/** Entries 0, 1, 2, … put in that order; `random` says which group each goes to once there are two. */
function aMap(size: number, random: () => number = () => 0): GoMap<number> {
  const map = emptyGoMap<number>(random);
  for (let entry = 0; entry < size; entry++) insert(map, entry);
  return map;
}

const sorted = (entries: readonly number[]): readonly number[] => entries.toSorted((a, b) => a - b);
const counted = (size: number): readonly number[] => Array.from({ length: size }, (_, entry) => entry);

describe('a walk of up to eight entries', () => {
  it('starts at any of eight slots and comes round: the older of two is first in seven of eight', () => {
    const map = aMap(2);
    const firsts = counted(8).map((slot) => walk(map, slot / 8)[0]);
    expect(firsts).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(walk(map, 0.2)).toEqual([1, 0]);
  });

  it('is in the order of coming, whatever chance says', () => {
    expect(
      walk(
        aMap(8, () => 0.99),
        0,
      ),
    ).toEqual(counted(8));
  });

  it('skips what was removed, and its place goes to the next that comes', () => {
    const map = aMap(3);
    remove(map, 1);
    expect(walk(map, 0)).toEqual([0, 2]);
    insert(map, 3);
    expect(walk(map, 0)).toEqual([0, 3, 2]);
  });

  it('of none is empty', () => {
    expect(walk(aMap(0), 0.5)).toEqual([]);
  });
});

describe('a map', () => {
  it('is left alone by the removal of what it does not have', () => {
    const map = aMap(2);
    remove(map, 7);
    expect([map.size, walk(map, 0)]).toEqual([2, [0, 1]]);
  });

  it('has one group for eight entries, and doubles with the ninth and at seven eighths', () => {
    expect([8, 9, 14, 15, 28, 29].map((size) => aMap(size).slots.length)).toEqual([8, 16, 16, 32, 32, 64]);
  });

  it('that has had removals doubles no sooner', () => {
    const map = aMap(8);
    remove(map, 0);
    insert(map, 8);
    expect([map.slots.length, map.size]).toEqual([8, 8]);
  });

  it('of more than eight goes to the group that chance names, and on to the next when that is full', () => {
    const map = aMap(8);
    const groups = [0, 0.5];
    let drawn = 0;
    const random = () => groups[drawn++ % 2] ?? 0;
    const spread = aMap(9, random);
    expect(spread.slots.slice(0, 5)).toEqual([0, 2, 4, 6, 8]);
    expect(spread.slots.slice(8, 12)).toEqual([1, 3, 5, 7]);
    insert(map, 8);
    expect(map.slots[8]).toBe(8);
    const last = aMap(10, () => 0.99);
    expect([last.slots[15], last.slots[0], last.slots[1]]).toEqual([7, 8, 9]);
  });

  it('draws chance for each entry that is put in one of several groups, when it grows again too', () => {
    let drawn = 0;
    const random = () => {
      drawn++;
      return 0;
    };
    const draws = [8, 9, 15].map((size) => {
      drawn = 0;
      aMap(size, random);
      return drawn;
    });
    // Nine: the eight that were there, and the new one. Fifteen: five more, and then the fourteen again, and one.
    expect(draws).toEqual([0, 9, 9 + 5 + 14 + 1]);
  });

  it.each([9, 20, 100])('of %i entries shows each once, from any start', (size) => {
    let draw = 0;
    const map = aMap(size, () => (draw++ % 7) / 7);
    for (const start of [0, 0.3, 0.999]) expect(sorted(walk(map, start))).toEqual(counted(size));
  });
});
