/** Builders for what a pass saw and did. Every field has a value; a test names only what it is about. */
import { DEFAULT_SPEC } from '../../src/api/cnituning.ts';
import type { PassRecord } from '../../src/reconcile/pass-record.ts';
import type { TuningObject } from '../../src/reconcile/ports.ts';
import type { Advice, Figures } from '../../src/tuning/advice.ts';

export function aTuningObject(more: Partial<TuningObject> = {}): TuningObject {
  return {
    name: 'default',
    uid: 'uid-1',
    resourceVersion: '1',
    generation: 1,
    createdAtMs: 0,
    deletionRequested: false,
    hasFinalizer: false,
    annotations: {},
    spec: DEFAULT_SPEC,
    status: undefined,
    ...more,
  };
}

export function aPassRecord(more: Partial<PassRecord> = {}): PassRecord {
  return {
    object: aTuningObject(),
    startedAtMs: 1_000,
    finishedAtMs: 2_000,
    snapshot: undefined,
    live: undefined,
    census: undefined,
    rollout: undefined,
    ownChange: { kind: 'None' },
    originals: [],
    conflictWith: undefined,
    forecast: undefined,
    keeping: undefined,
    recommendation: undefined,
    plan: { kind: 'Keep', message: 'The live values are the best.' },
    outcome: { kind: 'Kept' },
    ...more,
  };
}

export function someFigures(more: Partial<Figures> = {}): Figures {
  return {
    heldAddressesPerNode: 20,
    assignedAddressesPerNode: 8,
    idleAddressesPerNode: 12,
    delayedPodsShare: 0.001,
    unavoidableDelayedPodsShare: 0,
    ec2CallsPerNodeHour: 2,
    mutatingEc2CallsPerNodeHour: 1,
    eniCyclesPerNodeDay: 0,
    scorePerNodeHour: 13,
    ...more,
  };
}

export function anAdvice(more: Partial<Advice> = {}): Advice {
  return {
    kind: 'Advice',
    id: 'abc',
    values: { warmENI: 0 },
    uncapped: { warmENI: 0 },
    current: someFigures(),
    expected: someFigures({ idleAddressesPerNode: 3 }),
    candidates: [],
    ranges: { warmENI: { lower: 0, upper: 1 } },
    shapes: [],
    addressPair: undefined,
    otherMode: undefined,
    confidence: 'High',
    binding: 'score',
    summary: 'WARM_ENI_TARGET 0 holds 9 addresses fewer per node.',
    evidence: { fromMs: 0, toMs: 3_600_000, nodeHours: 10, podStarts: 400 },
    evaluatedAtMs: 3_600_000,
    liveViolations: [],
    unmet: undefined,
    ...more,
  };
}
