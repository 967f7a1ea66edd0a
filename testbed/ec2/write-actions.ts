/** The calls that change something, from their form fields to their answers. */
import { interfaceXml } from './describe-interfaces.ts';
import { Ec2Error } from './ec2-error.ts';
import {
  assignPrivateIpAddresses,
  attachNetworkInterface,
  createNetworkInterface,
  deleteNetworkInterface,
  detachNetworkInterface,
  unassignPrivateIpAddresses,
} from './interface-calls.ts';
import { formatAddress, parseAddress } from './ipv4.ts';
import type { Ec2Model } from './model.ts';
import type { QueryRequest } from './query-request.ts';
import { branch, itemSet, leaf } from './xml.ts';

const DONE = leaf('return', true);

export function create(model: Ec2Model, request: QueryRequest): string {
  const eni = createNetworkInterface(model, {
    subnetId: request.required('SubnetId'),
    secondaryCount: request.count('SecondaryPrivateIpAddressCount') ?? 0,
    prefixCount: request.count('Ipv4PrefixCount') ?? 0,
    description: request.text('Description') ?? '',
    tags: request.tags('TagSpecification.1.Tag'),
    interfaceType: request.text('InterfaceType') ?? 'interface',
    groups: request.list('SecurityGroupId'),
  });
  return branch('networkInterface', interfaceXml(model, eni));
}

export function attach(model: Ec2Model, request: QueryRequest): string {
  const deviceIndex = request.count('DeviceIndex');
  if (deviceIndex === undefined) request.required('DeviceIndex');
  const attachmentId = attachNetworkInterface(model, {
    interfaceId: request.required('NetworkInterfaceId'),
    instanceId: request.required('InstanceId'),
    deviceIndex: deviceIndex ?? 0,
  });
  return leaf('attachmentId', attachmentId) + leaf('networkCardIndex', 0);
}

export function modifyAttribute(model: Ec2Model, request: QueryRequest): string {
  const eni = model.interface(request.required('NetworkInterfaceId'));
  const attachmentId = request.text('Attachment.AttachmentId');
  const groups = request.list('SecurityGroupId');
  const description = request.text('Description.Value');
  if (attachmentId !== undefined) {
    if (eni.attachment?.id !== attachmentId) {
      throw new Ec2Error('InvalidAttachmentID.NotFound', `The attachment ID '${attachmentId}' does not exist`);
    }
    eni.attachment.deleteOnTermination = request.text('Attachment.DeleteOnTermination') === 'true';
  }
  if (groups.length > 0) eni.groups = [...groups];
  if (description !== undefined) eni.description = description;
  return DONE;
}

export function detach(model: Ec2Model, request: QueryRequest): string {
  detachNetworkInterface(model, request.required('AttachmentId'));
  return DONE;
}

export function remove(model: Ec2Model, request: QueryRequest): string {
  deleteNetworkInterface(model, request.required('NetworkInterfaceId'));
  return DONE;
}

export function assign(model: Ec2Model, request: QueryRequest): string {
  const interfaceId = request.required('NetworkInterfaceId');
  const addressCount = request.count('SecondaryPrivateIpAddressCount') ?? 0;
  const prefixCount = request.count('Ipv4PrefixCount') ?? 0;
  if (addressCount > 0 && prefixCount > 0) {
    throw new Ec2Error(
      'InvalidParameterCombination',
      'You cannot specify both SecondaryPrivateIpAddressCount and Ipv4PrefixCount.',
    );
  }
  const assigned = assignPrivateIpAddresses(model, { interfaceId, addressCount, prefixCount });
  return (
    leaf('networkInterfaceId', interfaceId) +
    itemSet(
      'assignedPrivateIpAddressesSet',
      assigned.addresses.map((address) => leaf('privateIpAddress', formatAddress(address))),
    ) +
    itemSet(
      'assignedIpv4PrefixSet',
      assigned.prefixes.map((first) => leaf('ipv4Prefix', `${formatAddress(first)}/28`)),
    ) +
    DONE
  );
}

export function unassign(model: Ec2Model, request: QueryRequest): string {
  unassignPrivateIpAddresses(model, {
    interfaceId: request.required('NetworkInterfaceId'),
    addresses: request.list('PrivateIpAddress').map(addressOf),
    prefixes: request.list('Ipv4Prefix').map((prefix) => addressOf(prefix.replace(/\/28$/, ''))),
  });
  return DONE;
}

export function createTags(model: Ec2Model, request: QueryRequest): string {
  const tags = request.tags('Tag');
  const targets = request.list('ResourceId').map((id) => taggable(model, id));
  for (const target of targets) Object.assign(target.tags, tags);
  return DONE;
}

function taggable(model: Ec2Model, id: string): { readonly tags: Record<string, string> } {
  if (id.startsWith('eni-')) return model.interface(id);
  if (id.startsWith('subnet-')) return model.subnet(id);
  return model.instance(id);
}

function addressOf(text: string): number {
  const address = parseAddress(text);
  if (address === undefined)
    throw new Ec2Error('InvalidParameterValue', `invalid value for parameter address: '${text}'`);
  return address;
}
