/**
 * What the watches tell the memory of demand, one value a change, in the order in which it was seen. A pod is known
 * by a small whole number that is never used again while the process lives.
 */
import type { NodeView } from './snapshot.ts';

export type DemandChange =
  /** First seen, or seen again with another shape, selector label or readiness. */
  | { readonly kind: 'NodeSeen'; readonly atMs: number; readonly node: NodeView }
  | { readonly kind: 'NodeGone'; readonly atMs: number; readonly nodeName: string }
  /** The pod needs an address from now on. `alreadyRunning`: it was there when we first looked, so it is no start. */
  | {
      readonly kind: 'PodBound';
      readonly atMs: number;
      readonly nodeName: string;
      readonly pod: number;
      readonly alreadyRunning: boolean;
    }
  /** The pod needs its address no more. */
  | { readonly kind: 'PodGone'; readonly atMs: number; readonly nodeName: string; readonly pod: number }
  /** A watch was broken: what happened between is unknown and must not be filled in. */
  | { readonly kind: 'Blind'; readonly fromMs: number; readonly untilMs: number };
