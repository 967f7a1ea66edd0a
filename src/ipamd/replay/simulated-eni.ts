/** An interface of a simulated instance, and the addresses it takes from its subnet. */
import type { AddressKind, DescribedENI } from '../ec2-calls.ts';
import type { SubnetSpace } from '../subnet-space.ts';

export type SimulatedSubnet = {
  readonly id: string;
  readonly space: SubnetSpace;
  readonly tags: Readonly<Record<string, string>>;
};

export type SimulatedENI = {
  readonly id: string;
  readonly subnet: SimulatedSubnet;
  readonly own: number;
  readonly addresses: number[];
  readonly prefixes: number[];
  readonly trunk: boolean;
  tags: Readonly<Record<string, string>>;
  /** -1 = not attached. */
  device: number;
  described: DescribedENI | undefined;
};

/** What was really given, when a recording is replayed: addresses or first addresses of prefixes. */
export type Given = readonly number[] | undefined;

export const PREFIX_SIZE = 16;

/** ENIs are numbered in order of creation, and their ids sort in that order. */
export function eniId(number: number): string {
  return `eni-${String(number).padStart(5, '0')}`;
}

export function heldOf(eni: SimulatedENI): number {
  return 1 + eni.addresses.length + PREFIX_SIZE * eni.prefixes.length;
}

export function take(
  space: SubnetSpace,
  kind: AddressKind,
  count: number,
  given: Given,
): readonly number[] | undefined {
  if (given === undefined) return kind === 'prefix' ? space.takeBlocks(count) : space.takeAddresses(count);
  const addresses = kind === 'prefix' ? given.flatMap(blockOf) : given;
  return space.takeExactly(addresses) ? given : undefined;
}

export function giveBack(space: SubnetSpace, kind: AddressKind, addresses: readonly number[]): void {
  for (const address of addresses) {
    if (kind === 'prefix') space.giveBlock(address);
    else space.giveAddress(address);
  }
}

function blockOf(first: number): readonly number[] {
  return Array.from({ length: PREFIX_SIZE }, (_, offset) => first + offset);
}

export function describedOf(eni: SimulatedENI): DescribedENI {
  eni.described ??= {
    eni: eni.id,
    device: eni.device,
    subnet: eni.subnet.id,
    own: eni.own,
    addresses: [...eni.addresses],
    prefixes: [...eni.prefixes],
    trunk: eni.trunk,
    tags: eni.tags,
  };
  return eni.described;
}
