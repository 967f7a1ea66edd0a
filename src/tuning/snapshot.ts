/**
 * What was true at one instant, in our words. `kube` fills the cluster's part, `aws` the account's; nothing here
 * knows an SDK. Times are milliseconds since the epoch, addresses are IPv4 addresses of the VPC.
 */
import type { DaemonSetRef } from '../api/tuning-spec.ts';

/** Why a node's history is not used and its pool is not judged. Counted in status, never guessed around. */
export const NODE_SKIP_REASONS = [
  'AutoMode',
  'Fargate',
  'Hybrid',
  'Windows',
  'UnknownInstanceType',
  'NoAwsNode',
  'NotSelected',
] as const;
export type NodeSkipReason = (typeof NODE_SKIP_REASONS)[number];

export type NodeView = {
  readonly name: string;
  readonly uid: string;
  /** EC2 instance id from `spec.providerID`; empty when the node has none. */
  readonly instanceId: string;
  /** Label `node.kubernetes.io/instance-type`; empty when absent. */
  readonly instanceType: string;
  readonly zone: string;
  readonly region: string;
  /** `.status.capacity.pods`: what ipamd takes as max pods. */
  readonly maxPods: number;
  readonly createdAtMs: number;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Known from the node object alone: Auto Mode, Fargate, hybrid, Windows. */
  readonly platformSkip: NodeSkipReason | undefined;
};

/** A pod on a node, reduced to what its address need depends on. Interned and small: there may be 150,000. */
export type PodView = {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  /** When it was bound (condition PodScheduled), else when we first saw it bound. */
  readonly boundAtMs: number;
  /** Host-network and finished pods hold no address of the pool. */
  readonly needsAddress: boolean;
  /** Condition PodReadyToStartContainers is False: bound, but without a sandbox and so without an address. */
  readonly awaitingSandboxSinceMs: number | undefined;
};

/** Who owns the value of an env entry, by managedFields. */
export type FieldOwner = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
};

export type EnvEntryView = {
  readonly name: string;
  /** Absent when the entry has `valueFrom` or no value at all. */
  readonly value: string | undefined;
  readonly hasValueFrom: boolean;
  /** Owners of the `.value` field; empty when nobody owns it. */
  readonly valueOwners: readonly FieldOwner[];
};

export type DaemonSetView = {
  readonly ref: DaemonSetRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly updateStrategy: 'RollingUpdate' | 'OnDelete';
  readonly desired: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  /** False when the DaemonSet has no container of that name. */
  readonly containerFound: boolean;
  /** The container's env in its order, duplicates kept. */
  readonly env: readonly EnvEntryView[];
  /** Annotations in our domain (`cnituning.dev/…`) only. */
  readonly annotations: Readonly<Record<string, string>>;
};

/** One pod of the DaemonSet. */
export type AwsNodePodView = {
  readonly nodeName: string;
  readonly ready: boolean;
  /** Its template is the DaemonSet's newest one. */
  readonly updated: boolean;
};

export type SubnetView = {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: string;
  /** Addresses a user can have: 2^(32 - prefix length) - 5. */
  readonly sizeAddresses: number;
  readonly freeAddresses: number;
  /** Free aligned /28 blocks; undefined when the interfaces could not be read. */
  readonly freePrefixes: number | undefined;
  /** Addresses held by interfaces of this cluster's nodes; undefined when the interfaces could not be read. */
  readonly heldByClusterAddresses: number | undefined;
  readonly heldByOthersAddresses: number | undefined;
};

/** What one node of the cluster holds, read from its interfaces. */
export type NodeInterfacesView = {
  readonly instanceId: string;
  readonly subnetIds: readonly string[];
  readonly enis: number;
  /** Addresses taken from the subnets: every address of every interface, 16 per prefix. */
  readonly heldAddresses: number;
};

/** A permission or credential that is missing, with the words a user needs. */
export type AccountGap = {
  readonly reason: 'NoCredentials' | 'Forbidden' | 'NoRegion' | 'SwitchedOff' | 'Unavailable' | 'Throttled';
  /** `ec2:DescribeSubnets`; undefined when no single action is to blame. */
  readonly action: string | undefined;
  /** One sentence naming what is missing and the remedy. */
  readonly message: string;
};

/**
 * The account as last read; no gaps: complete. Parts that could not be read are undefined, never empty. After trouble
 * that passes (`Unavailable`, `Throttled`) subnets and nodes stay as last read and `takenAtMs` stays theirs.
 */
export type AccountView = {
  readonly takenAtMs: number;
  readonly subnets: readonly SubnetView[] | undefined;
  readonly nodes: ReadonlyMap<string, NodeInterfacesView> | undefined;
  /** EC2 actions throttled in the last minutes, with how many calls; undefined when CloudWatch could not be read. */
  readonly throttledCallsByAction: Readonly<Record<string, number>> | undefined;
  readonly gaps: readonly AccountGap[];
};

/** Address failures seen on one node since it was last without any. */
export type AddressFailures = { readonly nodeName: string; readonly pods: number; readonly sinceMs: number };

export type ClusterSnapshot = {
  readonly takenAtMs: number;
  /** Every watch has delivered its first state. */
  readonly synced: boolean;
  /** Set while a watch is broken: since when what we know may be old. */
  readonly staleSinceMs: number | undefined;
  /** Watches that the API server refuses for want of a permission, a sentence each; absent = none. */
  readonly refusedWatches?: readonly string[];
  readonly nodes: readonly NodeView[];
  /** Pods that need an address, by node name. */
  readonly podsByNode: ReadonlyMap<string, number>;
  readonly addressFailures: readonly AddressFailures[];
  /** False when nothing tells of refused addresses (events forbidden); absent = told. */
  readonly failuresObserved?: boolean;
  /** Undefined when the DaemonSet does not exist. */
  readonly daemonSet: DaemonSetView | undefined;
  readonly awsNodePods: readonly AwsNodePodView[];
  readonly account: AccountView | undefined;
};
