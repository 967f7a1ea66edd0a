/** How much is too little, too much, and how much to ask for. Upstream: pkg/ipamd/ipamd.go (v1.23.1). */
import { warmIPTargetsDefined } from '../warm-settings.ts';
import {
  DEFAULT_NETWORK_CARD,
  INSUFFICIENT_CODES,
  INSUFFICIENT_COOLDOWN_MS,
  IPS_PER_PREFIX,
  OTHER_CARD_TARGET,
} from './constants.ts';
import { hasPods } from './datastore.ts';
import type { DataStore } from './datastore.ts';
import { hasTrunkENI } from './process.ts';
import type { Ipamd } from './process.ts';
import { availableAddresses, divCeil, getFreePrefixes, getIPStats } from './statistics.ts';
import type { DataStoreStats } from './statistics.ts';

/** What the targets say: addresses in secondary mode, prefixes in prefix mode. */
export type TargetState = { readonly short: number; readonly over: number };

/** The IP pair as it holds on a network card; other cards than the default one have fixed targets. */
function ipTargetsOf(ipamd: Ipamd, networkCard: number): { readonly warmIP: number; readonly minimumIP: number } {
  if (networkCard === DEFAULT_NETWORK_CARD) return ipamd.settings;
  return { warmIP: OTHER_CARD_TARGET, minimumIP: OTHER_CARD_TARGET };
}

/** datastoreTargetState, pkg/ipamd/ipamd.go; `undefined` = no IP target is defined. */
export function datastoreTargetState(
  ipamd: Ipamd,
  store: DataStore,
  stats: DataStoreStats = getIPStats(store),
): TargetState | undefined {
  const targets = ipTargetsOf(ipamd, store.networkCard);
  if (!warmIPTargetsDefined(targets)) return undefined;
  const available = availableAddresses(stats);
  const short = Math.max(targets.warmIP - available, 0, targets.minimumIP - stats.totalIPs);
  const over = Math.max(Math.min(Math.max(available - targets.warmIP, 0), stats.totalIPs - targets.minimumIP), 0);
  if (store.networkCard !== DEFAULT_NETWORK_CARD || !ipamd.enablePrefixDelegation) return { short, over };
  const neededForWarmIP = divCeil(stats.assignedIPs + targets.warmIP, IPS_PER_PREFIX);
  const neededForMinimumIP = divCeil(targets.minimumIP, IPS_PER_PREFIX);
  const overPrefixes = Math.min(
    Math.max(Math.min(getFreePrefixes(store), stats.totalPrefixes - neededForWarmIP), 0),
    stats.totalPrefixes - neededForMinimumIP,
  );
  return { short: divCeil(short, IPS_PER_PREFIX), over: Math.max(overPrefixes, 0) };
}

/** isDatastorePoolTooLow, pkg/ipamd/ipamd.go, for one store. */
export function isDatastorePoolTooLow(ipamd: Ipamd, store: DataStore, stats: DataStoreStats): boolean {
  if (stats.totalIPs >= ipamd.shape.maxPods) return false;
  const state = datastoreTargetState(ipamd, store, stats);
  if (state !== undefined) return state.short > 0;
  const available = availableAddresses(stats);
  const prefixes = ipamd.enablePrefixDelegation;
  const warmTarget = prefixes ? ipamd.settings.warmPrefix : ipamd.settings.warmENI;
  const addressesEach = prefixes ? IPS_PER_PREFIX : ipamd.maxIPsPerENI;
  return available < addressesEach * warmTarget || (warmTarget === 0 && available === 0);
}

/** isDatastorePoolTooHigh, pkg/ipamd/ipamd.go: never in ENI mode, where only whole ENIs go. */
export function isDatastorePoolTooHigh(ipamd: Ipamd, store: DataStore, stats: DataStoreStats): boolean {
  const state = datastoreTargetState(ipamd, store, stats);
  if (state !== undefined) return state.over > 0;
  return warmPrefixTargetDefined(ipamd) && getFreePrefixes(store) > ipamd.settings.warmPrefix;
}

/** warmPrefixTargetDefined, pkg/ipamd/ipamd.go: a target of 0 is "defined as none", not "off". */
export function warmPrefixTargetDefined(ipamd: Ipamd): boolean {
  return ipamd.settings.warmPrefix >= 0 && ipamd.enablePrefixDelegation;
}

/** computeExtraPrefixesOverWarmTarget, pkg/ipamd/ipamd.go. */
export function computeExtraPrefixesOverWarmTarget(ipamd: Ipamd, store: DataStore): number {
  if (!warmPrefixTargetDefined(ipamd)) return 0;
  return Math.max(getFreePrefixes(store) - ipamd.settings.warmPrefix, 0);
}

/** datastorePrefixTargetState, pkg/ipamd/ipamd.go; `undefined` = no prefix target. */
function datastorePrefixTargetState(ipamd: Ipamd, store: DataStore): number | undefined {
  if (!warmPrefixTargetDefined(ipamd)) return undefined;
  return Math.max(ipamd.settings.warmPrefix - getFreePrefixes(store), 0);
}

/** getPrefixesNeeded, pkg/ipamd/ipamd.go: at least one. */
export function getPrefixesNeeded(ipamd: Ipamd, store: DataStore): number {
  const state = datastoreTargetState(ipamd, store);
  if (state !== undefined) return Math.max(1, state.short);
  return Math.max(1, datastorePrefixTargetState(ipamd, store) ?? 1);
}

/** GetENIResourcesToAllocate, pkg/ipamd/ipamd.go: addresses or prefixes that a new ENI comes with. */
export function getENIResourcesToAllocate(ipamd: Ipamd, store: DataStore): number {
  if (ipamd.enablePrefixDelegation) return Math.min(getPrefixesNeeded(ipamd, store), ipamd.slotsPerENI);
  const state = datastoreTargetState(ipamd, store);
  return state === undefined ? ipamd.maxIPsPerENI : Math.min(state.short, ipamd.maxIPsPerENI);
}

/** hasRoomForEni, pkg/ipamd/ipamd.go: excluded ENIs are subtracted on both sides there, which cancels. */
export function hasRoomForEni(ipamd: Ipamd, store: DataStore): boolean {
  const awaitsTrunk =
    store.networkCard === DEFAULT_NETWORK_CARD &&
    ipamd.settings.podENI &&
    ipamd.shape.trunkCompatible !== false &&
    !hasTrunkENI(ipamd);
  const unmanaged = ipamd.unmanagedENI[store.networkCard] ?? 0;
  return store.enis.length < ipamd.maxENI - unmanaged - (awaitsTrunk ? 1 : 0);
}

/** shouldRemoveExtraENIs, pkg/ipamd/ipamd.go. */
export function shouldRemoveExtraENIs(ipamd: Ipamd, store: DataStore, stats: DataStoreStats): boolean {
  if (warmIPTargetsDefined(ipamd.settings) || store.networkCard > DEFAULT_NETWORK_CARD) return true;
  const prefixes = ipamd.enablePrefixDelegation;
  const warmTarget = (prefixes ? ipamd.settings.warmPrefix : ipamd.settings.warmENI) + 1;
  if (availableAddresses(stats) >= warmTarget * ipamd.maxIPsPerENI) return true;
  return prefixes && checkFreeableENIexists(store);
}

/** CheckFreeableENIexists, pkg/ipamd/datastore/data_store.go: age, cool-down and targets are looked at later. */
export function checkFreeableENIexists(store: DataStore): boolean {
  for (const eni of store.enis) {
    if (!eni.isPrimary && !eni.isTrunk && !eni.isEFA && !hasPods(eni)) return true;
  }
  return false;
}

/** isENIAttachmentAllowed, pkg/ipamd/ipamd.go; tryFreeENI asks the same. */
export function isENIAttachmentAllowed(ipamd: Ipamd): boolean {
  return ipamd.settings.manageENIsNonSchedulable || !ipamd.unschedulable;
}

/** inInsufficientCidrCoolingPeriod, pkg/ipamd/ipamd.go: the boundary itself still counts. */
export function inInsufficientCidrCoolingPeriod(ipamd: Ipamd): boolean {
  return ipamd.nowMs - ipamd.lastInsufficientCidrError <= INSUFFICIENT_COOLDOWN_MS;
}

/** containsInsufficientCIDRsOrSubnetIPs, pkg/ipamd/ipamd.go. */
export function containsInsufficientCIDRsOrSubnetIPs(code: string | undefined): boolean {
  return code !== undefined && INSUFFICIENT_CODES.includes(code);
}
