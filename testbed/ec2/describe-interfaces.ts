/** DescribeNetworkInterfaces, and the one way in which an interface is written. */
import { type FilterTable, literalValues, matcherOf } from './filters.ts';
import { formatAddress } from './ipv4.ts';
import { ACCOUNT_ID, type Ec2Model } from './model.ts';
import { type Page, type PageBend, pageOf } from './pages.ts';
import type { QueryFilter, QueryRequest } from './query-request.ts';
import type { InterfaceRecord } from './records.ts';
import { branch, itemSet, leaf, tagSet } from './xml.ts';

export function describeNetworkInterfaces(model: Ec2Model, request: QueryRequest, bend: PageBend): string {
  const ids = request.list('NetworkInterfaceId');
  const filters = request.filters();
  const page: Page<InterfaceRecord> = pageOf(
    request,
    {
      items: candidates(model, ids, filters),
      matches: matcherOf(filters, filterTable(model), (eni) => eni.tags),
      positionOf: (eni) => eni.sequence,
    },
    { hasIds: ids.length > 0, bend },
  );
  return (
    itemSet(
      'networkInterfaceSet',
      page.items.map((eni) => interfaceXml(model, eni)),
    ) + leaf('nextToken', page.nextToken)
  );
}

export function interfaceXml(model: Ec2Model, eni: InterfaceRecord): string {
  const subnet = model.subnet(eni.subnetId);
  const own = formatAddress(eni.primary);
  return (
    leaf('networkInterfaceId', eni.id) +
    leaf('subnetId', subnet.id) +
    leaf('vpcId', subnet.vpcId) +
    leaf('availabilityZone', subnet.zone) +
    leaf('description', eni.description) +
    leaf('ownerId', ACCOUNT_ID) +
    leaf('requesterId', eni.requesterId) +
    leaf('requesterManaged', eni.requesterManaged) +
    leaf('status', statusOf(eni)) +
    leaf('macAddress', macOf(eni)) +
    leaf('privateIpAddress', own) +
    leaf('sourceDestCheck', true) +
    groupSet(eni) +
    attachmentXml(eni) +
    tagSet(eni.tags) +
    addressSet([eni.primary, ...eni.secondaries]) +
    prefixSet(eni.prefixes) +
    leaf('interfaceType', eni.interfaceType)
  );
}

/** The first address is the interface's own one. */
function addressSet(addresses: readonly number[]): string {
  const items = addresses.map(
    (address, index) => leaf('privateIpAddress', formatAddress(address)) + leaf('primary', index === 0),
  );
  return itemSet('privateIpAddressesSet', items);
}

function prefixSet(prefixes: readonly number[]): string {
  return itemSet(
    'ipv4PrefixSet',
    prefixes.map((first) => leaf('ipv4Prefix', `${formatAddress(first)}/28`)),
  );
}

function groupSet(eni: InterfaceRecord): string {
  return itemSet(
    'groupSet',
    eni.groups.map((id) => leaf('groupId', id) + leaf('groupName', id)),
  );
}

function attachmentXml(eni: InterfaceRecord): string {
  const { attachment } = eni;
  if (attachment === undefined) return '';
  return branch(
    'attachment',
    leaf('attachmentId', attachment.id) +
      leaf('instanceId', attachment.instanceId) +
      leaf('instanceOwnerId', attachment.instanceId === undefined ? 'amazon-aws' : ACCOUNT_ID) +
      leaf('deviceIndex', attachment.deviceIndex) +
      leaf('networkCardIndex', 0) +
      leaf('status', 'attached') +
      leaf('attachTime', new Date(attachment.attachedAtMs).toISOString()) +
      leaf('deleteOnTermination', attachment.deleteOnTermination),
  );
}

/** Ids and instances are looked up, everything else is a scan. */
function candidates(
  model: Ec2Model,
  ids: readonly string[],
  filters: readonly QueryFilter[],
): Iterable<InterfaceRecord> {
  if (ids.length > 0) return inOrder(ids.map((id) => model.interface(id)));
  const byId = literalValues(filters, 'network-interface-id');
  if (byId !== undefined) return inOrder(byId.flatMap((id) => model.interfaces.get(id) ?? []));
  const byInstance = literalValues(filters, 'attachment.instance-id');
  if (byInstance === undefined) return model.interfaces.values();
  const held = byInstance.flatMap((id) => [...(model.instances.get(id)?.interfaceIds ?? [])]);
  return inOrder(held.map((id) => model.interface(id)));
}

function inOrder(interfaces: readonly InterfaceRecord[]): readonly InterfaceRecord[] {
  return [...new Set(interfaces)].sort((one, other) => one.sequence - other.sequence);
}

function filterTable(model: Ec2Model): FilterTable<InterfaceRecord> {
  return {
    'subnet-id': (eni) => [eni.subnetId],
    'vpc-id': (eni) => [model.subnet(eni.subnetId).vpcId],
    'availability-zone': (eni) => [model.subnet(eni.subnetId).zone],
    'network-interface-id': (eni) => [eni.id],
    'attachment.instance-id': (eni) => present(eni.attachment?.instanceId),
    'attachment.attachment-id': (eni) => present(eni.attachment?.id),
    'attachment.device-index': (eni) => present(eni.attachment?.deviceIndex.toString()),
    'attachment.status': (eni) => (eni.attachment === undefined ? [] : ['attached']),
    'addresses.private-ip-address': (eni) => [eni.primary, ...eni.secondaries].map(formatAddress),
    'private-ip-address': (eni) => [formatAddress(eni.primary)],
    description: (eni) => [eni.description],
    'group-id': (eni) => eni.groups,
    'interface-type': (eni) => [eni.interfaceType],
    'owner-id': () => [ACCOUNT_ID],
    'requester-id': (eni) => present(eni.requesterId),
    'requester-managed': (eni) => [String(eni.requesterManaged)],
    status: (eni) => [statusOf(eni)],
  };
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}

function statusOf(eni: InterfaceRecord): string {
  return eni.attachment === undefined ? 'available' : 'in-use';
}

function macOf(eni: InterfaceRecord): string {
  const digits = (eni.sequence % 2 ** 32).toString(16).padStart(8, '0');
  return `02:00:${digits.match(/../g)?.join(':') ?? ''}`;
}
