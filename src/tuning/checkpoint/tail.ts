/** What came since: the difference between what the stored parts say and a picture. */
import type { DemandPicture } from '../demand/demand-picture.ts';
import type { SettledStretch, WeightedStretch } from '../demand/settled-sample.ts';
import { representsAbove } from '../demand/settled-sample.ts';
import type { PartEntry } from './part.ts';
import { isStorable } from './part.ts';

type OpenStretch = { readonly number: number; readonly events: number; readonly startingPods: number };

/** What a reader of the stored parts would know. */
export type Stored = {
  readonly generation: number;
  readonly index: number;
  readonly checksum: number;
  readonly baseTakenAtMs: number;
  /** How many open stretches there were so far: the number of the next. */
  readonly numbers: number;
  readonly open: ReadonlyMap<string, OpenStretch>;
  /** Ids that ended after the base, and those that the base had no room for: not to be told again. */
  readonly told: ReadonlySet<string>;
};

export type Tail = {
  readonly entries: readonly PartEntry[];
  readonly after: Pick<Stored, 'numbers' | 'open' | 'told'>;
};

export function tailOf(picture: DemandPicture, before: Stored): Tail {
  const difference = new Difference(before);
  for (const { shapeKey, log2Threshold, settled, open } of picture.shapes) {
    for (const kept of open) difference.see({ shapeKey, kept, isOpen: true, represents: kept.stretch.represents });
    for (const kept of settled) {
      if (!difference.isNews(kept.stretch)) continue;
      difference.see({ shapeKey, kept, isOpen: false, represents: representsAbove(log2Threshold, kept) });
    }
  }
  return difference.finish();
}

type Seen = {
  readonly shapeKey: string;
  readonly kept: WeightedStretch;
  readonly isOpen: boolean;
  readonly represents: number;
};

class Difference {
  readonly #before: Stored;
  readonly #entries: PartEntry[] = [];
  readonly #open = new Map<string, OpenStretch>();
  readonly #told: Set<string>;
  readonly #met = new Set<string>();
  #numbers: number;

  constructor(before: Stored) {
    this.#before = before;
    this.#told = new Set(before.told);
    this.#numbers = before.numbers;
  }

  /** A settled stretch that the stored parts do not show as ended. */
  isNews({ id, untilMs }: SettledStretch): boolean {
    return this.#before.open.has(id) || (untilMs > this.#before.baseTakenAtMs && !this.#before.told.has(id));
  }

  see(seen: Seen): void {
    const { stretch } = seen.kept;
    const known = this.#before.open.get(stretch.id);
    if (known === undefined) {
      if (!this.#told.has(stretch.id) && isStorable(stretch)) this.#tell(seen);
      return;
    }
    this.#met.add(stretch.id);
    if (goesOn(known, stretch)) this.#goOn(known, seen);
    else {
      this.#entries.push({ kind: 'Gone', open: known.number });
      this.#tell(seen);
    }
  }

  finish(): Tail {
    for (const [id, { number }] of this.#before.open) {
      if (!this.#met.has(id)) this.#entries.push({ kind: 'Gone', open: number });
    }
    return { entries: this.#entries, after: { numbers: this.#numbers, open: this.#open, told: this.#told } };
  }

  #tell({ shapeKey, kept: { stretch }, isOpen, represents }: Seen): void {
    this.#entries.push({ kind: 'New', shapeKey, stretch, represents, isOpen });
    if (isOpen) this.#open.set(stretch.id, openStretch(this.#numbers++, stretch));
    else this.#told.add(stretch.id);
  }

  #goOn(known: OpenStretch, { kept: { stretch }, isOpen }: Seen): void {
    const isMore = stretch.events.length / 3 > known.events;
    if (isMore || !isOpen) {
      this.#entries.push({ kind: 'More', open: known.number, stretch, first: known.events, isOpen });
    }
    if (isOpen) this.#open.set(stretch.id, openStretch(known.number, stretch));
    else this.#told.add(stretch.id);
  }
}

export function openStretch(number: number, { events, startingPods }: SettledStretch): OpenStretch {
  return { number, events: events.length / 3, startingPods: startingPods.length };
}

/** False when its beginning is another one now: pods found late, or events after the moment where the watch broke. */
function goesOn(known: OpenStretch, { events, startingPods }: SettledStretch): boolean {
  return startingPods.length === known.startingPods && events.length / 3 >= known.events;
}
