/** How often a status is written while nothing changes but the evaluation's figures. */
import { describe, expect, it } from 'vitest';
import { anAdvice, aPassRecord, aTuningObject, someFigures } from '../../../test/support/a-pass-record.ts';
import type { CniTuningStatus } from '../../api/cnituning.ts';
import type { Plan } from '../../tuning/advice.ts';
import { amount } from '../../tuning/recommend/wording.ts';
import { saysTheSame } from '../equal.ts';
import type { PassRecord } from '../pass-record.ts';
import { statusOf } from '../status.ts';

const MINUTE_MS = 60_000;

/** The pass after so many minutes of a cluster of twelve nodes: every evaluation has seen more, and figures a little other. */
function aPassAt(minute: number, status: CniTuningStatus | undefined, planOf: (drift: number) => Plan): PassRecord {
  const nowMs = minute * MINUTE_MS;
  const drift = (minute * 7) % 13;
  const recommendation = anAdvice({
    current: someFigures({ scorePerNodeHour: 13 + drift / 10 }),
    evidence: { fromMs: 0, toMs: nowMs, nodeHours: minute / 5, podStarts: minute },
    evaluatedAtMs: nowMs,
    summary: `WARM_ENI_TARGET 0 holds ${9 + drift} addresses fewer per node.`,
    unmet: { limit: 'delayedPods', relativeExcess: 0.1, sentence: `${drift}% of pod starts would be delayed` },
  });
  const object = aTuningObject({ status });
  const plan = planOf(drift);
  const outcome = plan.kind === 'Keep' ? { kind: 'Kept' } : { kind: 'Held' };
  return aPassRecord({ object, startedAtMs: nowMs, finishedAtMs: nowMs, recommendation, plan, outcome } as never);
}

function minutesWithWrite(minutes: number, planOf: (drift: number) => Plan): readonly number[] {
  let status: CniTuningStatus | undefined;
  const written: number[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    const next = statusOf(aPassAt(minute, status, planOf));
    if (saysTheSame(next, status)) continue;
    status = next;
    written.push(minute);
  }
  return written;
}

describe('the recommendation in a steady status', () => {
  it.each<{ name: string; planOf: (drift: number) => Plan }>([
    { name: 'a value that is kept', planOf: (drift) => ({ kind: 'Keep', message: `best, where ${drift}% wait` }) },
    {
      name: 'a change whose gain is too small',
      planOf: (drift) => ({
        kind: 'Hold',
        reason: 'GainTooSmall',
        message: `costs ${amount(10 + drift)}`,
        recheckAtMs: undefined,
      }),
    },
  ])('is written as its evidence doubles, and once an hour, for $name', ({ planOf }) => {
    expect(minutesWithWrite(5 * 60, planOf)).toEqual([1, 2, 4, 8, 16, 32, 64, 124, 184, 244]);
  });
});
