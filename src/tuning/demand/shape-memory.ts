/** What is remembered of one node shape: the nodes watched now, with which probability, and the finished stretches. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { OpenLife } from './open-life.ts';
import { SettledSample } from './settled-sample.ts';

/** A node's creation time and our own clock may differ; a raised probability counts only for clearly newer nodes. */
const CLOCK_SKEW_MS = 60_000;

/** Nodes created at or after `createdFromMs` (up to the next entry) are watched with this probability. */
type Threshold = { readonly createdFromMs: number; readonly probability: number };

export class ShapeMemory {
  readonly shape: NodeShape;
  readonly lives = new Set<OpenLife>();
  readonly sample: SettledSample;
  readonly #mostNodes: number;
  #thresholds: readonly Threshold[] = [{ createdFromMs: -Infinity, probability: 1 }];

  constructor(shape: NodeShape, bounds: { readonly watchedNodesPerShape: number; readonly stretchesPerShape: number }) {
    this.shape = shape;
    this.#mostNodes = bounds.watchedNodesPerShape;
    this.sample = new SettledSample(bounds.stretchesPerShape);
  }

  /** The pods of a node that was passed over are not known, so its probability never rises again. */
  probabilityFor(createdAtMs: number): number {
    return this.#thresholds.findLast(({ createdFromMs }) => createdFromMs <= createdAtMs)?.probability ?? 1;
  }

  /** Watches one more node. Returns the nodes that are no longer watched because there were too many. */
  watch(life: OpenLife): readonly OpenLife[] {
    this.lives.add(life);
    const dropped: OpenLife[] = [];
    while (this.lives.size > this.#mostNodes) dropped.push(...this.#halve());
    return dropped;
  }

  /** With few nodes left, newer nodes are watched twice as often: 256 allowed, 60 left at 1/8 → 1/4 from now on. */
  unwatch(life: OpenLife, atMs: number): void {
    this.lives.delete(life);
    const probability = this.#thresholds.at(-1)?.probability ?? 1;
    if (probability >= 1 || this.lives.size >= this.#mostNodes / 4) return;
    const createdFromMs = atMs + CLOCK_SKEW_MS;
    if ((this.#thresholds.at(-1)?.createdFromMs ?? 0) > atMs) return;
    // The oldest entries merge into the lower probability of the two, so that the list stays short.
    const [first, second, ...later] = this.#thresholds;
    const kept =
      this.#thresholds.length < 8 || first === undefined || second === undefined
        ? this.#thresholds
        : [{ ...first, probability: Math.min(first.probability, second.probability) }, ...later];
    this.#thresholds = [...kept, { createdFromMs, probability: Math.min(1, probability * 2) }];
  }

  /** Half of the highest probability from now on; nodes above their new probability are dropped. */
  #halve(): readonly OpenLife[] {
    const highest = Math.max(...this.#thresholds.map(({ probability }) => probability));
    this.#thresholds = this.#thresholds.map((entry) => ({
      ...entry,
      probability: Math.min(entry.probability, highest / 2),
    }));
    const dropped = [...this.lives].filter((life) => life.chance >= highest / 2);
    for (const life of dropped) this.lives.delete(life);
    for (const life of this.lives) life.represents = Math.max(life.represents, 2 / highest);
    return dropped;
  }
}
