/** Subnets: their sizes and free addresses, and with the interfaces known who holds them and which /28s are left. */
import type { Subnet, SubnetCidrReservation } from '@aws-sdk/client-ec2';
import type { SubnetView } from '../tuning/snapshot.ts';
import { AddressBlocks, rangeOf } from './address-blocks.ts';
import type { AwsClients } from './clients.ts';
import { AccountTrouble, unavailableGap } from './errors.ts';
import type { SubnetHolding } from './interfaces.ts';
import { forEachPage } from './pages.ts';

/** What DescribeSubnets alone tells. */
export type BareSubnet = Pick<SubnetView, 'id' | 'vpcId' | 'zone' | 'cidr' | 'sizeAddresses' | 'freeAddresses'>;

const PAGE_SIZE = 200;
/** The first four addresses and the last one of every subnet belong to AWS. */
const KEPT_BY_AWS = 5;

export type SubnetFilter = { readonly name: 'vpc-id' | 'subnet-id' | 'tag-key'; readonly values: readonly string[] };

export async function readSubnets(clients: AwsClients, filter: SubnetFilter): Promise<readonly BareSubnet[]> {
  const found: BareSubnet[] = [];
  await forEachPage(
    'ec2:DescribeSubnets',
    async (nextToken) => {
      const command = new clients.ec2Sdk.DescribeSubnetsCommand({
        Filters: [{ Name: filter.name, Values: [...filter.values] }],
        MaxResults: PAGE_SIZE,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      });
      const answer = await clients.ask('ec2:DescribeSubnets', (abortSignal) =>
        clients.ec2.send(command, { abortSignal }),
      );
      return { items: answer.Subnets, nextToken: answer.NextToken };
    },
    (page) => found.push(...page.map(bareSubnet)),
  );
  return found;
}

/** CIDRs from which EC2 never takes a /28 by itself: reservations of type explicit. */
export async function readExplicitReservations(clients: AwsClients, subnetId: string): Promise<readonly string[]> {
  const cidrs: string[] = [];
  await forEachPage<SubnetCidrReservation>(
    'ec2:GetSubnetCidrReservations',
    async (nextToken) => {
      const command = new clients.ec2Sdk.GetSubnetCidrReservationsCommand({
        SubnetId: subnetId,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      });
      const answer = await clients.ask('ec2:GetSubnetCidrReservations', (abortSignal) =>
        clients.ec2.send(command, { abortSignal }),
      );
      return { items: answer.SubnetIpv4CidrReservations, nextToken: answer.NextToken };
    },
    (page) => {
      for (const { Cidr, ReservationType } of page) {
        if (ReservationType === 'explicit' && Cidr !== undefined) cidrs.push(Cidr);
      }
    },
  );
  return cidrs;
}

/** One map of blocks for each subnet, with nothing but AWS's own addresses in it. */
export function blocksOf(subnets: readonly BareSubnet[]): ReadonlyMap<string, AddressBlocks> {
  const pairs = subnets.flatMap(({ id, cidr }): [string, AddressBlocks][] => {
    const range = rangeOf(cidr);
    return range === undefined ? [] : [[id, new AddressBlocks(range)]];
  });
  return new Map(pairs);
}

/** A subnet without any interface is held by nobody: that is known, not missing. */
export function withHolding(
  subnet: BareSubnet,
  holding: SubnetHolding | undefined,
  blocks: AddressBlocks | undefined,
): SubnetView {
  return {
    ...subnet,
    freePrefixes: blocks?.freeBlocks,
    heldByClusterAddresses: holding?.byClusterAddresses ?? 0,
    heldByOthersAddresses: holding?.byOthersAddresses ?? 0,
  };
}

export function withoutHolding(subnet: BareSubnet): SubnetView {
  return { ...subnet, freePrefixes: undefined, heldByClusterAddresses: undefined, heldByOthersAddresses: undefined };
}

function bareSubnet(subnet: Subnet): BareSubnet {
  const { SubnetId: id, CidrBlock: cidr, AvailableIpAddressCount: freeAddresses } = subnet;
  const range = rangeOf(cidr ?? '');
  if (id === undefined || cidr === undefined || range === undefined || freeAddresses === undefined) {
    const message = `EC2 could not be read (ec2:DescribeSubnets): subnet ${id ?? '?'} comes without CIDR or free addresses.`;
    throw new AccountTrouble(unavailableGap('ec2:DescribeSubnets', message));
  }
  return {
    id,
    cidr,
    freeAddresses,
    vpcId: subnet.VpcId ?? '',
    zone: subnet.AvailabilityZone ?? '',
    sizeAddresses: Math.max(0, range.last - range.first + 1 - KEPT_BY_AWS),
  };
}
