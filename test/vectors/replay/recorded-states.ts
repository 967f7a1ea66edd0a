/** A trajectory holds a record only where the state changes; this gives the one that holds at a time. */
import type { StateRecord } from './vector-line.ts';

export function recordedStates(trajectory: readonly StateRecord[]): (t: number) => StateRecord | undefined {
  let index = -1;
  return (t) => {
    while ((trajectory[index + 1]?.t ?? Number.POSITIVE_INFINITY) <= t) index++;
    return trajectory[index];
  };
}
