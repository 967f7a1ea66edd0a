/** When a subnet runs into its reserve, in the few words a table has room for. Times are UTC. */
import type { SubnetForecast } from '../tuning/forecast.ts';

/** `12-03 14h (12-01 to 12-20)`. */
export function runsOutText(forecast: SubnetForecast | undefined): string {
  switch (forecast?.outlook) {
    case undefined:
      return 'not known';
    case 'TooLittleData':
      return 'too little data';
    case 'NotExpected':
      return 'not within 30 days';
    case 'Possible':
      return `possibly from ${hourOf(forecast.earliestMs)}`;
    case 'InReserve':
      return `in it since ${hourOf(forecast.likelyMs)}`;
    case 'Expected':
      return `${hourOf(forecast.likelyMs)} (${dayOf(forecast.earliestMs)} ${until(forecast.latestMs)})`;
  }
}

function until(latestMs: number | undefined): string {
  return latestMs === undefined ? 'or later' : `to ${dayOf(latestMs)}`;
}

function dayOf(atMs: number | undefined): string {
  return atMs === undefined ? '' : new Date(atMs).toISOString().slice(5, 10);
}

function hourOf(atMs: number | undefined): string {
  return atMs === undefined ? '' : `${dayOf(atMs)} ${new Date(atMs).toISOString().slice(11, 13)}h`;
}
