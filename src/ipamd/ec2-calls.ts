/** The EC2 calls ipamd makes, as values: what is asked, what came back, how long each takes. */

export const EC2_ACTIONS = [
  'AssignPrivateIpAddresses',
  'AttachNetworkInterface',
  'CreateNetworkInterface',
  'CreateTags',
  'DeleteNetworkInterface',
  'DescribeInstances',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'DetachNetworkInterface',
  'ModifyNetworkInterfaceAttribute',
  'UnassignPrivateIpAddresses',
] as const;
export type EC2Action = (typeof EC2_ACTIONS)[number];

/** All but Describe…: what AWS counts as mutating calls. */
export function isMutating(action: EC2Action): boolean {
  return !action.startsWith('Describe');
}

/** `ip` = single secondary addresses, `prefix` = /28 blocks. */
export type AddressKind = 'ip' | 'prefix';

/** A number for each action. */
export function eachAction(value: number): Record<EC2Action, number> {
  return {
    AssignPrivateIpAddresses: value,
    AttachNetworkInterface: value,
    CreateNetworkInterface: value,
    CreateTags: value,
    DeleteNetworkInterface: value,
    DescribeInstances: value,
    DescribeNetworkInterfaces: value,
    DescribeSubnets: value,
    DetachNetworkInterface: value,
    ModifyNetworkInterfaceAttribute: value,
    UnassignPrivateIpAddresses: value,
  };
}

/** What a call asks. ENIs and subnets are the caller's ids; a prefix is named by its first address. */
export type EC2Call =
  | {
      readonly action: 'AssignPrivateIpAddresses';
      readonly eni: string;
      readonly kind: AddressKind;
      readonly count: number;
    }
  | {
      readonly action: 'UnassignPrivateIpAddresses';
      readonly eni: string;
      readonly kind: AddressKind;
      readonly addresses: readonly number[];
    }
  | {
      readonly action: 'CreateNetworkInterface';
      readonly subnet: string;
      readonly kind: AddressKind;
      readonly count: number;
      /** Set with the creation, `createdAt` not among them. */
      readonly tags?: Readonly<Record<string, string>>;
    }
  | {
      readonly action: 'AttachNetworkInterface';
      readonly eni: string;
      readonly device: number;
      readonly networkCard?: number;
    }
  | {
      readonly action: 'ModifyNetworkInterfaceAttribute';
      readonly eni: string;
      readonly attribute: 'groups' | 'deleteOnTermination';
    }
  | { readonly action: 'CreateTags'; readonly eni: string; readonly tags?: Readonly<Record<string, string>> }
  | { readonly action: 'DetachNetworkInterface'; readonly eni: string }
  | { readonly action: 'DeleteNetworkInterface'; readonly eni: string }
  | { readonly action: 'DescribeNetworkInterfaces'; readonly enis: readonly string[] }
  | { readonly action: 'DescribeSubnets' }
  | { readonly action: 'DescribeInstances' };

/** One call ipamd wants made; the answer names it by its id. */
export type EC2Request = EC2Call & { readonly id: number };

/** One interface as DescribeNetworkInterfaces tells it. `own` = its primary address. */
export type DescribedENI = {
  readonly eni: string;
  readonly device: number;
  readonly subnet: string;
  readonly own: number;
  readonly addresses: readonly number[];
  /** First addresses of its /28 blocks. */
  readonly prefixes: readonly number[];
  readonly trunk?: boolean;
  readonly efa?: boolean;
  /** Absent = the default card, 0. */
  readonly networkCard?: number;
  readonly tags?: Readonly<Record<string, string>>;
};

export type DescribedSubnet = {
  readonly subnet: string;
  readonly availableAddresses: number;
  readonly tags: Readonly<Record<string, string>>;
};

/**
 * What came back. On success only the fields of the action asked are read: `addresses` (assign: the new addresses or
 * prefixes), `created` (create), `described` (DescribeNetworkInterfaces), `subnets` (DescribeSubnets: all of the VPC
 * and zone), `devices` (DescribeInstances: device indexes in use, the primary's included).
 * On failure `code` is the EC2 error code.
 */
export type EC2Response =
  | {
      readonly ok: true;
      readonly addresses?: readonly number[];
      readonly created?: DescribedENI;
      readonly described?: readonly DescribedENI[];
      readonly subnets?: readonly DescribedSubnet[];
      readonly devices?: readonly number[];
    }
  /** `eni`: the interface that InvalidNetworkInterfaceID.NotFound names. */
  | { readonly ok: false; readonly code: string; readonly eni?: string };

/** How long each call takes, ms. */
export type Latencies = Readonly<Record<EC2Action, number>>;
