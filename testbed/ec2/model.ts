/**
 * One account in one region: VPCs, subnets, instances, interfaces, and the arithmetic of their addresses. In
 * process it is also the way to seed thousands of interfaces; over HTTP the same functions answer (actions.ts).
 */
import { limitsOf } from '../../src/ipamd/instance-limits.ts';
import { Ec2Error } from './ec2-error.ts';
import { cidrContains, formatCidr, parseCidr } from './ipv4.ts';
import { type InstanceRecord, type InstanceShape, heldAddresses } from './records.ts';
import type { CidrReservation, InterfaceRecord, SubnetRecord, Tags, VpcRecord } from './records.ts';
import { type Pick, type ReservationKind, SubnetSpace } from '../../src/ipamd/subnet-space.ts';

export type NewSubnet = {
  readonly vpcId: string;
  readonly cidr: string;
  readonly zone: string;
  readonly id?: string;
  readonly tags?: Tags;
};

export type NewInstance = {
  readonly instanceType: string;
  readonly subnetId: string;
  readonly id?: string;
  readonly tags?: Tags;
  /** For types the bundled table does not know. */
  readonly shape?: InstanceShape;
  /** On the primary interface. */
  readonly interfaceTags?: Tags;
};

/** Everything of an interface but its place in the account; counts are beside the interface's own address. */
export type NewInterface = {
  readonly subnetId: string;
  readonly secondaryCount?: number;
  readonly prefixCount?: number;
  readonly description?: string;
  readonly tags?: Tags;
  readonly interfaceType?: string;
  readonly requesterManaged?: boolean;
  readonly requesterId?: string;
  readonly groups?: readonly string[];
};

export type ModelOptions = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where the search for a free single address starts; default: the lowest free one first. */
  readonly pick?: Pick;
  /** Code of CreateNetworkInterface when the blocks do not suffice; EC2 has been seen with InvalidParameterValue. */
  readonly createPrefixErrorCode?: string;
};

export const ACCOUNT_ID = '123456789012';

export class Ec2Model {
  readonly vpcs = new Map<string, VpcRecord>();
  readonly subnets = new Map<string, SubnetRecord>();
  readonly instances = new Map<string, InstanceRecord>();
  readonly interfaces = new Map<string, InterfaceRecord>();
  readonly now: () => number;
  readonly #options: ModelOptions;
  #sequence = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.now = options.now;
  }

  /** An id in EC2's shape: 17 hex digits after the prefix, in order of creation. */
  nextId(prefix: string): string {
    this.#sequence += 1;
    return `${prefix}-0${this.#sequence.toString(16).padStart(16, '0')}`;
  }

  addVpc(vpc: { readonly cidr: string; readonly id?: string; readonly tags?: Tags }): VpcRecord {
    const record = {
      id: vpc.id ?? this.nextId('vpc'),
      cidrs: [formatCidr(parseCidr(vpc.cidr))],
      tags: { ...vpc.tags },
    };
    this.vpcs.set(record.id, record);
    return record;
  }

  addSubnet(subnet: NewSubnet): SubnetRecord {
    const vpc = this.#vpc(subnet.vpcId);
    const cidr = parseCidr(subnet.cidr);
    if (cidr.prefixLength < 16 || cidr.prefixLength > 28) {
      throw new Ec2Error('InvalidSubnet.Range', `The CIDR '${subnet.cidr}' is invalid: a subnet is a /16 to a /28.`);
    }
    if (!vpc.cidrs.some((text) => cidrContains(parseCidr(text), cidr))) {
      throw new Ec2Error('InvalidSubnet.Range', `The CIDR '${subnet.cidr}' is invalid: it lies outside ${vpc.id}.`);
    }
    const record: SubnetRecord = {
      id: subnet.id ?? this.nextId('subnet'),
      vpcId: vpc.id,
      zone: subnet.zone,
      cidr,
      space: new SubnetSpace(cidr, this.#options.pick),
      reservations: [],
      tags: { ...subnet.tags },
      interfaceIds: new Set(),
    };
    this.subnets.set(record.id, record);
    return record;
  }

  reserveCidr(subnetId: string, cidrText: string, kind: ReservationKind): CidrReservation {
    const subnet = this.subnet(subnetId);
    const cidr = parseCidr(cidrText);
    if (!cidrContains(subnet.cidr, cidr)) {
      throw new Ec2Error('InvalidParameterValue', `The CIDR '${cidrText}' lies outside subnet ${subnetId}.`);
    }
    const reservation = { id: this.nextId('scr'), cidr, kind };
    subnet.reservations.push(reservation);
    subnet.space.reserve(cidr, kind);
    return reservation;
  }

  /** Launches an instance with its primary interface (device 0, deleted with the instance). */
  addInstance(instance: NewInstance): InstanceRecord {
    const shape = instance.shape ?? limitsOf(instance.instanceType);
    if (shape === undefined) {
      throw new Ec2Error('InvalidParameterValue', `Invalid value '${instance.instanceType}' for InstanceType.`);
    }
    const record: InstanceRecord = {
      id: instance.id ?? this.nextId('i'),
      instanceType: instance.instanceType,
      shape,
      subnetId: instance.subnetId,
      tags: { ...instance.tags },
      launchedAtMs: this.now(),
      interfaceIds: new Set(),
    };
    const primary = this.addInterface({ subnetId: instance.subnetId, tags: instance.interfaceTags ?? {} });
    this.instances.set(record.id, record);
    this.placeAttachment(primary, { instanceId: record.id, deviceIndex: 0, deleteOnTermination: true });
    return record;
  }

  /** Deletes the interfaces marked so and leaves the others available, as termination does. */
  terminateInstance(instanceId: string): void {
    const instance = this.instance(instanceId);
    for (const id of [...instance.interfaceIds]) {
      const eni = this.interface(id);
      const goes = eni.attachment?.deleteOnTermination === true;
      this.clearAttachment(eni);
      if (goes) this.removeInterface(eni);
    }
    this.instances.delete(instanceId);
  }

  /** Takes own address, secondaries and blocks from the subnet in one step, or throws and takes nothing. */
  addInterface(wanted: NewInterface): InterfaceRecord {
    const subnet = this.subnet(wanted.subnetId);
    const prefixes = subnet.space.takeBlocks(wanted.prefixCount ?? 0);
    if (prefixes === undefined) {
      throw new Ec2Error(
        this.#options.createPrefixErrorCode ?? 'InvalidParameterValue',
        `There aren't sufficient free Ipv4 addresses or prefixes in subnet '${subnet.id}'.`,
      );
    }
    const addresses = subnet.space.takeAddresses(1 + (wanted.secondaryCount ?? 0));
    if (addresses === undefined) {
      for (const first of prefixes) subnet.space.giveBlock(first);
      throw tooFewAddresses(subnet.id);
    }
    const [primary = 0, ...secondaries] = addresses;
    return this.#store(subnet, { ...wanted, primary, secondaries, prefixes: [...prefixes] });
  }

  placeAttachment(
    eni: InterfaceRecord,
    place: { readonly instanceId?: string; readonly deviceIndex: number; readonly deleteOnTermination?: boolean },
  ): string {
    const id = this.nextId('eni-attach');
    eni.attachment = {
      id,
      instanceId: place.instanceId,
      deviceIndex: place.deviceIndex,
      attachedAtMs: this.now(),
      deleteOnTermination: place.deleteOnTermination ?? false,
    };
    if (place.instanceId !== undefined) this.instance(place.instanceId).interfaceIds.add(eni.id);
    return id;
  }

  clearAttachment(eni: InterfaceRecord): void {
    const instanceId = eni.attachment?.instanceId;
    if (instanceId !== undefined) this.instances.get(instanceId)?.interfaceIds.delete(eni.id);
    eni.attachment = undefined;
  }

  removeInterface(eni: InterfaceRecord): void {
    const subnet = this.subnet(eni.subnetId);
    for (const address of [eni.primary, ...eni.secondaries]) subnet.space.giveAddress(address);
    for (const first of eni.prefixes) subnet.space.giveBlock(first);
    subnet.interfaceIds.delete(eni.id);
    this.interfaces.delete(eni.id);
  }

  subnet(id: string): SubnetRecord {
    const found = this.subnets.get(id);
    if (found === undefined) throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
    return found;
  }

  instance(id: string): InstanceRecord {
    const found = this.instances.get(id);
    if (found === undefined) throw new Ec2Error('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    return found;
  }

  interface(id: string): InterfaceRecord {
    const found = this.interfaces.get(id);
    if (found === undefined) {
      throw new Ec2Error('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
    }
    return found;
  }

  /** Addresses held by each instance's interfaces; of all subnets together. */
  heldByInstance(): ReadonlyMap<string, number> {
    const held = new Map<string, number>();
    for (const instance of this.instances.values()) {
      let sum = 0;
      for (const id of instance.interfaceIds) sum += heldAddresses(this.interface(id));
      held.set(instance.id, sum);
    }
    return held;
  }

  #vpc(id: string): VpcRecord {
    const found = this.vpcs.get(id);
    if (found === undefined) throw new Ec2Error('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
    return found;
  }

  #store(
    subnet: SubnetRecord,
    made: NewInterface & { primary: number; secondaries: number[]; prefixes: number[] },
  ): InterfaceRecord {
    const id = this.nextId('eni');
    const record: InterfaceRecord = {
      id,
      sequence: this.#sequence,
      subnetId: subnet.id,
      interfaceType: made.interfaceType ?? 'interface',
      requesterManaged: made.requesterManaged ?? false,
      requesterId: made.requesterId,
      primary: made.primary,
      secondaries: made.secondaries,
      prefixes: made.prefixes,
      tags: { ...made.tags },
      createdAtMs: this.now(),
      description: made.description ?? '',
      groups: [...(made.groups ?? [])],
      attachment: undefined,
    };
    this.interfaces.set(id, record);
    subnet.interfaceIds.add(id);
    return record;
  }
}

export function tooFewAddresses(subnetId: string): Ec2Error {
  return new Ec2Error(
    'InsufficientFreeAddressesInSubnet',
    `The specified subnet '${subnetId}' does not have enough free addresses to satisfy the request.`,
  );
}
