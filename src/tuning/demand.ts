/**
 * The memory of demand: what each node's pool was asked for. Fed by the watches one change at a time, in O(1) each (six
 * hours of a node's life are filed in O(log k)); asked for a weighted sample of stretches of node-lives.
 *
 * Bounded whatever the cluster's size: of each node shape at most WATCHED_NODES_PER_SHAPE nodes are watched (chosen by
 * a hash of their uid, each standing for 1 / probability nodes), at most STRETCHES_PER_SHAPE finished stretches are
 * kept, at most MOST_SHAPES shapes, and all finished stretches together take at most MOST_BYTES.
 *   50 nodes of two types: every node is watched, all of a week is kept down to about one stretch in two.
 *   5,000 nodes of one type: one node in 32 is watched (about 156), and the newest day is kept in full.
 */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { DemandChange } from './demand-change.ts';
import type { DemandPicture, RestoredDemand, ShapePicture } from './demand/demand-picture.ts';
import { matchesSelector, partsOfShapeKey, shapeKeyOf, shapeOf } from './demand/node-shape.ts';
import { endedBy, OpenLife } from './demand/open-life.ts';
import type { SettledStretch } from './demand/settled-sample.ts';
import { weighed } from './demand/settled-sample.ts';
import { unitHash } from './demand/unit-hash.ts';
import { ShapeMemory } from './demand/shape-memory.ts';
import { WatchedTime } from './demand/watched-time.ts';
import type { LifeSegment } from './evaluation.ts';
import type { RecalledDemand, RecallQuery } from './recall.ts';
import type { NodeView } from './snapshot.ts';

/** 4,096 stretches of up to six hours are 1,024 node-days a shape. */
const STRETCHES_PER_SHAPE = 4_096;
const WATCHED_NODES_PER_SHAPE = 256;
/** The most types EKS users were seen to mix in one cluster are about fifty. */
const MOST_SHAPES = 64;
/** All finished stretches together, as bytesOf counts them; 2 million remembered pod events. */
const MOST_BYTES = 48 * 1_048_576;
const MOST_UNKNOWN_TYPES = 20;

export type DemandBounds = {
  readonly stretchesPerShape: number;
  readonly watchedNodesPerShape: number;
  readonly shapes: number;
  readonly bytes: number;
};

export const DEMAND_BOUNDS: DemandBounds = {
  stretchesPerShape: STRETCHES_PER_SHAPE,
  watchedNodesPerShape: WATCHED_NODES_PER_SHAPE,
  shapes: MOST_SHAPES,
  bytes: MOST_BYTES,
};

export class DemandHistory {
  readonly #bounds: DemandBounds;
  readonly #seed: number;
  readonly #shapes = new Map<string, ShapeMemory>();
  readonly #lives = new Map<string, OpenLife>();
  readonly #unknownTypes = new Set<string>();
  readonly #watched = new WatchedTime();

  /** The same seed and the same changes give the same sample. */
  constructor(options: { readonly seed: number; readonly bounds?: DemandBounds }) {
    this.#seed = options.seed;
    this.#bounds = options.bounds ?? DEMAND_BOUNDS;
  }

  /** Files one change. A node must be seen before its pods: a pod on a node that is not watched is not remembered. */
  record(change: DemandChange): void {
    switch (change.kind) {
      case 'NodeSeen':
        this.#watched.began(change.atMs);
        this.#nodeSeen(change.node, change.atMs);
        return;
      case 'NodeGone':
        this.#nodeGone(change.nodeName, change.atMs);
        return;
      case 'PodBound':
        this.#lifeAt(change.nodeName, change.atMs)?.podBound(change.pod, change.atMs, change.alreadyRunning);
        return;
      case 'PodGone':
        this.#lifeAt(change.nodeName, change.atMs)?.podGone(change.pod, change.atMs);
        return;
      case 'Blind':
        this.#watched.blind(change.fromMs, change.untilMs);
        for (const life of this.#lives.values()) this.#file(life, life.cut(change.fromMs, change.untilMs));
    }
  }

  /** How much of the last `windowMs` was watched, ms. */
  watchedMs(windowMs: number, nowMs: number): number {
    return this.#watched.within(nowMs - windowMs, nowMs);
  }

  /** What is held now, for metrics and tests of the bound. */
  size(): {
    readonly shapes: number;
    readonly watchedNodes: number;
    readonly stretches: number;
    readonly bytes: number;
  } {
    const shapes = [...this.#shapes.values()];
    return {
      shapes: shapes.length,
      watchedNodes: this.#lives.size,
      stretches: shapes.reduce((sum, shape) => sum + shape.sample.stretches, 0),
      bytes: shapes.reduce((sum, shape) => sum + shape.sample.bytes, 0),
    };
  }

  recall(query: RecallQuery): RecalledDemand {
    const shapes: Record<string, NodeShape> = {};
    const segments: LifeSegment[] = [];
    let podStarts = 0;
    for (const [shapeKey, memory] of this.#shapes) {
      for (const { stretch, represents, settled } of this.#stretchesOf(memory, query.nowMs)) {
        if (!isAskedFor(stretch, query)) continue;
        shapes[shapeKey] = memory.shape;
        podStarts += stretch.podStarts;
        segments.push(segmentOf({ stretch, represents, settled, shapeKey }, query));
      }
    }
    // Kept stretches lie in no particular order; the same memory must give the same answer.
    segments.sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1));
    const lengthMs = segments.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
    return {
      shapes,
      segments,
      evidence: {
        fromMs: segments[0]?.fromMs ?? query.nowMs,
        toMs: segments.reduce((latest, { untilMs }) => Math.max(latest, untilMs), segments[0]?.untilMs ?? query.nowMs),
        nodeHours: lengthMs / 3_600_000,
        podStarts,
      },
      unknownInstanceTypes: [...this.#unknownTypes].toSorted(),
    };
  }

  /** All of it as it stood at `takenAtMs`: when something was last known for certain, so at most now. */
  picture(takenAtMs: number): DemandPicture {
    for (const life of this.#lives.values()) this.#file(life, life.ended(takenAtMs));
    const shapes = [...this.#shapes].map(([shapeKey, { sample, lives }]): ShapePicture => {
      const open = [...lives].flatMap((life) => life.open(takenAtMs) ?? []);
      return {
        shapeKey,
        log2Threshold: sample.log2Threshold,
        settled: sample.kept(),
        open: open.map((stretch) => weighed(stretch, unitHash(stretch.id, this.#seed))),
      };
    });
    return { takenAtMs, watched: this.#watched.span(), shapes };
  }

  /**
   * Puts what an earlier process remembered before what this one has watched itself; from the earlier one's last
   * moment to our first nothing is known, and nothing is filled in. A node that is still there (by its uid) goes on in
   * a stretch of its own, with the pods that are there now.
   */
  precede(earlier: RestoredDemand, nowMs: number): void {
    const ownMs = this.#watched.span().sinceMs ?? nowMs;
    this.#watched.precede(earlier.watched, earlier.takenAtMs, nowMs);
    for (const { shapeKey, stretch } of earlier.stretches) {
      const before = endedBy(stretch, ownMs);
      const sample = before === undefined ? undefined : this.#memoryOf(shapeKey, partsOfShapeKey(shapeKey))?.sample;
      if (before !== undefined) sample?.add(before, unitHash(before.id, this.#seed));
    }
    this.#keepBytes();
  }

  *#stretchesOf(memory: ShapeMemory, nowMs: number): Generator<Omit<Weighted, 'shapeKey'>> {
    const lives = [...memory.lives];
    for (const life of lives) this.#file(life, life.ended(nowMs));
    for (const kept of memory.sample.weighted()) yield { ...kept, settled: true };
    for (const life of lives) {
      const stretch = life.open(nowMs);
      if (stretch !== undefined) yield { stretch, represents: life.represents, settled: false };
    }
  }

  #lifeAt(nodeName: string, atMs: number): OpenLife | undefined {
    const life = this.#lives.get(nodeName);
    if (life !== undefined) this.#file(life, life.ended(atMs));
    return life;
  }

  #nodeSeen(node: NodeView, atMs: number): void {
    const known = this.#lifeAt(node.name, atMs);
    const shapeKey = shapeKeyOf(node);
    if (known !== undefined && known.uid === node.uid && known.shapeKey === shapeKey) {
      known.seenAgain(node, atMs);
      return;
    }
    if (known !== undefined) this.#nodeGone(node.name, atMs);
    if (node.platformSkip !== undefined) return;
    const memory = this.#memoryOf(shapeKey, node);
    if (memory === undefined) return;
    const chance = unitHash(node.uid, this.#seed);
    const probability = memory.probabilityFor(node.createdAtMs);
    if (chance >= probability) return;
    const life = new OpenLife(node, { atMs, shapeKey, chance, represents: 1 / probability });
    this.#lives.set(node.name, life);
    for (const dropped of memory.watch(life)) this.#lives.delete(dropped.name);
  }

  #nodeGone(nodeName: string, atMs: number): void {
    const life = this.#lives.get(nodeName);
    if (life === undefined) return;
    this.#file(life, life.cut(atMs, atMs));
    this.#lives.delete(nodeName);
    this.#shapes.get(life.shapeKey)?.unwatch(life, atMs);
  }

  #memoryOf(shapeKey: string, node: Pick<NodeView, 'instanceType' | 'maxPods'>): ShapeMemory | undefined {
    const known = this.#shapes.get(shapeKey);
    if (known !== undefined) return known;
    const shape = shapeOf(node);
    if (shape === undefined) {
      if (this.#unknownTypes.size < MOST_UNKNOWN_TYPES) this.#unknownTypes.add(node.instanceType || '(no label)');
      return undefined;
    }
    if (this.#shapes.size >= this.#bounds.shapes && !this.#forgetOldestShape()) return undefined;
    const memory = new ShapeMemory(shape, this.#bounds);
    this.#shapes.set(shapeKey, memory);
    return memory;
  }

  /** Makes room for a new shape: the one without nodes whose history is oldest goes. False when all have nodes. */
  #forgetOldestShape(): boolean {
    const idle = [...this.#shapes].filter(([, memory]) => memory.lives.size === 0);
    const [oldest] = idle.toSorted(([, a], [, b]) => a.sample.newestMs() - b.sample.newestMs());
    return oldest !== undefined && this.#shapes.delete(oldest[0]);
  }

  #file(life: OpenLife, stretches: readonly SettledStretch[]): void {
    const sample = this.#shapes.get(life.shapeKey)?.sample;
    for (const stretch of stretches) sample?.add(stretch, unitHash(stretch.id, this.#seed));
    if (stretches.length > 0) this.#keepBytes();
  }

  #keepBytes(): void {
    const samples = [...this.#shapes.values()].map(({ sample }) => sample);
    let bytes = samples.reduce((sum, sample) => sum + sample.bytes, 0);
    while (bytes > this.#bounds.bytes) {
      const largest = samples.reduce((most, sample) => (sample.bytes > most.bytes ? sample : most));
      bytes -= largest.bytes;
      largest.drop();
      bytes += largest.bytes;
    }
  }
}

function isAskedFor(stretch: SettledStretch, query: RecallQuery): boolean {
  const oldestMs = query.nowMs - query.history.windowMs;
  return stretch.untilMs > oldestMs && matchesSelector(stretch.labels, query.nodeSelector);
}

type Weighted = {
  readonly stretch: SettledStretch;
  readonly represents: number;
  readonly settled: boolean;
  readonly shapeKey: string;
};

/** Weight 8 with a half-life of 72 h: now 8, three days ago 4, six days ago 2. */
function segmentOf({ stretch, represents, settled, shapeKey }: Weighted, query: RecallQuery): LifeSegment {
  const ageMs = Math.max(0, query.nowMs - (stretch.fromMs + stretch.untilMs) / 2);
  const { id, readyAtMs, fromMs, untilMs, startingPods, events } = stretch;
  const weight = represents * 2 ** (-ageMs / query.history.halfLifeMs);
  return { id, shapeKey, weight, represents, settled, readyAtMs, fromMs, untilMs, startingPods, events };
}
