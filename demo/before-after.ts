/** The table that says what the change was worth. */
import type { Reading } from './reading.ts';
import { type Column, grouped, percent, renderTable } from './table.ts';

/** A reading with what happened between it and an earlier one. */
export type Phase = { readonly from: Reading; readonly to: Reading };

const COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'before', align: 'right' },
  { title: 'after', align: 'right' },
  { title: 'difference', align: 'right' },
];

export function beforeAfterLines(before: Phase, after: Phase): readonly string[] {
  const one = before.to;
  const other = after.to;
  return renderTable(COLUMNS, [
    ['WARM_ENI_TARGET', one.warmENI, other.warmENI, ''],
    row('Pods running', one.runningPods, other.runningPods),
    row('Network interfaces attached', one.interfaces, other.interfaces),
    row('Addresses held by the nodes', one.heldAddresses, other.heldAddresses),
    row('  of these idle', one.idleAddresses, other.idleAddresses),
    ...one.subnets.map((subnet, at) => subnetRow(subnet, other.subnets[at] ?? subnet)),
    delayedRow(before, after),
    perMinuteRow('EC2 calls of the CNI, per minute', [before, after], ({ ec2Calls }) => ec2Calls),
  ]);
}

function row(title: string, one: number, other: number): readonly string[] {
  return [title, grouped(one), grouped(other), signed(other - one)];
}

type Subnet = Reading['subnets'][number];

function subnetRow(one: Subnet, other: Subnet): readonly string[] {
  const zone = one.zone.slice(-2);
  const title = `Free in the subnet of zone ${zone}, of ${grouped(one.sizeAddresses)}`;
  return [title, free(one), free(other), signed(other.freeAddresses - one.freeAddresses)];
}

function free({ freeAddresses, sizeAddresses }: Subnet): string {
  return `${grouped(freeAddresses)} (${percent(freeAddresses / sizeAddresses)})`;
}

function delayedRow(before: Phase, after: Phase): readonly string[] {
  const text = ({ from, to }: Phase) =>
    `${grouped(to.podsDelayed - from.podsDelayed)} of ${grouped(to.podStarts - from.podStarts)}`;
  return ['Pods that waited for an address', text(before), text(after), ''];
}

function perMinuteRow(
  title: string,
  phases: readonly [Phase, Phase],
  figure: (reading: Reading) => number,
): readonly string[] {
  const perMinute = ({ from, to }: Phase) =>
    (figure(to) - figure(from)) / Math.max((to.atMs - from.atMs) / 60_000, 1 / 60);
  const [one, other] = phases.map(perMinute);
  return [title, (one ?? 0).toFixed(1), (other ?? 0).toFixed(1), ''];
}

function signed(difference: number): string {
  if (difference === 0) return '0';
  return difference > 0 ? `+${grouped(difference)}` : `−${grouped(-difference)}`;
}

const SUBNET_COLUMNS: readonly Column[] = [
  { title: 'subnet', align: 'left' },
  { title: 'zone', align: 'left' },
  { title: 'nodes', align: 'right' },
  { title: 'addresses', align: 'right' },
  { title: 'others', align: 'right' },
  { title: 'free', align: 'right' },
];

/** One row a subnet: who stands in it and what is left. */
export function subnetLines(
  subnets: readonly (Subnet & {
    readonly cidr: string;
    readonly nodes: readonly unknown[];
    readonly othersAddresses: number;
  })[],
): readonly string[] {
  return renderTable(
    SUBNET_COLUMNS,
    subnets.map((subnet) => [
      subnet.id,
      subnet.zone,
      grouped(subnet.nodes.length),
      grouped(subnet.sizeAddresses),
      grouped(subnet.othersAddresses),
      free(subnet),
    ]),
  );
}
