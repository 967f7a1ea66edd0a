/** What the endpoint's account contains. Mutable inside the model; callers outside only read. */
import type { ReservationKind, SubnetSpace } from '../../src/ipamd/subnet-space.ts';
import type { Cidr } from './ipv4.ts';

export type Tags = Record<string, string>;

export type VpcRecord = { readonly id: string; readonly cidrs: string[]; readonly tags: Tags };

export type CidrReservation = { readonly id: string; readonly cidr: Cidr; readonly kind: ReservationKind };

export type SubnetRecord = {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: Cidr;
  readonly space: SubnetSpace;
  readonly reservations: CidrReservation[];
  readonly tags: Tags;
  readonly interfaceIds: Set<string>;
};

export type InstanceShape = {
  readonly maxENIs: number;
  readonly ipv4PerENI: number;
  readonly prefixCapable: boolean;
};

export type InstanceRecord = {
  readonly id: string;
  readonly instanceType: string;
  readonly shape: InstanceShape;
  readonly subnetId: string;
  readonly tags: Tags;
  readonly launchedAtMs: number;
  readonly interfaceIds: Set<string>;
};

export type Attachment = {
  readonly id: string;
  /** Absent for interfaces that AWS attaches to machines of its own (control plane, load balancer). */
  readonly instanceId: string | undefined;
  readonly deviceIndex: number;
  readonly attachedAtMs: number;
  deleteOnTermination: boolean;
};

export type InterfaceRecord = {
  readonly id: string;
  /** Order of creation: pages are cut by it, so a page stays right while interfaces come and go. */
  readonly sequence: number;
  readonly subnetId: string;
  readonly interfaceType: string;
  readonly requesterManaged: boolean;
  readonly requesterId: string | undefined;
  readonly primary: number;
  readonly secondaries: number[];
  /** First addresses of the /28 blocks. */
  readonly prefixes: number[];
  readonly tags: Tags;
  readonly createdAtMs: number;
  description: string;
  groups: string[];
  attachment: Attachment | undefined;
};

/** Addresses an interface takes from its subnet. */
export function heldAddresses(eni: InterfaceRecord): number {
  return 1 + eni.secondaries.length + 16 * eni.prefixes.length;
}
