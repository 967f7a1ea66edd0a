import { describe, expect, it } from 'vitest';
import { aPassRecord, aTuningObject } from '../../../test/support/a-pass-record.ts';
import {
  aSubnet,
  anAccount,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  MONDAY_MS,
  aSnapshot,
} from '../../../test/support/builders.ts';
import type { CniTuningStatus } from '../../api/cnituning.ts';
import type { SubnetForecast } from '../../tuning/forecast.ts';
import { subnetsOf } from './subnet-status.ts';

const IN_TEN_DAYS_MS = MONDAY_MS + 10 * DAY_MS;

function aForecast(more: Partial<SubnetForecast> = {}): SubnetForecast {
  return {
    subnetId: 'subnet-a',
    outlook: 'Expected',
    earliestMs: IN_TEN_DAYS_MS - 5 * DAY_MS,
    likelyMs: IN_TEN_DAYS_MS,
    latestMs: undefined,
    growthPerDay: 12.4,
    reserveAddresses: 102,
    ...more,
  };
}

const snapshot = aSnapshot({ daemonSet: undefined });

/** What status says of subnet-a after `forecast`, where it said `written` before. */
function shown(forecast: SubnetForecast, written?: NonNullable<CniTuningStatus['subnets']>[number]) {
  const status = written === undefined ? undefined : { observedGeneration: 1, subnets: [written] };
  const object = aTuningObject({ status });
  const [subnet] = subnetsOf(aPassRecord({ snapshot, object, forecast: [forecast] })) ?? [];
  return subnet;
}

describe('the forecast in status', () => {
  it('is to the hour, the ends of the band rounded outwards', () => {
    const half = 30 * MINUTE_MS;
    const forecast = aForecast({
      earliestMs: MONDAY_MS + half,
      likelyMs: MONDAY_MS + DAY_MS + 10 * MINUTE_MS,
      latestMs: MONDAY_MS + 2 * DAY_MS + half,
    });
    expect(shown(forecast)).toMatchObject({
      reserve: 102,
      outlook: 'Expected',
      earliestExhaustionTime: '2026-03-02T00:00:00Z',
      exhaustionTime: '2026-03-03T00:00:00Z',
      latestExhaustionTime: '2026-03-04T01:00:00Z',
      growthPerDay: 12,
    });
  });

  it('stays as written while it says the same, so that a steady cluster writes nothing', () => {
    const written = shown(aForecast());
    const drifted = aForecast({
      earliestMs: IN_TEN_DAYS_MS - 5 * DAY_MS + 11 * HOUR_MS,
      likelyMs: IN_TEN_DAYS_MS - 20 * HOUR_MS,
      growthPerDay: 13,
    });
    expect(shown(drifted, written)).toEqual(written);
  });

  it.each<readonly [string, Partial<SubnetForecast>]>([
    ['the likely time has moved by more than a tenth of what is left', { likelyMs: IN_TEN_DAYS_MS + 27 * HOUR_MS }],
    ['the earliest time has moved by more than a tenth of what is left', { earliestMs: IN_TEN_DAYS_MS - 4 * DAY_MS }],
    ['the band has got an end', { latestMs: IN_TEN_DAYS_MS + DAY_MS }],
    ['nothing is expected any more', { outlook: 'NotExpected', earliestMs: undefined, likelyMs: undefined }],
    ['it has come true', { outlook: 'InReserve', likelyMs: MONDAY_MS }],
  ])('is written anew when %s', (_, change) => {
    const written = shown(aForecast());
    const after = aForecast(change);
    expect(shown(after, written)).toEqual(shown(after));
    expect(shown(after, written)).not.toEqual(written);
  });

  it('says since when a subnet is in its reserve, once', () => {
    const since = aForecast({ outlook: 'InReserve', earliestMs: MONDAY_MS, likelyMs: MONDAY_MS, latestMs: MONDAY_MS });
    const written = shown(since);
    expect(written).toMatchObject({ outlook: 'InReserve', exhaustionTime: '2026-03-02T00:00:00Z' });
    expect(written).not.toHaveProperty('earliestExhaustionTime');
    expect(shown({ ...since, likelyMs: MONDAY_MS + DAY_MS }, written)).toEqual(written);
  });

  it('is absent where there is none', () => {
    const [subnet] = subnetsOf(aPassRecord({ snapshot })) ?? [];
    expect(subnet).not.toHaveProperty('outlook');
  });
});

describe('the subnets in status', () => {
  it('are the fullest fifty, in the order of their ids', () => {
    const subnets = Array.from({ length: 60 }, (_, at) => aSubnet(`subnet-${at}`, { freeAddresses: 60 - at }));
    const account = anAccount({ subnets: subnets.toReversed() });
    const ids = subnetsOf(aPassRecord({ snapshot: { ...snapshot, account } }))?.map(({ id }) => id) ?? [];
    expect(ids).toHaveLength(50);
    expect(ids).toEqual(ids.toSorted());
    expect(ids).not.toContain('subnet-9');
  });
});
