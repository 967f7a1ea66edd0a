/** The subnets as status shows them, with the forecast of each. A forecast is written anew only when it says more. */
import type { SubnetStatus } from '../../api/cnituning.generated.ts';
import { timestampOf } from '../../api/conditions.ts';
import type { SubnetForecast } from '../../tuning/forecast.ts';
import { MOST_SUBNETS } from '../../tuning/forecast/subnet-growth.ts';
import type { SubnetView } from '../../tuning/snapshot.ts';
import type { PassRecord } from '../pass-record.ts';
import { some } from './absent.ts';

const HOUR_MS = 3_600_000;
/** Of the time left: a forecast of ten days stands until it moves by one. */
const MOVED_SHARE = 0.1;

/** The fullest ones, in the order of their ids, so that the list does not shuffle as they fill. */
export function subnetsOf({ snapshot, forecast, object }: PassRecord): readonly SubnetStatus[] | undefined {
  const account = snapshot?.account;
  if (account?.subnets === undefined) return undefined;
  const fullest = account.subnets.toSorted((a, b) => a.freeAddresses - b.freeAddresses || (a.id < b.id ? -1 : 1));
  const shown = fullest.slice(0, MOST_SUBNETS).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return shown.map((subnet) => ({
    ...subnetStatus(subnet),
    ...forecastFields(
      forecast?.find(({ subnetId }) => subnetId === subnet.id),
      object.status?.subnets?.find(({ id }) => id === subnet.id),
      account.takenAtMs,
    ),
  }));
}

function subnetStatus(subnet: SubnetView): SubnetStatus {
  return {
    id: subnet.id,
    zone: subnet.zone,
    cidr: subnet.cidr,
    size: subnet.sizeAddresses,
    free: subnet.freeAddresses,
    ...some('freePrefixes', subnet.freePrefixes),
    ...some('held', subnet.heldByClusterAddresses),
    ...some('heldByOthers', subnet.heldByOthersAddresses),
  };
}

type ForecastFields = Pick<
  SubnetStatus,
  'reserve' | 'outlook' | 'exhaustionTime' | 'earliestExhaustionTime' | 'latestExhaustionTime' | 'growthPerDay'
>;

function forecastFields(
  forecast: SubnetForecast | undefined,
  written: SubnetStatus | undefined,
  nowMs: number,
): ForecastFields {
  if (forecast === undefined) return {};
  const { reserveAddresses: reserve } = forecast;
  if (written !== undefined && !saysMore(forecast, written, nowMs)) return { reserve, ...forecastPartOf(written) };
  return { reserve, ...projected(forecast) };
}

function saysMore(forecast: SubnetForecast, written: SubnetStatus, nowMs: number): boolean {
  if (written.outlook !== forecast.outlook) return true;
  // Since when it is in its reserve stays the same.
  if (forecast.outlook === 'InReserve') return false;
  return (
    moved(written.exhaustionTime, forecast.likelyMs, nowMs) ||
    moved(written.earliestExhaustionTime, forecast.earliestMs, nowMs) ||
    moved(written.latestExhaustionTime, forecast.latestMs, nowMs)
  );
}

function moved(written: string | undefined, atMs: number | undefined, nowMs: number): boolean {
  if (written === undefined || atMs === undefined) return (written === undefined) !== (atMs === undefined);
  return Math.abs(Date.parse(written) - atMs) > Math.max(HOUR_MS, MOVED_SHARE * (atMs - nowMs));
}

function forecastPartOf(written: SubnetStatus): ForecastFields {
  const { outlook, exhaustionTime, earliestExhaustionTime, latestExhaustionTime, growthPerDay } = written;
  return {
    ...some('outlook', outlook),
    ...some('exhaustionTime', exhaustionTime),
    ...some('earliestExhaustionTime', earliestExhaustionTime),
    ...some('latestExhaustionTime', latestExhaustionTime),
    ...some('growthPerDay', growthPerDay),
  };
}

/** To the hour: the band's ends outwards. */
function projected({ outlook, earliestMs, likelyMs, latestMs, growthPerDay }: SubnetForecast): ForecastFields {
  const since = { outlook, ...some('exhaustionTime', hour(likelyMs, Math.round)) };
  if (outlook === 'InReserve') return since;
  return {
    ...since,
    ...some('earliestExhaustionTime', hour(earliestMs, Math.floor)),
    ...some('latestExhaustionTime', hour(latestMs, Math.ceil)),
    ...some('growthPerDay', growthPerDay === undefined ? undefined : Math.round(growthPerDay)),
  };
}

function hour(atMs: number | undefined, to: (hours: number) => number): string | undefined {
  return atMs === undefined ? undefined : timestampOf(to(atMs / HOUR_MS) * HOUR_MS);
}
