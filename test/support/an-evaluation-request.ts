/** An evaluation request small enough to read. */
import { DEFAULT_SPEC } from '../../src/api/cnituning.ts';
import { fromEnv } from '../../src/ipamd/warm-settings.ts';
import type { EvaluationRequest, LifeSegment } from '../../src/tuning/evaluation.ts';

const HOUR_MS = 3_600_000;

/** One node for an hour: a pod comes and goes every five minutes. */
export function aSegment(id: string, more: Partial<LifeSegment> = {}): LifeSegment {
  const triples = Array.from({ length: 11 }, (_, pod) => [
    pod * 300_000 + 60_000,
    1,
    pod,
    pod * 300_000 + 200_000,
    0,
    pod,
  ]);
  return {
    id,
    shapeKey: 'm5.large',
    weight: 1,
    represents: 1,
    settled: true,
    readyAtMs: -HOUR_MS,
    fromMs: 0,
    untilMs: HOUR_MS,
    startingPods: [],
    events: Float64Array.from(triples.flat()),
    ...more,
  };
}

export function anEvaluationRequest(more: Partial<EvaluationRequest> = {}): EvaluationRequest {
  return {
    shapes: {
      'm5.large': { instanceType: 'm5.large', maxENIs: 3, ipv4PerENI: 10, prefixCapable: true, maxPods: 29 },
    },
    segments: [aSegment('a'), aSegment('b')],
    liveSettings: fromEnv({ WARM_ENI_TARGET: '1' }).settings,
    spec: DEFAULT_SPEC,
    evidence: { fromMs: 0, toMs: HOUR_MS, nodeHours: 2, podStarts: 22 },
    watchedMs: HOUR_MS,
    subnets: [],
    requestedAtMs: HOUR_MS,
    ...more,
  };
}
