/** Which ENI may be freed. Upstream: getDeletableENI, pkg/ipamd/datastore/data_store.go (v1.23.1). */
import { IPS_PER_PREFIX, MIN_ENI_LIFETIME_MS } from './constants.ts';
import { hasPods, kindOf } from './datastore.ts';
import type { DataStore, ENI } from './datastore.ts';
import { coolingUntilMs, hasIPInCooling } from './pod-addresses.ts';
import { divCeil } from './statistics.ts';

/** The targets that keep an ENI; 0 = not defined. */
export type KeepTargets = {
  readonly warmIP: number;
  readonly minimumIP: number;
  readonly warmPrefix: number;
};

/** One ENI's turn in getDeletableENI. */
export function isDeletableENI(store: DataStore, eni: ENI, targets: KeepTargets, nowMs: number): boolean {
  return (
    !eni.isPrimary &&
    !isTooYoung(eni, nowMs) &&
    !hasIPInCooling(eni, nowMs, store.ipCooldownMs) &&
    isDeletableInTime(store, eni, targets)
  );
}

/** All of getDeletableENI's checks that do not depend on the time. */
function isDeletableInTime(store: DataStore, eni: ENI, targets: KeepTargets): boolean {
  return (
    !eni.isPrimary &&
    !hasPods(eni) &&
    !(targets.warmIP !== 0 && isRequiredForWarmIPTarget(store, eni, targets.warmIP)) &&
    !(targets.minimumIP !== 0 && isRequiredForMinimumIPTarget(store, eni, targets.minimumIP)) &&
    !(store.isPDEnabled && targets.warmPrefix !== 0 && isRequiredForWarmPrefixTarget(store, eni, targets.warmPrefix)) &&
    !eni.isTrunk &&
    !eni.isEFA
  );
}

/** The earliest time at which an ENI becomes deletable if nothing else changes; Infinity when none can. */
export function nextDeletableMs(store: DataStore, targets: KeepTargets): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const eni of store.enis) {
    if (!isDeletableInTime(store, eni, targets)) continue;
    const old = eni.createTimeMs + MIN_ENI_LIFETIME_MS;
    earliest = Math.min(earliest, Math.max(old, coolingUntilMs(eni, store.ipCooldownMs)));
  }
  return earliest;
}

/** isTooYoung. */
function isTooYoung(eni: ENI, nowMs: number): boolean {
  return nowMs - eni.createTimeMs < MIN_ENI_LIFETIME_MS;
}

/** isRequiredForWarmIPTarget: free addresses of the other ENIs, cooling ones included. */
function isRequiredForWarmIPTarget(store: DataStore, eni: ENI, warmIPTarget: number): boolean {
  let otherWarmIPs = 0;
  for (const other of store.enis) {
    if (other === eni || other.isExcludedForPodIPs) continue;
    const kind = kindOf(other, store.isPDEnabled);
    otherWarmIPs += kind.cidrs * addressesOf(store) - kind.assigned;
  }
  return otherWarmIPs < roundedUp(store, warmIPTarget);
}

/** isRequiredForMinimumIPTarget: addresses of the other ENIs, used or not. */
function isRequiredForMinimumIPTarget(store: DataStore, eni: ENI, minimumIPTarget: number): boolean {
  let otherIPs = 0;
  for (const other of store.enis) {
    if (other === eni || other.isExcludedForPodIPs) continue;
    otherIPs += kindOf(other, store.isPDEnabled).cidrs * addressesOf(store);
  }
  return otherIPs < roundedUp(store, minimumIPTarget);
}

/** isRequiredForWarmPrefixTarget: any CIDR without pods counts, single addresses too. */
function isRequiredForWarmPrefixTarget(store: DataStore, eni: ENI, warmPrefixTarget: number): boolean {
  let freePrefixes = 0;
  for (const other of store.enis) {
    if (other === eni || other.isExcludedForPodIPs) continue;
    freePrefixes += other.prefixes.free + other.addresses.free;
  }
  return freePrefixes < warmPrefixTarget;
}

function addressesOf(store: DataStore): number {
  return store.isPDEnabled ? IPS_PER_PREFIX : 1;
}

/** In prefix mode targets are met in whole prefixes. */
function roundedUp(store: DataStore, target: number): number {
  return store.isPDEnabled ? divCeil(target, IPS_PER_PREFIX) * IPS_PER_PREFIX : target;
}
