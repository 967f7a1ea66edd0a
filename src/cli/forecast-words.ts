/** The sentences of a forecast. */
import type { PassRecord } from '../reconcile/pass-record.ts';
import { settingSummaryOf } from '../reconcile/status/cluster-status.ts';
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { SubnetForecast } from '../tuning/forecast.ts';
import type { Room } from '../tuning/forecast/room.ts';
import { whole } from '../tuning/recommend/wording.ts';
import type { SubnetView } from '../tuning/snapshot.ts';
import { reserveText } from './capacity-answer.ts';
import { runsOutText } from './runs-out.ts';

/** The nodes to come. */
export type Kind = { readonly shape: NodeShape; readonly podsPerNode: number };
/** `advised` is undefined where there is no advice, or it is what is live. */
export type Rooms = { readonly live: Room; readonly advised: Room | undefined };

export function nodesIn({ subnets }: Room): number {
  return subnets.reduce((sum, { nodes }) => sum + nodes, 0);
}

export function verdictText(
  { object }: PassRecord,
  { shape, podsPerNode }: Kind,
  { nodes, holds }: { readonly nodes: number; readonly holds: boolean },
): string {
  const fleet = `${whole(nodes)} more ${shape.instanceType} with ${podsPerNode} pods each, spread evenly`;
  const keep = `keeping ${reserveText(object.spec.objectives.subnetReserve)} of each subnet free`;
  return holds ? `Yes: the subnets hold ${fleet}, ${keep}.` : `No: the subnets do not hold ${fleet}, ${keep}.`;
}

export function firstOutText(subnets: readonly SubnetView[], forecast: readonly SubnetForecast[] | undefined): string {
  if (forecast === undefined || forecast.length === 0)
    return 'No operator has reported on the subnets yet, so nobody knows how they grow.';
  const expected = forecast.filter(({ likelyMs }) => likelyMs !== undefined);
  const [first] = expected.toSorted((a, b) => (a.likelyMs ?? 0) - (b.likelyMs ?? 0));
  if (first !== undefined) {
    const zone = subnets.find(({ id }) => id === first.subnetId)?.zone ?? '';
    const verb = first.outlook === 'InReserve' ? 'has run' : 'runs';
    return `${first.subnetId} (${zone}) ${verb} into its reserve first: ${runsOutText(first)}.`;
  }
  const unknown = forecast.filter(({ outlook }) => outlook === 'TooLittleData').length;
  return unknown > 0
    ? `Of ${unknown} of ${forecast.length} subnets too little has been seen: a forecast takes three days of history.`
    : 'No subnet is expected to run into its reserve within 30 days.';
}

export function roomText(record: PassRecord, { shape, podsPerNode }: Kind, rooms: Rooms): string {
  const node = `${shape.instanceType} with ${podsPerNode} pods each`;
  const now = `Room for ${whole(nodesIn(rooms.live))} more ${node}; one takes ${rooms.live.pool.heldAddresses} addresses.`;
  const { advised } = rooms;
  if (advised === undefined) return now;
  const back = advised.subnets.reduce((sum, { givenBackAddresses }) => sum + givenBackAddresses, 0);
  const gives = back >= 0 ? `gives ${whole(back)} back` : `takes ${whole(-back)}`;
  return `${now} With ${settingSummaryOf(record)} room for ${whole(nodesIn(advised))}: one takes ${advised.pool.heldAddresses}, and the change ${gives}.`;
}
