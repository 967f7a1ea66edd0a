import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, storeAt } from '../../../test/support/an-ipamd.ts';
import type { ENIWanted } from '../../../test/support/an-ipamd.ts';
import { seededRandom } from '../random.ts';
import { seededChoices } from './choices.ts';
import type { Choices } from './choices.ts';
import type { DataStore } from './datastore.ts';
import { assignAddress, freeableCidrs } from './pod-addresses.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };

/** Chance that comes out as told, the last value again and again. */
function chance(...values: readonly number[]): () => number {
  let drawn = 0;
  return () => {
    const value = values[Math.min(drawn, values.length - 1)] ?? 0;
    drawn++;
    return value;
  };
}

function aPool(enis: readonly ENIWanted[], env: Readonly<Record<string, string>> = {}) {
  const ipamd = anIpamd({ enis, env });
  return { ipamd, store: storeAt(ipamd) };
}

/** The ENI and the place in it of the address that a pod gets. */
function given(choices: Choices, { store }: ReturnType<typeof aPool>, nowMs = 0): string | undefined {
  const found = choices.podAddress(store, 'pod', nowMs);
  if (found === undefined) return undefined;
  const { eni } = found.cidr;
  return `${eni.id} ${[...eni.byKey.values()].indexOf(found.cidr)}/${found.slot}`;
}

describe('the address of a pod', () => {
  const two: readonly ENIWanted[] = [
    { id: 'eni-1', addresses: 3 },
    { id: 'eni-2', addresses: 2 },
  ];

  it('is found by a walk over ENIs and one over the addresses of each, both from random slots', () => {
    const pool = aPool(two);
    expect(given(seededChoices(chance(0, 0)), pool)).toBe('eni-1 0/0');
    expect(given(seededChoices(chance(0, 2 / 8)), pool)).toBe('eni-1 2/0');
    expect(given(seededChoices(chance(1 / 8, 1 / 8)), pool)).toBe('eni-2 1/0');
    expect(given(seededChoices(chance(7 / 8, 7 / 8)), pool)).toBe('eni-1 0/0');
  });

  it('is looked for on the next ENI when one has none left', () => {
    const pool = aPool(two);
    for (const cidr of eniAt(pool.ipamd, 'eni-1').byKey.values()) assignAddress(pool.store, cidr, 0, cidr.first, 0);
    expect(given(seededChoices(chance(0)), pool)).toBe('eni-2 0/0');
  });

  it('is never on an excluded ENI, nor of the other kind', () => {
    const excluded = aPool([
      { id: 'eni-1', addresses: 2, isExcluded: true },
      { id: 'eni-2', addresses: 1, prefixes: 1 },
    ]);
    expect(given(seededChoices(chance(0)), excluded)).toBe('eni-2 0/0');
    expect(given(seededChoices(chance(0, 1 / 8)), excluded)).toBe('eni-2 0/0');
    const prefixed = aPool([{ id: 'eni-1', addresses: 1, prefixes: 1 }], PREFIXES);
    expect(given(seededChoices(chance(0)), prefixed)).toBe('eni-1 1/0');
  });

  it('is none when all are taken, cool, or are excluded', () => {
    expect(given(seededChoices(chance(0)), aPool([{ id: 'eni-1' }]))).toBeUndefined();
    expect(given(seededChoices(chance(0)), aPool([{ id: 'eni-1', addresses: 1, isExcluded: true }]))).toBeUndefined();
    const cooling = aPool([{ id: 'eni-1', addresses: 1 }]);
    const [cidr] = eniAt(cooling.ipamd, 'eni-1').byKey.values();
    if (cidr === undefined) throw new Error('eni-1 has an address');
    cidr.records[0] = 1000;
    expect(given(seededChoices(chance(0)), cooling, 31_000)).toBeUndefined();
    expect(given(seededChoices(chance(0)), cooling, 31_001)).toBe('eni-1 0/0');
  });

  it('draws chance for the walk of the ENIs and for each ENI that is looked at', () => {
    const pool = aPool(two);
    for (const eni of pool.store.enis) for (const cidr of eni.byKey.values()) cidr.records[0] = 0;
    let drawn = 0;
    const choices = seededChoices(() => {
      drawn++;
      return 0;
    });
    expect([given(choices, pool), drawn]).toEqual([undefined, 3]);
  });

  it('draws no chance from a pool that has none', () => {
    const pool = aPool([{ id: 'eni-1', addresses: 1 }]);
    for (const cidr of eniAt(pool.ipamd, 'eni-1').byKey.values()) assignAddress(pool.store, cidr, 0, 'other', 0);
    const choices = seededChoices(() => {
      throw new Error('no chance is drawn');
    });
    expect(given(choices, pool)).toBeUndefined();
  });
});

const DRAWS = 20_000;

/** How often the older of two interfaces comes first. */
function olderFirst(walk: (choices: Choices, store: DataStore) => readonly { readonly id: string }[]): number {
  const store = storeAt(anIpamd({ enis: [{ id: 'eni-1', isPrimary: true }, { id: 'eni-2' }] }));
  const choices = seededChoices(seededRandom(1));
  let first = 0;
  for (let draw = 0; draw < DRAWS; draw++) if (walk(choices, store)[0]?.id === 'eni-1') first++;
  return first / DRAWS;
}

describe('the order in which two interfaces are visited', () => {
  it('begins with the older one in seven walks of eight, where the map itself is walked', () => {
    expect(olderFirst((choices, store) => choices.walkENIs(store))).toBeCloseTo(7 / 8, 2);
  });

  it('begins with it in 50 of 64 where a copy is walked, whose order is drawn twice', () => {
    expect(olderFirst((choices, store) => choices.walkENIInfos(store))).toBeCloseTo(50 / 64, 2);
  });
});

describe('the order of ENIs', () => {
  const three: readonly ENIWanted[] = [{ id: 'eni-1' }, { id: 'eni-2' }, { id: 'eni-3' }];

  it('is a walk from a random slot, and the copy of it walked from another', () => {
    const { store } = aPool(three);
    const order = (start: number) =>
      seededChoices(chance(start))
        .walkENIs(store)
        .map((eni) => eni.id);
    expect(order(0)).toEqual(['eni-1', 'eni-2', 'eni-3']);
    expect(order(1 / 8)).toEqual(['eni-2', 'eni-3', 'eni-1']);
    const copied = seededChoices(chance(1 / 8, 2 / 8)).walkENIInfos(store);
    expect(copied.map((eni) => eni.id)).toEqual(['eni-1', 'eni-2', 'eni-3']);
  });

  it('of a map just built is one of its ids in their order', () => {
    const choices = seededChoices(chance(2 / 8));
    expect(choices.orderIds(['a', 'b', 'c'])).toEqual(['c', 'a', 'b']);
  });

  it('is kept where they are visited one after another, as far as there are any', () => {
    const choices = seededChoices(chance(0.9));
    expect([choices.next('grow', ['a', 'b']), choices.next('grow', [])]).toEqual([0, -1]);
  });

  it('decides which ENI goes: the first that may', () => {
    const { store } = aPool(three);
    const freed = (start: number, ...ids: readonly string[]) =>
      seededChoices(chance(start)).deletableENI(store, (eni) => ids.includes(eni.id))?.id;
    expect(freed(0, 'eni-2', 'eni-3')).toBe('eni-2');
    expect(freed(2 / 8, 'eni-2', 'eni-3')).toBe('eni-3');
    expect(freed(3 / 8, 'eni-1', 'eni-3')).toBe('eni-1');
    expect(freed(0)).toBeUndefined();
  });
});

describe('which addresses go', () => {
  it('is a walk of the map of their ENI from a random slot, as many as are asked for', () => {
    const { ipamd, store } = aPool([{ id: 'eni-1', addresses: 4 }]);
    const eni = eniAt(ipamd, 'eni-1');
    const [, second] = [...eni.byKey.values()];
    if (second === undefined) throw new Error('eni-1 has two addresses');
    assignAddress(store, second, 0, 'pod', 0);
    const all = freeableCidrs(eni, 'any');
    const gone = (start: number, count: number) =>
      seededChoices(chance(start))
        .freeable(all, count)
        .map((cidr) => cidr.first - second.first);
    expect(gone(0, 2)).toEqual([-1, 1]);
    // The pod's slot is passed over, and behind the last slot the walk comes round.
    expect(gone(1 / 8, 2)).toEqual([1, 2]);
    expect(gone(3 / 8, 2)).toEqual([2, -1]);
    expect(gone(7 / 8, 3)).toEqual([-1, 1, 2]);
  });

  it('is the one there is, or none', () => {
    const { ipamd } = aPool([{ id: 'eni-1', addresses: 1 }]);
    const [only] = freeableCidrs(eniAt(ipamd, 'eni-1'), 'any');
    if (only === undefined) throw new Error('eni-1 has an address');
    const choices = seededChoices(chance(0.9));
    expect(choices.freeable([only], 1)).toEqual([only]);
    expect(choices.freeable([], 1)).toEqual([]);
  });
});

it('a pause is longer by up to the most it may be, evenly', () => {
  const asked = { pause: 'tag', tried: 1, nominalMs: 500, mostMs: 150 } as const;
  expect([0, 0.5].map((value) => seededChoices(chance(value)).jitterMs(asked))).toEqual([0, 75]);
});
