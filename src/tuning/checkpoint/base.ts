/**
 * What of a picture goes into a base: of each shape the stretches of highest priority, as in the sample they come
 * from, so that sums stay unbiased; and of all shapes equally many bytes, so that no large one crowds a small one out.
 */
import type { DemandPicture, ShapePicture } from '../demand/demand-picture.ts';
import type { WeightedStretch } from '../demand/settled-sample.ts';
import { representsAbove } from '../demand/settled-sample.ts';
import type { PartEntry, PartHead } from './part.ts';
import { isStorable } from './part.ts';
import { mostBytesOf, PartWriter } from './part-writer.ts';

type NewEntry = Extract<PartEntry, { kind: 'New' }>;
type Waiting = { readonly kept: WeightedStretch; readonly isOpen: boolean };

class ShapeQueue {
  readonly shapeKey: string;
  readonly taken: Waiting[] = [];
  usedBytes = 0;
  readonly #waiting: readonly Waiting[];
  readonly #settledThreshold: number;
  #isClosed = false;

  constructor({ shapeKey, log2Threshold, settled, open }: ShapePicture) {
    this.shapeKey = shapeKey;
    this.#settledThreshold = log2Threshold;
    this.#waiting = [
      ...open.map((kept) => ({ kept, isOpen: true })),
      ...settled.map((kept) => ({ kept, isOpen: false })),
    ]
      .filter(({ kept }) => isStorable(kept.stretch))
      .toSorted((a, b) => b.kept.log2Priority - a.kept.log2Priority);
  }

  next(): Waiting | undefined {
    return this.#isClosed ? undefined : this.#waiting[this.taken.length];
  }

  close(): void {
    this.#isClosed = true;
  }

  leftOut(): readonly Waiting[] {
    return this.#waiting.slice(this.taken.length);
  }

  entry({ kept, isOpen }: Waiting): NewEntry {
    const cut = this.#waiting[this.taken.length]?.kept.log2Priority ?? -Infinity;
    // Open stretches were never drawn from a sample before.
    const threshold = isOpen ? cut : Math.max(cut, this.#settledThreshold);
    const represents = representsAbove(threshold, kept);
    return { kind: 'New', shapeKey: this.shapeKey, stretch: kept.stretch, represents, isOpen };
  }
}

export type Base = {
  readonly entries: readonly NewEntry[];
  /** Ids of open stretches for which there was no room. */
  readonly openLeftOut: ReadonlySet<string>;
};

export function baseOf(picture: DemandPicture, head: PartHead, mostBytes: number): Base {
  const queues = picture.shapes.map((shape) => new ShapeQueue(shape));
  const trial = new PartWriter(head);
  const roomBytes = mostBytes - trial.finish().bytes.length;
  for (let queue = neediest(queues); queue !== undefined; queue = neediest(queues)) {
    const waiting = queue.next();
    if (waiting === undefined || trial.bytes + mostBytesOf(waiting.kept.stretch) > roomBytes) {
      queue.close();
      continue;
    }
    const before = trial.bytes;
    // The share is known only at the end; this one takes as many bytes as any.
    trial.add({ ...queue.entry(waiting), represents: 1 / 3 });
    queue.usedBytes += trial.bytes - before;
    queue.taken.push(waiting);
  }
  return {
    entries: queues.flatMap((queue) => queue.taken.map((waiting) => queue.entry(waiting))),
    openLeftOut: new Set(
      queues.flatMap((queue) => queue.leftOut().flatMap(({ kept, isOpen }) => (isOpen ? [kept.stretch.id] : []))),
    ),
  };
}

/** The one with the fewest bytes among those that still have something to give. */
function neediest(queues: readonly ShapeQueue[]): ShapeQueue | undefined {
  return queues.reduce<ShapeQueue | undefined>((least, queue) => {
    if (queue.next() === undefined) return least;
    return least === undefined || queue.usedBytes < least.usedBytes ? queue : least;
  }, undefined);
}
