import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DemandEvent } from './demand.ts';
import { type WavePlan, waves } from './waves.ts';

const plans: fc.Arbitrary<WavePlan> = fc.record({
  seed: fc.integer(),
  nodes: fc
    .array(
      fc.record({
        steadyPods: fc.integer({ min: 0, max: 3 }),
        least: fc.integer({ min: 0, max: 4 }),
        more: fc.integer({ min: 0, max: 6 }),
        group: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((nodes) =>
      nodes.map(({ steadyPods, least, more, group }, index) => ({
        name: `node-${index}`,
        steadyPods,
        wavePods: { least, most: least + more },
        group,
      })),
    ),
  times: fc.constant({ periodMs: 80_000, climbMs: 10_000, holdMs: 15_000, startMs: 8_000, spreadMs: 6_000 }),
});

const firstOf = (plan: WavePlan, untilMs: number): readonly DemandEvent[] => {
  const events: DemandEvent[] = [];
  for (const event of waves(plan)) {
    if (event.atMs > untilMs) break;
    events.push(event);
    // A plan without wave pods never gets past the start.
    if (events.length > 10_000) break;
  }
  return events;
};

const podsAtMost = ({ steadyPods, wavePods }: WavePlan['nodes'][number]) => steadyPods + wavePods.most;
const withWaves = plans.filter(({ nodes }) => nodes.some(({ wavePods }) => wavePods.least > 0));

/** What is wrong with a course of events, in words; empty when nothing is. */
function complaints(plan: WavePlan): readonly string[] {
  const found: string[] = [];
  const running = new Map<string, string>();
  const podsOf = (name: string) => [...running.values()].filter((node) => node === name).length;
  const most = new Map(plan.nodes.map((node) => [node.name, podsAtMost(node)]));
  let beforeMs = 0;
  for (const event of firstOf(plan, 300_000)) {
    if (event.atMs < beforeMs) found.push(`time goes back to ${event.atMs}`);
    beforeMs = event.atMs;
    if (event.event === 'pod-add') {
      if (running.has(event.pod)) found.push(`${event.pod} comes twice`);
      running.set(event.pod, event.node);
    }
    if (event.event === 'pod-remove' && !running.delete(event.pod)) found.push(`${event.pod} leaves before it came`);
    if (podsOf(event.node) > (most.get(event.node) ?? 0)) found.push(`${event.node} has too many pods`);
  }
  return found;
}

/** The fewest pods a node has after its first pod left. */
function lowestPods(plan: WavePlan, name: string): number {
  let pods = 0;
  let low = Number.POSITIVE_INFINITY;
  for (const event of firstOf(plan, 300_000)) {
    if (event.node !== name) continue;
    pods += event.event === 'pod-add' ? 1 : -1;
    if (event.event === 'pod-remove') low = Math.min(low, pods);
  }
  return low;
}

describe('waves', () => {
  it('come in order of time, each pod once, and never more on a node than the plan allows', () => {
    fc.assert(
      fc.property(withWaves, (plan) => {
        expect(complaints(plan)).toEqual([]);
      }),
      { seed: 7 },
    );
  });

  it('fall back to the steady pods between waves', () => {
    fc.assert(
      fc.property(withWaves, (plan) => {
        const rising = plan.nodes.filter(({ wavePods }) => wavePods.least > 0);
        expect(rising.map(({ name }) => lowestPods(plan, name))).toEqual(rising.map(({ steadyPods }) => steadyPods));
      }),
      { seed: 7 },
    );
  });

  it('are the same for the same seed', () => {
    fc.assert(
      fc.property(withWaves, (plan) => {
        expect(firstOf(plan, 200_000)).toEqual(firstOf(plan, 200_000));
      }),
      { seed: 7, numRuns: 20 },
    );
  });
});
