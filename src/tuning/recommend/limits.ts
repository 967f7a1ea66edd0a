/** Which limits a candidate breaks, in the order in which they are held: subnetReserve, then delayedPods. */
import type { SubnetReserve, TuningSpec } from '../../api/tuning-spec.ts';
import type { Figures, Violation } from '../advice.ts';
import type { CandidateSums } from '../evaluation.ts';
import type { SubnetView } from '../snapshot.ts';
import type { SubnetNodes } from './node-subnets.ts';
import { percent, whole } from './wording.ts';

/** Excess over a limit of 0 % is measured as if the limit were this share. */
const LEAST_LIMIT_SHARE = 0.0001;

export type Judged = {
  readonly figures: Figures;
  readonly sums: CandidateSums;
  readonly live: CandidateSums;
  readonly subnets: readonly SubnetNodes[];
  readonly objectives: TuningSpec['objectives'];
};

/** The most excess of each broken limit. An empty list: all limits are met. */
export function violationsOf(judged: Judged): readonly Violation[] {
  return [subnetReserveBroken(judged), delayedPodsBroken(judged)].flatMap((violation) => violation ?? []);
}

export function reserveAddresses(reserve: SubnetReserve, subnet: Pick<SubnetView, 'sizeAddresses'>): number {
  return reserve.kind === 'Addresses' ? reserve.addresses : Math.ceil(reserve.share * subnet.sizeAddresses);
}

/**
 * What a candidate leaves free: what is free now, less the sum over the subnet's nodes of what the node would hold
 * under the candidate (replayed p99) beyond what it holds under the live values (replayed p99).
 *   200 free, 10 nodes, 12 addresses more on each: 80 left.
 */
export function freeAfter({ subnet, nodesByShape }: SubnetNodes, sums: CandidateSums, live: CandidateSums): number {
  const more = Object.entries(nodesByShape).reduce((sum, [key, nodes]) => {
    const held = sums.byShape[key]?.p99HeldAddresses ?? 0;
    return sum + nodes * (held - (live.byShape[key]?.p99HeldAddresses ?? 0));
  }, 0);
  return subnet.freeAddresses - more;
}

function subnetReserveBroken({ sums, live, subnets, objectives }: Judged): Violation | undefined {
  const broken = subnets.flatMap((inSubnet) => {
    const reserve = reserveAddresses(objectives.subnetReserve, inSubnet.subnet);
    const free = freeAfter(inSubnet, sums, live);
    return free < reserve
      ? [{ subnet: inSubnet.subnet, reserve, free, relativeExcess: (reserve - free) / reserve }]
      : [];
  });
  const [worst] = broken.toSorted(
    (a, b) => b.relativeExcess - a.relativeExcess || (a.subnet.id < b.subnet.id ? -1 : 1),
  );
  if (worst === undefined) return undefined;
  const { subnet, reserve, free, relativeExcess } = worst;
  const left =
    free < 0
      ? `lack ${whole(-free)} addresses`
      : `keep ${whole(free)} of ${whole(subnet.sizeAddresses)} addresses free`;
  return {
    limit: 'subnetReserve',
    relativeExcess,
    sentence: `subnet ${subnet.id} (${subnet.zone}) would ${left}; objectives.subnetReserve asks for ${whole(reserve)}`,
  };
}

function delayedPodsBroken({ figures, objectives }: Judged): Violation | undefined {
  const { delayedPodsShare: allowed } = objectives;
  const share = figures.delayedPodsShare;
  if (share <= allowed) return undefined;
  return {
    limit: 'delayedPods',
    relativeExcess: (share - allowed) / Math.max(allowed, LEAST_LIMIT_SHARE),
    sentence: `${percent(share)} of pod starts would wait for an address; objectives.delayedPods allows ${percent(allowed)}`,
  };
}
