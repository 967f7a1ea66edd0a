/**
 * The operator's forecast as its status publishes it. The growth behind it lives in the operator; whoever reads a
 * cluster from outside goes on from what was published.
 */
import type { TuningObject } from '../reconcile/ports.ts';
import type { SubnetForecast } from '../tuning/forecast.ts';

/** Undefined when no operator has reported on the object's subnets. */
export function publishedForecast({ status }: Pick<TuningObject, 'status'>): readonly SubnetForecast[] | undefined {
  return status?.subnets?.flatMap((subnet) => {
    const { id: subnetId, outlook, reserve: reserveAddresses, growthPerDay } = subnet;
    if (outlook === undefined || reserveAddresses === undefined) return [];
    const likelyMs = timeOf(subnet.exhaustionTime);
    const isIn = outlook === 'InReserve';
    const earliestMs = isIn ? likelyMs : timeOf(subnet.earliestExhaustionTime);
    const latestMs = isIn ? likelyMs : timeOf(subnet.latestExhaustionTime);
    return [{ subnetId, outlook, reserveAddresses, growthPerDay, earliestMs, likelyMs, latestMs }];
  });
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
