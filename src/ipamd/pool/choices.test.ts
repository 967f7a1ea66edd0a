import { describe, expect, it } from 'vitest';
import { anIpamd, storeAt } from '../../../test/support/an-ipamd.ts';
import { seededRandom } from '../random.ts';
import type { Choices } from './choices.ts';
import { seededChoices } from './choices.ts';
import type { DataStore } from './datastore.ts';

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
