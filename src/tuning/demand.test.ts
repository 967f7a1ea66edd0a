import { describe, expect, it } from 'vitest';
import { aNode, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import type { DemandBounds } from './demand.ts';
import { DEMAND_BOUNDS, DemandHistory } from './demand.ts';
import type { DemandChange } from './demand-change.ts';
import type { RecalledDemand } from './recall.ts';

const { history } = DEFAULT_SPEC;
const T0 = MONDAY_MS;

function seen(name: string, atMs = T0, more: Parameters<typeof aNode>[1] = {}): DemandChange {
  return { kind: 'NodeSeen', atMs, node: aNode(name, more) };
}

function bound(nodeName: string, pod: number, atMs: number, alreadyRunning = false): DemandChange {
  return { kind: 'PodBound', atMs, nodeName, pod, alreadyRunning };
}

function gone(nodeName: string, pod: number, atMs: number): DemandChange {
  return { kind: 'PodGone', atMs, nodeName, pod };
}

function remembered(changes: readonly DemandChange[], bounds?: DemandBounds): DemandHistory {
  const memory = new DemandHistory(bounds === undefined ? { seed: 7 } : { seed: 7, bounds });
  for (const change of changes) memory.record(change);
  return memory;
}

function recall(memory: DemandHistory, nowMs: number, nodeSelector = {}): RecalledDemand {
  return memory.recall({ history, nodeSelector, nowMs });
}

describe('what is remembered', () => {
  it('is pods as they came and went, in stretches that end at every sixth hour', () => {
    const memory = remembered([
      seen('a'),
      bound('a', 1, T0, true),
      bound('a', 2, T0 + 10 * MINUTE_MS),
      gone('a', 1, T0 + 7 * HOUR_MS),
    ]);
    const { segments, evidence } = recall(memory, T0 + 9 * HOUR_MS);
    expect(segments.map(({ fromMs, untilMs, settled }) => [fromMs - T0, untilMs - T0, settled])).toEqual([
      [0, 6 * HOUR_MS, true],
      [6 * HOUR_MS, 9 * HOUR_MS, false],
    ]);
    expect(segments.map(({ startingPods }) => startingPods)).toEqual([[1], [1, 2]]);
    expect([...(segments[0]?.events ?? [])]).toEqual([T0 + 10 * MINUTE_MS, 1, 2]);
    expect([...(segments[1]?.events ?? [])]).toEqual([T0 + 7 * HOUR_MS, 0, 1]);
    expect(evidence).toEqual({ fromMs: T0, toMs: T0 + 9 * HOUR_MS, nodeHours: 9, podStarts: 1 });
  });

  it('begins a node that turns Ready at that moment, with the pods that waited for it', () => {
    const memory = remembered([
      seen('a', T0, { ready: false }),
      bound('a', 1, T0 + 1_000),
      seen('a', T0 + 30_000, { ready: true }),
    ]);
    const [segment] = recall(memory, T0 + 60_000).segments;
    expect(segment).toMatchObject({ readyAtMs: T0 + 30_000, fromMs: T0 + 30_000, startingPods: [] });
    expect([...(segment?.events ?? [])]).toEqual([T0 + 30_000, 1, 1]);
  });

  it('takes a node that was Ready when first seen as settled', () => {
    const [segment] = recall(remembered([seen('a', T0, { createdAtMs: T0 - HOUR_MS })]), T0 + 1_000).segments;
    expect(segment).toMatchObject({ readyAtMs: T0 - HOUR_MS, fromMs: T0 });
  });

  it('is cut where the watch was blind, and nothing is filled in', () => {
    const memory = remembered([
      seen('a'),
      bound('a', 1, T0 + MINUTE_MS),
      { kind: 'Blind', fromMs: T0 + 2 * MINUTE_MS, untilMs: T0 + 10 * MINUTE_MS },
      gone('a', 1, T0 + 10 * MINUTE_MS),
      bound('a', 2, T0 + 10 * MINUTE_MS, true),
    ]);
    const { segments } = recall(memory, T0 + 20 * MINUTE_MS);
    expect(segments.map(({ fromMs, untilMs }) => [fromMs - T0, untilMs - T0])).toEqual([
      [0, 2 * MINUTE_MS],
      [10 * MINUTE_MS, 20 * MINUTE_MS],
    ]);
    expect(segments[1]?.startingPods).toEqual([2]);
    expect(segments[1]?.events).toHaveLength(0);
    expect(memory.watchedMs(HOUR_MS, T0 + 20 * MINUTE_MS)).toBe(12 * MINUTE_MS);
  });

  it('weighs half after a half-life', () => {
    const memory = remembered([seen('a'), seen('b', T0 + history.halfLifeMs)]);
    memory.record({ kind: 'NodeGone', atMs: T0 + HOUR_MS, nodeName: 'a' });
    memory.record({ kind: 'NodeGone', atMs: T0 + history.halfLifeMs + HOUR_MS, nodeName: 'b' });
    const [old, young] = recall(memory, T0 + history.halfLifeMs + HOUR_MS).segments;
    expect((old?.weight ?? 0) / (young?.weight ?? 1)).toBeCloseTo(0.5, 10);
  });

  it('forgets what is older than the window', () => {
    const memory = remembered([seen('a'), { kind: 'NodeGone', atMs: T0 + HOUR_MS, nodeName: 'a' }]);
    expect(recall(memory, T0 + HOUR_MS + history.windowMs).segments).toEqual([]);
  });

  it('leaves out nodes that the selector does not name', () => {
    const memory = remembered([seen('a', T0, { labels: { pool: 'batch' } }), seen('b')]);
    expect(recall(memory, T0 + HOUR_MS, { pool: 'batch' }).segments).toHaveLength(1);
  });

  it('names instance types that nobody knows, and skips their nodes', () => {
    const memory = remembered([seen('a', T0, { instanceType: 'x9.mega' }), bound('a', 1, T0)]);
    expect(recall(memory, T0 + HOUR_MS)).toMatchObject({ segments: [], unknownInstanceTypes: ['x9.mega'] });
  });

  it('is the same for the same seed and changes', () => {
    const changes = Array.from({ length: 500 }, (_, at) => seen(`n${at}`, T0 + at * 1_000));
    const bounds = { ...DEMAND_BOUNDS, watchedNodesPerShape: 50 };
    const asked = (memory: DemandHistory): RecalledDemand => recall(memory, T0 + 3 * HOUR_MS);
    expect(asked(remembered(changes, bounds))).toEqual(asked(remembered(changes, bounds)));
  });
});

describe('the bound', () => {
  it('holds for 5,000 nodes that start a pod a minute for six hours', () => {
    const memory = new DemandHistory({ seed: 1 });
    const nodes = Array.from({ length: 5_000 }, (_, at) => `n${at}`);
    for (const name of nodes) memory.record(seen(name));
    let pod = 0;
    for (let minute = 1; minute <= 360; minute++) {
      for (const nodeName of nodes) {
        pod += 1;
        memory.record(bound(nodeName, pod, T0 + minute * MINUTE_MS));
        if (minute > 5) memory.record(gone(nodeName, pod - 5 * nodes.length, T0 + minute * MINUTE_MS));
      }
    }
    const size = memory.size();
    expect(size.watchedNodes).toBeLessThanOrEqual(DEMAND_BOUNDS.watchedNodesPerShape);
    expect(size.watchedNodes).toBeGreaterThan(DEMAND_BOUNDS.watchedNodesPerShape / 4);
    expect(size.bytes).toBeLessThanOrEqual(DEMAND_BOUNDS.bytes);
    const { segments } = recall(memory, T0 + 6 * HOUR_MS);
    const nodeHours =
      segments.reduce((sum, { represents, fromMs, untilMs }) => sum + represents * (untilMs - fromMs), 0) / HOUR_MS;
    // A binomial sample of about 156 of 5,000: four standard errors are a third.
    expect(nodeHours / (5_000 * 6)).toBeGreaterThan(0.67);
    expect(nodeHours / (5_000 * 6)).toBeLessThan(1.33);
  });

  it('keeps no more stretches and bytes than it may, and what stays stands for all', () => {
    const bounds = { ...DEMAND_BOUNDS, stretchesPerShape: 200 };
    const memory = remembered(
      Array.from({ length: 50 }, (_, at) => seen(`n${at}`)),
      bounds,
    );
    const stretches = 24;
    const { segments } = recall(memory, T0 + 6 * stretches * HOUR_MS);
    expect(memory.size().stretches).toBeLessThanOrEqual(200);
    const total = segments.reduce((sum, { represents }) => sum + represents, 0);
    expect(total / (50 * stretches)).toBeGreaterThan(0.75);
    expect(total / (50 * stretches)).toBeLessThan(1.25);
  });

  it('drops bytes from the shape that holds most', () => {
    const bounds = { ...DEMAND_BOUNDS, bytes: 20_000 };
    const memory = remembered([seen('small', T0, { instanceType: 'm5.xlarge', maxPods: 58 }), seen('busy')], bounds);
    for (let pod = 1; pod <= 20_000; pod++) memory.record(bound('busy', pod, T0 + pod * 1_000));
    expect(memory.size().bytes).toBeLessThanOrEqual(20_000);
    expect(
      recall(memory, T0 + 36 * HOUR_MS).segments.filter(({ shapeKey }) => shapeKey === 'm5.xlarge/58'),
    ).toHaveLength(6);
  });

  it('watches more of the newer nodes again when most are gone', () => {
    const bounds = { ...DEMAND_BOUNDS, watchedNodesPerShape: 16 };
    const memory = remembered(
      Array.from({ length: 200 }, (_, at) => seen(`n${at}`)),
      bounds,
    );
    for (let at = 0; at < 200; at++) memory.record({ kind: 'NodeGone', atMs: T0 + MINUTE_MS, nodeName: `n${at}` });
    const later = T0 + HOUR_MS;
    for (let at = 0; at < 8; at++) {
      memory.record(seen(`m${at}`, later + at, { createdAtMs: later + at }));
    }
    const young = recall(memory, later + HOUR_MS).segments.filter(({ fromMs }) => fromMs >= later);
    expect(young.length).toBeGreaterThan(0);
    expect(Math.max(...young.map(({ represents }) => represents))).toBeLessThan(16);
  });
});
