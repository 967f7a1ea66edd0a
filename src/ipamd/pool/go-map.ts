/**
 * The order in which Go walks a map. ipamd takes "the first" address, ENI or prefix of a map, so this order decides
 * how pods spread, and it is not uniform: a map of up to eight entries keeps them in eight slots and starts at a
 * random slot, so an entry behind empty slots comes first more often. With two ENIs the older one comes first in
 * 7 walks of 8. Source: internal/runtime/maps of Go 1.24 and later.
 */

const GROUP_SLOTS = 8;

export type GoMap<T> = {
  /** Power of two of at least eight; `undefined` = empty slot. */
  slots: (T | undefined)[];
  size: number;
  readonly random: () => number;
};

/** An empty map. `random` (0..1) stands for the map's hash seed once it has more than eight entries. */
export function emptyGoMap<T>(random: () => number): GoMap<T> {
  return { slots: new Array<T | undefined>(GROUP_SLOTS).fill(undefined), size: 0, random };
}

/** Adds an entry that is not in the map yet. */
export function insert<T>(map: GoMap<T>, entry: T): void {
  if (map.size >= limitOf(map.slots.length)) grow(map);
  place(map, entry);
  map.size++;
}

/** Removes an entry, if it is there. */
export function remove<T>(map: GoMap<T>, entry: T): void {
  const slot = map.slots.indexOf(entry);
  if (slot === -1) return;
  map.slots[slot] = undefined;
  map.size--;
}

/** The entries as one walk sees them, from slot `start` (0..1 of the slots) on. */
export function walk<T>(map: GoMap<T>, start: number): readonly T[] {
  const { slots } = map;
  const offset = Math.floor(start * slots.length);
  const seen: T[] = [];
  for (let step = 0; step < slots.length; step++) {
    const entry = slots[(step + offset) & (slots.length - 1)];
    if (entry !== undefined) seen.push(entry);
  }
  return seen;
}

/** One group holds eight entries; larger tables grow at seven eighths. */
function limitOf(slots: number): number {
  return slots === GROUP_SLOTS ? GROUP_SLOTS : (slots * 7) / 8;
}

function grow<T>(map: GoMap<T>): void {
  const entries = map.slots;
  map.slots = new Array<T | undefined>(entries.length * 2).fill(undefined);
  for (const entry of entries) if (entry !== undefined) place(map, entry);
}

/** The first empty slot of the group the hash names, else of the groups after it. */
function place<T>(map: GoMap<T>, entry: T): void {
  const { slots } = map;
  const groups = slots.length / GROUP_SLOTS;
  let slot = groups === 1 ? 0 : Math.floor(map.random() * groups) * GROUP_SLOTS;
  while (slots[slot] !== undefined) slot = (slot + 1) & (slots.length - 1);
  slots[slot] = entry;
}
