/**
 * For each subnet the time at which it runs into its reserve, with a band, from how its use grew over the last week and
 * what nodes under way will take. `Forecaster` remembers the growth; everything else is a function of what it is given.
 */
import type { SubnetReserve } from '../api/tuning-spec.ts';
import { hash32 } from './demand/unit-hash.ts';
import type { Outlook } from './forecast/outlook.ts';
import { outlookOf } from './forecast/outlook.ts';
import type { GrowthValues } from './forecast/growth-bytes.ts';
import { pendingBySubnet } from './forecast/nodes-under-way.ts';
import { rebasedUse, addressesForNodes } from './forecast/rebased-use.ts';
import { SteadyPools } from './forecast/steady-pools.ts';
import type { GrowthReading, GrowthSample } from './forecast/subnet-growth.ts';
import { SubnetGrowth } from './forecast/subnet-growth.ts';
import type { LiveSettings } from './live-settings.ts';
import { reserveAddresses } from './recommend/limits.ts';
import type { AccountView, ClusterSnapshot, SubnetView } from './snapshot.ts';

export type ExhaustionOutlook =
  /** It has: no more is free than the reserve. */
  | 'InReserve'
  | 'Expected'
  /** At the upper end of the band only. */
  | 'Possible'
  | 'NotExpected'
  | 'TooLittleData';

/** Times in ms since the epoch; undefined: not within 30 days, or not known with too little data. */
export type SubnetForecast = {
  readonly subnetId: string;
  readonly outlook: ExhaustionOutlook;
  readonly earliestMs: number | undefined;
  readonly likelyMs: number | undefined;
  readonly latestMs: number | undefined;
  /** Addresses; undefined with too little data. */
  readonly growthPerDay: number | undefined;
  readonly reserveAddresses: number;
};

export type ForecastInput = {
  readonly snapshot: ClusterSnapshot;
  readonly live: LiveSettings | undefined;
  readonly reserve: SubnetReserve;
};

/** More CniTunings than one cluster can use: one container each. */
const MOST_RECORDS = 16;

/** The growth of subnets by name of the CniTuning that watches them. */
export class Forecaster {
  readonly #records = new Map<string, SubnetGrowth>();
  readonly #pools = new SteadyPools();
  /** Passes come more often than readings of EC2: the same question has the same answer. */
  readonly #last = new Map<string, { readonly key: string; readonly forecasts: readonly SubnetForecast[] }>();

  /** Undefined while EC2 cannot be read or there is no DaemonSet. */
  forecast(name: string, input: ForecastInput): readonly SubnetForecast[] | undefined {
    const { snapshot, live, reserve } = input;
    const { account } = snapshot;
    if (live === undefined || account?.subnets === undefined) return undefined;
    const settingsKey = hash32(JSON.stringify(live.settings), 0).toString(16);
    const growth = this.#recordOf(name);
    const atMs = account.takenAtMs;
    if (growth.isDue(atMs))
      growth.note({ atMs, settingsKey, subnets: account.subnets.map((subnet) => useOf(subnet, account)) });
    const pending = pendingBySubnet(snapshot, live.settings, this.#pools);
    const key = JSON.stringify([atMs, settingsKey, reserve, [...pending]]);
    const last = this.#last.get(name);
    if (last?.key === key) return last.forecasts;
    const forecasts = account.subnets.map((subnet) =>
      forecastOf({
        subnet,
        samples: growth.samplesOf(subnet.id),
        nowMs: atMs,
        takesPrefixes: live.settings.prefixDelegation,
        reserveAddresses: reserveAddresses(reserve, subnet),
        pendingAddresses: Math.round(pending.get(subnet.id) ?? 0),
      }),
    );
    this.#last.set(name, { key, forecasts });
    return forecasts;
  }

  /** The CniTuning is gone. */
  forget(name: string): void {
    this.#records.delete(name);
    this.#last.delete(name);
  }

  /** When the last sample was taken; -Infinity before there is one. */
  newestMs(): number {
    return Math.max(...[...this.#records.values()].map(({ newestMs }) => newestMs), -Infinity);
  }

  /** What a restart should not lose; `restore` takes it back. */
  values(): GrowthValues {
    return Object.fromEntries([...this.#records].map(([name, growth]) => [name, growth.value()]));
  }

  /** What is older than what is known is left out. */
  restore(values: GrowthValues): void {
    for (const [name, value] of Object.entries(values).slice(0, MOST_RECORDS)) {
      const growth = SubnetGrowth.from(value);
      const known = this.#records.get(name);
      if (known === undefined || known.newestMs < growth.newestMs) this.#records.set(name, growth);
    }
  }

  #recordOf(name: string): SubnetGrowth {
    const growth = this.#records.get(name) ?? new SubnetGrowth();
    // The one that was asked for longest ago is the first.
    this.#records.delete(name);
    this.#records.set(name, growth);
    const [oldest] = this.#records.keys();
    if (this.#records.size > MOST_RECORDS && oldest !== undefined) this.forget(oldest);
    return growth;
  }
}

function useOf(subnet: SubnetView, { nodes }: AccountView): GrowthReading['subnets'][number] {
  const { id, freeAddresses, freePrefixes: freeBlocks, heldByClusterAddresses: heldAddresses } = subnet;
  const inSubnet = [...(nodes?.values() ?? [])].filter(({ subnetIds }) => subnetIds.includes(id));
  return { id, freeAddresses, freeBlocks, heldAddresses, nodes: inSubnet.length };
}

type Watched = {
  readonly subnet: SubnetView;
  readonly samples: readonly GrowthSample[];
  readonly nowMs: number;
  readonly takesPrefixes: boolean;
  readonly reserveAddresses: number;
  readonly pendingAddresses: number;
};

export function forecastOf(watched: Watched): SubnetForecast {
  const { subnet, samples, nowMs, takesPrefixes, pendingAddresses } = watched;
  const capacity = subnet.sizeAddresses - watched.reserveAddresses;
  const usedNow =
    subnet.sizeAddresses - addressesForNodes({ ...subnet, freeBlocks: subnet.freePrefixes }, takesPrefixes);
  const seen = rebasedUse(samples, subnet, takesPrefixes);
  const points = [...seen.filter(({ at }) => at < nowMs), { at: nowMs, value: usedNow }];
  const outlook = outlookOf({ points, capacity, pending: pendingAddresses });
  const { earliestMs, likelyMs, latestMs, growthPerDay } = outlook;
  const common = { subnetId: subnet.id, reserveAddresses: watched.reserveAddresses, growthPerDay };
  if (usedNow < capacity) return { ...common, outlook: wordFor(outlook), earliestMs, likelyMs, latestMs };
  const sinceMs = points[points.findLastIndex(({ value }) => value < capacity) + 1]?.at ?? nowMs;
  return { ...common, outlook: 'InReserve', earliestMs: sinceMs, likelyMs: sinceMs, latestMs: sinceMs };
}

function wordFor({ earliestMs, likelyMs, growthPerDay }: Outlook): ExhaustionOutlook {
  if (likelyMs !== undefined) return 'Expected';
  if (earliestMs !== undefined) return 'Possible';
  return growthPerDay === undefined ? 'TooLittleData' : 'NotExpected';
}
