/**
 * IPAMContext: everything one ipamd process knows. Upstream: pkg/ipamd/ipamd.go and the cache of
 * pkg/awsutils/awsutils.go (v1.23.1). `nowMs` is set by whoever drives the process, before each step.
 */
import type { DescribedENI } from '../ec2-calls.ts';
import type { NodeShape } from '../instance-limits.ts';
import type { CniSettings } from '../warm-settings.ts';
import type { Choices } from './choices.ts';
import { DEFAULT_NETWORK_CARD, IPS_PER_PREFIX } from './constants.ts';
import { newDataStore } from './datastore.ts';
import type { Cidr, DataStore } from './datastore.ts';
import type { Allocation } from './pod-addresses.ts';

export type Ipamd = {
  readonly settings: CniSettings;
  readonly shape: NodeShape;
  readonly choices: Choices;
  /** What the instance metadata shows now: attached interfaces, the primary (device 0) included. */
  readonly metadata: () => readonly DescribedENI[];
  /** Subnet of the ENIConfig, with custom networking. */
  readonly podSubnet: string | undefined;
  /** ipam.json less the pods without a veth (normalizeCheckpointDataByPodVethExistence), read once in nodeInit. */
  readonly checkpoint: () => readonly Allocation[];
  /** ipam.json has been read: from now on it says what the stores hold. */
  restored: boolean;

  readonly enablePrefixDelegation: boolean;
  /** getMaxENI. */
  readonly maxENI: number;
  /** GetIPv4Limit: in prefix mode 16 for each slot. */
  readonly maxIPsPerENI: number;
  /** GetENIIPv4Limit: slots of an ENI for addresses or prefixes. */
  readonly slotsPerENI: number;
  readonly primaryENI: string;
  /** Value of the CNI's instance tag. */
  readonly instanceId: string;
  readonly primarySubnet: string;

  /** dataStoreAccess.DataStores: one a managed network card, the default card's first. */
  readonly stores: readonly [DataStore, ...DataStore[]];
  nowMs: number;
  phase: 'init' | 'run' | 'failed';
  failure: string | undefined;
  requests: number;
  /** The node carries the unschedulable taint. */
  unschedulable: boolean;
  lastNodeIPPoolAction: number;
  lastInsufficientCidrError: number;
  lastDecreaseIPPool: number;
  /** awsutils' unmanagedENIs, and how many there are by network card (filterUnmanagedENIs). */
  unmanagedENIs: ReadonlySet<string>;
  readonly unmanagedENI: number[];
  /** primaryIP: the ENIs' own addresses. */
  readonly primaryIP: Map<string, number>;
  /** ReconcileCooldownCache: until when a CIDR that was given back is not believed, by cidrKey. */
  readonly reconcileCooldownCache: Map<number, number>;
  /** deallocateEmptyCIDR calls that wait for their five seconds, oldest first. */
  readonly emptyCidrs: { readonly atMs: number; readonly store: DataStore; readonly cidr: Cidr }[];
  readonly rest: Rest;
};

/** What lets the pool manager be woken later than at its next half interval. */
export type Rest = {
  /** Start of the present nap. */
  napFromMs: number;
  /** The next pass is the pool's (true) or the reconcile's. */
  poolNext: boolean;
  /** `changes` of the stores at the last pool pass without effect, and until when none can come by time alone. */
  poolChanges: number;
  poolUntilMs: number;
  /** `structure` of the stores and the metadata at the last reconcile that found nothing to do. */
  syncedStructure: number;
  syncedMetadata: readonly DescribedENI[] | undefined;
};

export type IpamdOptions = {
  readonly shape: NodeShape;
  readonly settings: CniSettings;
  readonly choices: Choices;
  readonly metadata: () => readonly DescribedENI[];
  readonly nowMs: number;
  readonly random: () => number;
  readonly podSubnet?: string | undefined;
  readonly checkpoint?: () => readonly Allocation[];
  readonly unschedulable?: boolean;
  readonly instanceId?: string;
  /** Network cards that the instance type has; cards above 0 count only with ENABLE_MULTI_NIC. */
  readonly networkCards?: number;
};

/** New, pkg/ipamd/ipamd.go, up to nodeInit. The metadata must show the primary interface. */
export function newIpamd(options: IpamdOptions): Ipamd {
  const { settings, shape, nowMs } = options;
  const enablePrefixDelegation = settings.prefixDelegation && shape.prefixCapable;
  const slotsPerENI = shape.ipv4PerENI - 1;
  const primary = options.metadata().find((eni) => eni.device === 0 && (eni.networkCard ?? 0) === 0);
  const cards = settings.multiNIC ? (options.networkCards ?? 1) : 1;
  const storeFor = (networkCard: number): DataStore =>
    newDataStore({
      networkCard,
      isPDEnabled: enablePrefixDelegation,
      ipCooldownMs: settings.ipCooldownMs,
      random: options.random,
    });
  return {
    settings,
    shape,
    choices: options.choices,
    metadata: options.metadata,
    podSubnet: options.podSubnet,
    checkpoint: options.checkpoint ?? (() => []),
    restored: false,
    enablePrefixDelegation,
    maxENI: getMaxENI(settings.maxENI, shape.maxENIs),
    maxIPsPerENI: enablePrefixDelegation ? slotsPerENI * IPS_PER_PREFIX : slotsPerENI,
    slotsPerENI,
    primaryENI: primary?.eni ?? '',
    instanceId: options.instanceId ?? '',
    primarySubnet: primary?.subnet ?? '',
    stores: [storeFor(DEFAULT_NETWORK_CARD), ...Array.from({ length: cards - 1 }, (_, index) => storeFor(index + 1))],
    nowMs,
    phase: 'init',
    failure: undefined,
    requests: 0,
    unschedulable: options.unschedulable ?? false,
    lastNodeIPPoolAction: Number.NEGATIVE_INFINITY,
    lastInsufficientCidrError: Number.NEGATIVE_INFINITY,
    lastDecreaseIPPool: Number.NEGATIVE_INFINITY,
    unmanagedENIs: new Set(),
    unmanagedENI: Array.from({ length: cards }, () => 0),
    primaryIP: new Map(),
    reconcileCooldownCache: new Map(),
    emptyCidrs: [],
    rest: {
      napFromMs: nowMs,
      poolNext: true,
      poolChanges: -1,
      poolUntilMs: nowMs,
      syncedStructure: -1,
      syncedMetadata: undefined,
    },
  };
}

/** getMaxENI, pkg/ipamd/ipamd.go: MAX_ENI below 1 or above the type's limit does not count. */
export function getMaxENI(setting: number, instanceMaxENI: number): number {
  return setting >= 1 && setting < instanceMaxENI ? setting : instanceMaxENI;
}

/** GetDataStore. */
export function storeOf(ipamd: Ipamd, networkCard: number): DataStore | undefined {
  return ipamd.stores[networkCard];
}

/** GetTrunkENI of the default card's store, as whether there is one. */
export function hasTrunkENI(ipamd: Ipamd): boolean {
  for (const eni of ipamd.stores[DEFAULT_NETWORK_CARD].enis) if (eni.isTrunk) return true;
  return false;
}

/** Sum over the stores: grows with every change a decision may depend on. */
export function changesOf(ipamd: Ipamd): number {
  let changes = 0;
  for (const store of ipamd.stores) changes += store.changes;
  return changes;
}

export function structureOf(ipamd: Ipamd): number {
  let structure = 0;
  for (const store of ipamd.stores) structure += store.structure;
  return structure;
}

/** The unschedulable taint came or went. */
export function setUnschedulable(ipamd: Ipamd, unschedulable: boolean): void {
  ipamd.unschedulable = unschedulable;
  ipamd.rest.poolChanges = -1;
}
