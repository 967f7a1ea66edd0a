/** The calls that change interfaces, with EC2's limits and error codes. All or nothing: an error changes nothing. */
import { Ec2Error } from './ec2-error.ts';
import { formatAddress } from './ipv4.ts';
import { type Ec2Model, type NewInterface, tooFewAddresses } from './model.ts';
import type { InterfaceRecord } from './records.ts';

export function createNetworkInterface(model: Ec2Model, wanted: NewInterface): InterfaceRecord {
  if ((wanted.secondaryCount ?? 0) > 0 && (wanted.prefixCount ?? 0) > 0) {
    throw new Ec2Error(
      'InvalidParameterCombination',
      'You cannot specify both SecondaryPrivateIpAddressCount and Ipv4PrefixCount.',
    );
  }
  return model.addInterface(wanted);
}

/** Answers the attachment id. */
export function attachNetworkInterface(
  model: Ec2Model,
  wanted: { readonly interfaceId: string; readonly instanceId: string; readonly deviceIndex: number },
): string {
  const eni = model.interface(wanted.interfaceId);
  const instance = model.instance(wanted.instanceId);
  if (eni.attachment !== undefined) {
    throw new Ec2Error('InvalidNetworkInterface.InUse', `Interface: [${eni.id}] in use.`);
  }
  const attached = [...instance.interfaceIds].map((id) => model.interface(id));
  if (attached.length >= instance.shape.maxENIs) {
    throw new Ec2Error(
      'AttachmentLimitExceeded',
      `Interface count ${attached.length + 1} exceeds the limit for ${instance.instanceType}`,
    );
  }
  if (attached.some((other) => other.attachment?.deviceIndex === wanted.deviceIndex)) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `Instance '${instance.id}' already has an interface attached at device index '${wanted.deviceIndex}'.`,
    );
  }
  requireSlots(eni, 0, instance.shape.ipv4PerENI);
  const attachmentId = model.placeAttachment(eni, { instanceId: instance.id, deviceIndex: wanted.deviceIndex });
  return attachmentId;
}

export function detachNetworkInterface(model: Ec2Model, attachmentId: string): void {
  for (const eni of model.interfaces.values()) {
    if (eni.attachment?.id !== attachmentId) continue;
    if (eni.attachment.deviceIndex === 0) {
      throw new Ec2Error('OperationNotPermitted', 'The network interface at device index 0 cannot be detached.');
    }
    model.clearAttachment(eni);
    return;
  }
  throw new Ec2Error('InvalidAttachmentID.NotFound', `The attachment ID '${attachmentId}' does not exist`);
}

export function deleteNetworkInterface(model: Ec2Model, interfaceId: string): void {
  const eni = model.interface(interfaceId);
  if (eni.attachment !== undefined) {
    throw new Ec2Error('InvalidParameterValue', `Network interface '${eni.id}' is currently in use.`);
  }
  model.removeInterface(eni);
}

export type Assigned = { readonly addresses: readonly number[]; readonly prefixes: readonly number[] };

/** Single addresses or /28 blocks, by count. Answers only what is new. */
export function assignPrivateIpAddresses(
  model: Ec2Model,
  wanted: { readonly interfaceId: string; readonly addressCount: number; readonly prefixCount: number },
): Assigned {
  const eni = model.interface(wanted.interfaceId);
  const instanceId = eni.attachment?.instanceId;
  const limit = instanceId === undefined ? undefined : model.instance(instanceId).shape.ipv4PerENI;
  if (limit !== undefined) requireSlots(eni, wanted.addressCount + wanted.prefixCount, limit);
  const { space } = model.subnet(eni.subnetId);
  const prefixes = space.takeBlocks(wanted.prefixCount);
  if (prefixes === undefined) {
    throw new Ec2Error(
      'InsufficientCidrBlocks',
      `The specified subnet does not have enough free cidr blocks to satisfy the request.`,
    );
  }
  const addresses = space.takeAddresses(wanted.addressCount);
  if (addresses === undefined) {
    for (const first of prefixes) space.giveBlock(first);
    throw tooFewAddresses(eni.subnetId);
  }
  eni.secondaries.push(...addresses);
  eni.prefixes.push(...prefixes);
  return { addresses, prefixes };
}

export function unassignPrivateIpAddresses(model: Ec2Model, wanted: { readonly interfaceId: string } & Assigned): void {
  const eni = model.interface(wanted.interfaceId);
  const strange = [
    ...wanted.addresses.filter((address) => !eni.secondaries.includes(address)),
    ...wanted.prefixes.filter((first) => !eni.prefixes.includes(first)),
  ];
  if (strange.length > 0) {
    const names = strange.map(formatAddress).join(', ');
    throw new Ec2Error('InvalidParameterValue', `Some of the addresses are not assigned to ${eni.id}: ${names}`);
  }
  const { space } = model.subnet(eni.subnetId);
  for (const address of wanted.addresses) {
    eni.secondaries.splice(eni.secondaries.indexOf(address), 1);
    space.giveAddress(address);
  }
  for (const first of wanted.prefixes) {
    eni.prefixes.splice(eni.prefixes.indexOf(first), 1);
    space.giveBlock(first);
  }
}

/** Every slot of an interface takes one address or one /28; its own address is one of them. */
function requireSlots(eni: InterfaceRecord, more: number, ipv4PerENI: number): void {
  const slots = 1 + eni.secondaries.length + eni.prefixes.length + more;
  if (slots <= ipv4PerENI) return;
  throw new Ec2Error(
    'PrivateIpAddressLimitExceeded',
    `Number of private addresses will exceed limit: ${slots} of ${ipv4PerENI} on ${eni.id}.`,
  );
}
