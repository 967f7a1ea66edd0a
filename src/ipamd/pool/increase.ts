/** The pool grows. Upstream: increaseDatastorePool and what it calls, pkg/ipamd/ipamd.go (v1.23.1). */
import type { EC2Response } from '../ec2-calls.ts';
import { allocENI, allocIPAddresses, describeENI, isFailure, waitForENIAndIPsAttached } from './ec2-requests.ts';
import type { Failure } from './ec2-requests.ts';
import { LIMIT_EXCEEDED_CODE } from './constants.ts';
import { addIPv4CidrToStore, cidrCount } from './datastore.ts';
import type { DataStore, ENI } from './datastore.ts';
import type { Ipamd } from './process.ts';
import { setupENI } from './setup-eni.ts';
import type { Steps } from './steps.ts';
import {
  containsInsufficientCIDRsOrSubnetIPs,
  datastoreTargetState,
  getENIResourcesToAllocate,
  getPrefixesNeeded,
  hasRoomForEni,
  inInsufficientCidrCoolingPeriod,
  isENIAttachmentAllowed,
} from './targets.ts';

/** increaseDatastorePool; the failure that nodeInit does not survive. Precondition: isDatastorePoolTooLow. */
export function* increaseDatastorePool(ipamd: Ipamd, store: DataStore): Steps<Failure | undefined> {
  if (!isENIAttachmentAllowed(ipamd) || inInsufficientCidrCoolingPeriod(ipamd)) return undefined;
  const assigned = yield* tryAssignCidrs(ipamd, store);
  if (isFailure(assigned)) {
    if (!containsInsufficientCIDRsOrSubnetIPs(assigned.code)) return assigned;
    ipamd.lastInsufficientCidrError = ipamd.nowMs;
    return undefined;
  }
  if (assigned || (hasRoomForEni(ipamd, store) && (yield* tryAllocateENI(ipamd, store)))) {
    ipamd.lastNodeIPPoolAction = ipamd.nowMs;
  }
  return undefined;
}

/** Whether increaseDatastorePool would make a call now. */
export function canIncrease(ipamd: Ipamd, store: DataStore): boolean {
  return hasRoomForEni(ipamd, store) || hasAllocatableENI(ipamd, store);
}

function hasAllocatableENI(ipamd: Ipamd, store: DataStore): boolean {
  for (const eni of store.enis) if (isAllocatable(ipamd, eni)) return true;
  return false;
}

function isAllocatable(ipamd: Ipamd, eni: ENI): boolean {
  if (eni.isTrunk || eni.isExcludedForPodIPs || (eni.isPrimary && ipamd.settings.customNetworking)) return false;
  return cidrCount(eni) < ipamd.slotsPerENI;
}

/** GetAllocatableENIs, pkg/ipamd/datastore/data_store.go: ENIs with a free slot, in map order. Chance only if any. */
function getAllocatableENIs(ipamd: Ipamd, store: DataStore): readonly ENI[] {
  if (!hasAllocatableENI(ipamd, store)) return [];
  return ipamd.choices.walkENIs(store).filter((eni) => isAllocatable(ipamd, eni));
}

/** tryAssignIPs and tryAssignPrefixes in one: false when no ENI took any. */
function* tryAssignCidrs(ipamd: Ipamd, store: DataStore): Steps<boolean | Failure> {
  const wanted = cidrsNeeded(ipamd, store);
  if (wanted === 0) return false;
  const remaining = [...getAllocatableENIs(ipamd, store)];
  for (;;) {
    const index = ipamd.choices.next('grow', remaining);
    const [eni] = index === -1 ? [] : remaining.splice(index, 1);
    if (eni === undefined) return false;
    const room = ipamd.slotsPerENI - cidrCount(eni);
    if (room <= 0) continue;
    const response = yield* assignOrOne(ipamd, eni, Math.min(room, wanted));
    if (response.ok) {
      for (const first of response.addresses ?? []) {
        addIPv4CidrToStore(store, eni.id, first, ipamd.enablePrefixDelegation);
      }
      return true;
    }
    if (response.code === LIMIT_EXCEEDED_CODE) return yield* adoptFromEC2(ipamd, store, eni);
    if (ipamd.settings.subnetDiscovery && containsInsufficientCIDRsOrSubnetIPs(response.code)) continue;
    return { ok: false, code: response.code };
  }
}

function cidrsNeeded(ipamd: Ipamd, store: DataStore): number {
  if (ipamd.enablePrefixDelegation) return getPrefixesNeeded(ipamd, store);
  return datastoreTargetState(ipamd, store)?.short ?? ipamd.maxIPsPerENI;
}

/** A failed request is repeated once, for a single address or prefix. */
function* assignOrOne(ipamd: Ipamd, eni: ENI, count: number): Steps<EC2Response> {
  const response = yield* allocIPAddresses(ipamd, eni.id, count);
  if (response.ok || response.code === LIMIT_EXCEEDED_CODE) return response;
  return yield* allocIPAddresses(ipamd, eni.id, 1);
}

/** After PrivateIpAddressLimitExceeded: the ENI is read from EC2, and what is there counts as growth. */
function* adoptFromEC2(ipamd: Ipamd, store: DataStore, eni: ENI): Steps<true | Failure> {
  const described = yield* describeENI(ipamd, eni.id);
  if (isFailure(described)) return described;
  const cidrs = ipamd.enablePrefixDelegation ? described.prefixes : described.addresses;
  for (const first of cidrs) addIPv4CidrToStore(store, eni.id, first, ipamd.enablePrefixDelegation);
  return true;
}

/** tryAllocateENI: true when nothing failed. */
export function* tryAllocateENI(ipamd: Ipamd, store: DataStore): Steps<boolean> {
  const wanted = getENIResourcesToAllocate(ipamd, store);
  if (wanted <= 0) return true;
  const eni = yield* allocENI(ipamd, wanted, store.networkCard);
  if (isFailure(eni)) {
    if (containsInsufficientCIDRsOrSubnetIPs(eni.code)) ipamd.lastInsufficientCidrError = ipamd.nowMs;
    return false;
  }
  const shown = yield* waitForENIAndIPsAttached(ipamd, eni, wanted);
  if (shown === undefined) return false;
  return yield* setupENI(ipamd, shown, { isTrunk: false, isEFA: false });
}
