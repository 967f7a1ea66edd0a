/** DescribeInstances and DescribeInstanceTypes. */
import { knownInstanceTypes, limitsOf } from '../../src/ipamd/instance-limits.ts';
import { interfaceXml } from './describe-interfaces.ts';
import { Ec2Error } from './ec2-error.ts';
import { type FilterTable, literalValues, matcherOf } from './filters.ts';
import { formatAddress } from './ipv4.ts';
import { ACCOUNT_ID, type Ec2Model } from './model.ts';
import { type PageBend, pageOf } from './pages.ts';
import type { QueryRequest } from './query-request.ts';
import type { InstanceRecord } from './records.ts';
import { branch, itemSet, leaf, tagSet } from './xml.ts';

const TYPE_LIMITS = { least: 5, most: 100 };

export function describeInstances(model: Ec2Model, request: QueryRequest, bend: PageBend): string {
  const ids = request.list('InstanceId');
  const filters = request.filters();
  const wanted = ids.length > 0 ? ids : literalValues(filters, 'instance-id');
  const all =
    ids.length > 0
      ? ids.map((id) => model.instance(id))
      : (wanted?.flatMap((id) => model.instances.get(id) ?? []) ?? [...model.instances.values()]);
  const positions = new Map(all.map((instance, index) => [instance, index]));
  const page = pageOf(
    request,
    {
      items: all,
      matches: matcherOf(filters, instanceFilters(model), (instance) => instance.tags),
      positionOf: (instance) => positions.get(instance) ?? 0,
    },
    { hasIds: ids.length > 0, bend },
  );
  const reservations = page.items.map(
    (instance) =>
      leaf('reservationId', `r-${instance.id.slice('i-'.length)}`) +
      leaf('ownerId', ACCOUNT_ID) +
      itemSet('instancesSet', [instanceXml(model, instance)]),
  );
  return itemSet('reservationSet', reservations) + leaf('nextToken', page.nextToken);
}

export function describeInstanceTypes(model: Ec2Model, request: QueryRequest, bend: PageBend): string {
  const asked = request.list('InstanceType');
  if (asked.length > TYPE_LIMITS.most) {
    throw new Ec2Error('InvalidParameterValue', `At most ${TYPE_LIMITS.most} instance types can be asked for at once.`);
  }
  const unknown = asked.filter((name) => limitsOf(name) === undefined);
  if (unknown.length > 0) {
    throw new Ec2Error(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const all = asked.length > 0 ? asked : knownInstanceTypes();
  const positions = new Map(all.map((name, index) => [name, index]));
  const page = pageOf(
    request,
    {
      items: all,
      matches: matcherOf(request.filters(), { 'instance-type': (name: string) => [name] }, () => ({})),
      positionOf: (name) => positions.get(name) ?? 0,
    },
    { limits: TYPE_LIMITS, hasIds: asked.length > 0, bend },
  );
  return itemSet('instanceTypeSet', page.items.map(typeXml)) + leaf('nextToken', page.nextToken);
}

function instanceFilters(model: Ec2Model): FilterTable<InstanceRecord> {
  return {
    'instance-id': (instance) => [instance.id],
    'instance-type': (instance) => [instance.instanceType],
    'instance-state-name': () => ['running'],
    'subnet-id': (instance) => [instance.subnetId],
    'vpc-id': (instance) => [model.subnet(instance.subnetId).vpcId],
    'availability-zone': (instance) => [model.subnet(instance.subnetId).zone],
  };
}

function instanceXml(model: Ec2Model, instance: InstanceRecord): string {
  const subnet = model.subnet(instance.subnetId);
  const interfaces = [...instance.interfaceIds].map((id) => model.interface(id));
  const primary = interfaces.find((eni) => eni.attachment?.deviceIndex === 0);
  return (
    leaf('instanceId', instance.id) +
    branch('instanceState', leaf('code', 16) + leaf('name', 'running')) +
    leaf('instanceType', instance.instanceType) +
    leaf('launchTime', new Date(instance.launchedAtMs).toISOString()) +
    branch('placement', leaf('availabilityZone', subnet.zone)) +
    leaf('subnetId', subnet.id) +
    leaf('vpcId', subnet.vpcId) +
    leaf('privateIpAddress', primary === undefined ? undefined : formatAddress(primary.primary)) +
    tagSet(instance.tags) +
    itemSet(
      'networkInterfaceSet',
      interfaces.map((eni) => interfaceXml(model, eni)),
    )
  );
}

function typeXml(name: string): string {
  const limits = limitsOf(name);
  const network =
    leaf('maximumNetworkInterfaces', limits?.maxENIs) +
    leaf('maximumNetworkCards', 1) +
    leaf('defaultNetworkCardIndex', 0) +
    itemSet('networkCards', [leaf('networkCardIndex', 0) + leaf('maximumNetworkInterfaces', limits?.maxENIs)]) +
    leaf('ipv4AddressesPerInterface', limits?.ipv4PerENI);
  return (
    leaf('instanceType', name) +
    leaf('bareMetal', name.includes('.metal')) +
    leaf('hypervisor', hypervisorOf(name, limits?.prefixCapable ?? false)) +
    branch('networkInfo', network)
  );
}

function hypervisorOf(name: string, prefixCapable: boolean): string | undefined {
  if (name.includes('.metal')) return undefined;
  return prefixCapable ? 'nitro' : 'xen';
}
