/** What each node shape would be best served with, and what one value for all costs it. */
import type { ShapeAdvice } from '../advice.ts';
import type { Census } from '../census.ts';
import { shapeKeyOf } from '../demand/node-shape.ts';
import type { CandidateSums, Evaluation } from '../evaluation.ts';
import type { PriceByShape } from '../score.ts';
import { figuresOf } from '../score.ts';
import type { Contender } from './choose.ts';

/** As many as status shows. */
const MOST_SHAPES = 20;

type Among = {
  readonly winner: Contender;
  readonly live: Contender;
  /** Those that may be recommended: replayed to the end, and inside the bounds. */
  readonly inside: readonly Contender[];
  readonly prices: PriceByShape;
  readonly allowedShare: number;
};

/** Those with the most nodes first. */
export function shapesOf({ request, podsByShape }: Evaluation, census: Census, among: Among): readonly ShapeAdvice[] {
  const nodes = new Map<string, number>();
  for (const node of census.tuned) nodes.set(shapeKeyOf(node), (nodes.get(shapeKeyOf(node)) ?? 0) + 1);
  const shown = Object.entries(request.shapes)
    .map(([key, shape]) => ({ key, shape, nodes: nodes.get(key) ?? 0 }))
    .toSorted((a, b) => b.nodes - a.nodes || (a.key < b.key ? -1 : 1))
    .slice(0, MOST_SHAPES);
  return shown.flatMap(({ key, shape, nodes: count }) => {
    const pods = podsByShape[key];
    if (pods === undefined) return [];
    const { instanceType, maxPods } = shape;
    return [{ instanceType, maxPods, nodes: count, podsP50: pods.p50, podsP99: pods.p99, ...judged(key, among) }];
  });
}

type Judged = Pick<ShapeAdvice, 'current' | 'expected' | 'best' | 'regretPerNodeHour'>;

/** On this shape alone: delayedPods first, then the cost. A subnet's reserve is a matter of all shapes together. */
function judged(key: string, { winner, live, inside, prices, allowedShare }: Among): Judged {
  const figures = ({ sums }: Contender): ShapeAdvice['current'] => figuresOf(onlyShape(sums, key), prices, false);
  const ranked = [winner, ...inside].map((contender) => {
    const { delayedPodsShare, scorePerNodeHour } = figures(contender);
    return { contender, excess: Math.max(0, delayedPodsShare - allowedShare), scorePerNodeHour };
  });
  // The recommended one stands first: of equals it is the best.
  const [best] = ranked.toSorted((a, b) => a.excess - b.excess || a.scorePerNodeHour - b.scorePerNodeHour);
  const expected = figures(winner);
  const bestScore = best?.scorePerNodeHour ?? expected.scorePerNodeHour;
  return {
    current: figures(live),
    expected,
    best: (best?.contender ?? winner).values,
    regretPerNodeHour: Math.max(0, expected.scorePerNodeHour - bestScore),
  };
}

function onlyShape(sums: CandidateSums, key: string): CandidateSums {
  const shape = sums.byShape[key];
  return { ...sums, byShape: shape === undefined ? {} : { [key]: shape } };
}
