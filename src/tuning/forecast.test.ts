import { describe, expect, it } from 'vitest';
import {
  aDaemonSet,
  aNode,
  anAccount,
  anEnvEntry,
  aSubnet,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  MONDAY_MS,
} from '../../test/support/builders.ts';
import type { ForecastInput } from './forecast.ts';
import { Forecaster } from './forecast.ts';
import { liveSettingsOf } from './live-settings.ts';
import type { NodeView, SubnetView } from './snapshot.ts';

const LIVE = liveSettingsOf(aDaemonSet());

type Moment = {
  readonly subnet?: Partial<SubnetView>;
  readonly nodes?: readonly NodeView[];
  readonly live?: ForecastInput['live'];
};

/** A subnet of 1,019 with 100 to keep, as it is `atMs`. */
function at(atMs: number, { subnet = {}, nodes = [], live = LIVE }: Moment = {}): ForecastInput {
  const account = anAccount({ takenAtMs: atMs, subnets: [aSubnet('subnet-a', subnet)] });
  const snapshot = {
    takenAtMs: atMs,
    synced: true,
    staleSinceMs: undefined,
    nodes,
    podsByNode: new Map(),
    addressFailures: [],
    daemonSet: undefined,
    awsNodePods: [],
    account,
  };
  return { snapshot, live, reserve: { kind: 'Addresses', addresses: 100 } };
}

/** Readings every ten minutes; the answer after the last one. */
function watched(forecaster: Forecaster, days: number, momentAt: (daysIn: number) => Moment) {
  let forecast = undefined;
  for (let atMs = 0; atMs <= days * DAY_MS; atMs += 10 * MINUTE_MS)
    forecast = forecaster.forecast('default', at(MONDAY_MS + atMs, momentAt(atMs / DAY_MS)))?.[0];
  return forecast;
}

/** Loses 50 a day from 800 on. */
const growing = (daysIn: number): Moment => ({ subnet: { freeAddresses: Math.round(800 - 50 * daysIn) } });

describe('the forecast of a subnet', () => {
  it('says when growth will have left no more than the reserve', () => {
    const forecast = watched(new Forecaster(), 4, growing);
    expect(forecast).toMatchObject({ subnetId: 'subnet-a', outlook: 'Expected', reserveAddresses: 100 });
    expect(forecast?.growthPerDay).toBeCloseTo(50, 0);
    // 600 are free: ten days until 100 are.
    const likelyDays = ((forecast?.likelyMs ?? 0) - MONDAY_MS) / DAY_MS;
    expect(likelyDays).toBeGreaterThan(13.9);
    expect(likelyDays).toBeLessThan(14.1);
  });

  it('has too little to go by before it has seen three days', () => {
    expect(watched(new Forecaster(), 2.5, growing)).toMatchObject({ outlook: 'TooLittleData', likelyMs: undefined });
  });

  it('expects nothing of a subnet that stays as it is', () => {
    const forecast = watched(new Forecaster(), 4, () => ({ subnet: { freeAddresses: 101 } }));
    expect(forecast).toMatchObject({ outlook: 'NotExpected', earliestMs: undefined, growthPerDay: 0 });
  });

  it('says since when a subnet is in its reserve, and for as long as it is', () => {
    const forecaster = new Forecaster();
    const full = (daysIn: number): Moment => ({ subnet: { freeAddresses: daysIn < 1 ? 500 : 90 } });
    expect(watched(forecaster, 2, full)).toMatchObject({ outlook: 'InReserve', likelyMs: MONDAY_MS + DAY_MS });
    const later = forecaster.forecast(
      'default',
      at(MONDAY_MS + 2 * DAY_MS + MINUTE_MS, { subnet: { freeAddresses: 101 } }),
    );
    expect(later?.[0]?.outlook).not.toBe('InReserve');
  });

  it('counts nodes that have just come', () => {
    const forecaster = new Forecaster();
    watched(forecaster, 4, () => ({ subnet: { freeAddresses: 200 } }));
    const nowMs = MONDAY_MS + 4 * DAY_MS + MINUTE_MS;
    const nodes = (count: number): readonly NodeView[] =>
      Array.from({ length: count }, (_, index) => aNode(`new-${index}`, { createdAtMs: nowMs - MINUTE_MS }));
    // Without pods an m5.large takes one interface of ten.
    const outlookWith = (count: number) =>
      forecaster.forecast('default', at(nowMs, { subnet: { freeAddresses: 200 }, nodes: nodes(count) }))?.[0]?.outlook;
    expect([outlookWith(9), outlookWith(10)]).toEqual(['NotExpected', 'Expected']);
  });

  it('does not take larger warm pools for growth', () => {
    const larger = liveSettingsOf(aDaemonSet({ env: [anEnvEntry('WARM_ENI_TARGET', '2')] }));
    const nodes = new Map([['i-1', { instanceId: 'i-1', subnetIds: ['subnet-a'], enis: 1, heldAddresses: 1 }]]);
    const forecaster = new Forecaster();
    let forecast = undefined;
    for (let hour = 0; hour <= 5 * 24; hour++) {
      const isAfter = hour >= 84;
      const input = at(MONDAY_MS + hour * HOUR_MS, {
        live: isAfter ? larger : LIVE,
        subnet: { freeAddresses: isAfter ? 500 : 800, heldByClusterAddresses: isAfter ? 400 : 100 },
      });
      const account = { ...anAccount(input.snapshot.account), nodes };
      forecast = forecaster.forecast('default', { ...input, snapshot: { ...input.snapshot, account } })?.[0];
    }
    expect(forecast).toMatchObject({ outlook: 'NotExpected', growthPerDay: 0 });
  });

  it('counts the blocks that are left where nodes take prefixes', () => {
    const prefixes = liveSettingsOf(aDaemonSet({ env: [anEnvEntry('ENABLE_PREFIX_DELEGATION', 'true')] }));
    const fewBlocks = { live: prefixes, subnet: { freeAddresses: 500, freePrefixes: 6 } };
    const [forecast] = new Forecaster().forecast('default', at(MONDAY_MS, fewBlocks)) ?? [];
    expect(forecast?.outlook).toBe('InReserve');
  });

  it('is unknown while EC2 cannot be read, and without a DaemonSet', () => {
    const forecaster = new Forecaster();
    const { snapshot, ...rest } = at(MONDAY_MS);
    expect(forecaster.forecast('default', { ...rest, snapshot: { ...snapshot, account: undefined } })).toBeUndefined();
    expect(forecaster.forecast('default', { ...rest, snapshot, live: undefined })).toBeUndefined();
  });
});

describe('the forecaster', () => {
  it('forgets a CniTuning, and keeps those of the others', () => {
    const forecaster = new Forecaster();
    for (const name of ['default', 'other']) forecaster.forecast(name, at(MONDAY_MS));
    forecaster.forget('default');
    expect(Object.keys(forecaster.values())).toEqual(['other']);
  });

  it('goes on after a restart from what it was', () => {
    const before = new Forecaster();
    watched(before, 4, growing);
    const after = new Forecaster();
    after.restore(JSON.parse(JSON.stringify(before.values())));
    const next = at(MONDAY_MS + 4 * DAY_MS + HOUR_MS, growing(4));
    expect(after.forecast('default', next)).toEqual(before.forecast('default', next));
  });

  it('remembers no more than sixteen, the last ones asked for', () => {
    const forecaster = new Forecaster();
    for (let number = 1; number <= 20; number++) forecaster.forecast(`tuning-${number}`, at(MONDAY_MS));
    const names = Object.keys(forecaster.values());
    expect([names.length, names[0]]).toEqual([16, 'tuning-5']);
  });
});
