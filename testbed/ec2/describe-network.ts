/** DescribeSubnets, DescribeVpcs, GetSubnetCidrReservations. */
import { type FilterTable, matcherOf } from './filters.ts';
import { formatCidr } from './ipv4.ts';
import { ACCOUNT_ID, type Ec2Model } from './model.ts';
import { type PageBend, pageOf } from './pages.ts';
import type { QueryRequest } from './query-request.ts';
import type { CidrReservation, SubnetRecord, VpcRecord } from './records.ts';
import { branch, itemSet, leaf, tagSet } from './xml.ts';
import { Ec2Error } from './ec2-error.ts';

const SUBNET_FILTERS: FilterTable<SubnetRecord> = {
  'subnet-id': (subnet) => [subnet.id],
  'vpc-id': (subnet) => [subnet.vpcId],
  'availability-zone': (subnet) => [subnet.zone],
  'availability-zone-id': (subnet) => [zoneId(subnet.zone)],
  'cidr-block': (subnet) => [formatCidr(subnet.cidr)],
  'available-ip-address-count': (subnet) => [String(subnet.space.freeAddresses)],
  'owner-id': () => [ACCOUNT_ID],
  state: () => ['available'],
};

const VPC_FILTERS: FilterTable<VpcRecord> = {
  'vpc-id': (vpc) => [vpc.id],
  cidr: (vpc) => vpc.cidrs.slice(0, 1),
  'owner-id': () => [ACCOUNT_ID],
  state: () => ['available'],
};

export function describeSubnets(model: Ec2Model, request: QueryRequest, bend: PageBend): string {
  const ids = request.list('SubnetId');
  const all = ids.length > 0 ? ids.map((id) => model.subnet(id)) : [...model.subnets.values()];
  const positions = new Map(all.map((subnet, index) => [subnet, index]));
  const page = pageOf(
    request,
    {
      items: all,
      matches: matcherOf(request.filters(), SUBNET_FILTERS, (subnet) => subnet.tags),
      positionOf: (subnet) => positions.get(subnet) ?? 0,
    },
    { hasIds: ids.length > 0, bend },
  );
  return itemSet('subnetSet', page.items.map(subnetXml)) + leaf('nextToken', page.nextToken);
}

export function describeVpcs(model: Ec2Model, request: QueryRequest, bend: PageBend): string {
  const ids = request.list('VpcId');
  const missing = ids.find((id) => !model.vpcs.has(id));
  if (missing !== undefined) throw new Ec2Error('InvalidVpcID.NotFound', `The vpc ID '${missing}' does not exist`);
  const all = [...model.vpcs.values()].filter((vpc) => ids.length === 0 || ids.includes(vpc.id));
  const page = pageOf(
    request,
    {
      items: all,
      matches: matcherOf(request.filters(), VPC_FILTERS, (vpc) => vpc.tags),
      positionOf: (vpc) => all.indexOf(vpc),
    },
    { hasIds: ids.length > 0, bend },
  );
  return itemSet('vpcSet', page.items.map(vpcXml)) + leaf('nextToken', page.nextToken);
}

export function getSubnetCidrReservations(model: Ec2Model, request: QueryRequest, bend: PageBend): string {
  const subnet = model.subnet(request.required('SubnetId'));
  const page = pageOf(
    request,
    {
      items: subnet.reservations,
      matches: () => true,
      positionOf: (reservation) => subnet.reservations.indexOf(reservation),
    },
    { hasIds: false, bend },
  );
  return (
    itemSet(
      'subnetIpv4CidrReservationSet',
      page.items.map((reservation) => reservationXml(subnet, reservation)),
    ) +
    itemSet('subnetIpv6CidrReservationSet', []) +
    leaf('nextToken', page.nextToken)
  );
}

function subnetXml(subnet: SubnetRecord): string {
  return (
    leaf('subnetId', subnet.id) +
    leaf('subnetArn', `arn:aws:ec2:us-west-2:${ACCOUNT_ID}:subnet/${subnet.id}`) +
    leaf('state', 'available') +
    leaf('ownerId', ACCOUNT_ID) +
    leaf('vpcId', subnet.vpcId) +
    leaf('cidrBlock', formatCidr(subnet.cidr)) +
    leaf('availableIpAddressCount', subnet.space.freeAddresses) +
    leaf('availabilityZone', subnet.zone) +
    leaf('availabilityZoneId', zoneId(subnet.zone)) +
    leaf('defaultForAz', false) +
    leaf('mapPublicIpOnLaunch', false) +
    tagSet(subnet.tags)
  );
}

function vpcXml(vpc: VpcRecord): string {
  const associations = vpc.cidrs.map(
    (cidr, index) =>
      leaf('cidrBlock', cidr) +
      leaf('associationId', `vpc-cidr-assoc-${vpc.id.slice('vpc-'.length)}-${index}`) +
      branch('cidrBlockState', leaf('state', 'associated')),
  );
  return (
    leaf('vpcId', vpc.id) +
    leaf('ownerId', ACCOUNT_ID) +
    leaf('state', 'available') +
    leaf('cidrBlock', vpc.cidrs[0]) +
    itemSet('cidrBlockAssociationSet', associations) +
    leaf('isDefault', false) +
    tagSet(vpc.tags)
  );
}

function reservationXml(subnet: SubnetRecord, reservation: CidrReservation): string {
  return (
    leaf('subnetCidrReservationId', reservation.id) +
    leaf('subnetId', subnet.id) +
    leaf('cidr', formatCidr(reservation.cidr)) +
    leaf('reservationType', reservation.kind) +
    leaf('ownerId', ACCOUNT_ID)
  );
}

/** Zone ids differ from account to account; the letter's place in the alphabet will do here. */
function zoneId(zone: string): string {
  const letter = zone.at(-1) ?? 'a';
  return `usw2-az${letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1}`;
}
