/** The pool shrinks: addresses and prefixes go, then whole ENIs. Upstream: pkg/ipamd/ipamd.go (v1.23.1). */
import { deallocCidrs, freeENI } from './ec2-requests.ts';
import { DECREASE_INTERVAL_MS, DEFAULT_NETWORK_CARD, OTHER_CARD_TARGET, RECONCILE_COOLDOWN_MS } from './constants.ts';
import { cidrKey, delIPv4CidrFromStore, removeUnusedENI } from './datastore.ts';
import type { Cidr, DataStore, ENI } from './datastore.ts';
import { isDeletableENI } from './deletable-eni.ts';
import type { KeepTargets } from './deletable-eni.ts';
import { freeableCidrs } from './pod-addresses.ts';
import type { Ipamd } from './process.ts';
import type { Purpose } from './choices.ts';
import type { Steps } from './steps.ts';
import { computeExtraPrefixesOverWarmTarget, datastoreTargetState, isENIAttachmentAllowed } from './targets.ts';

/** shouldSkipDataStorePoolDecrease: the boundary itself still skips. */
export function shouldSkipDataStorePoolDecrease(ipamd: Ipamd): boolean {
  return ipamd.nowMs - ipamd.lastDecreaseIPPool <= DECREASE_INTERVAL_MS;
}

/** tryUnassignCidrsFromAll: CIDRs without pods go, cooling or not, leftovers of the other kind too. */
export function* tryUnassignCidrsFromAll(ipamd: Ipamd, store: DataStore): Steps<void> {
  let over = datastoreTargetState(ipamd, store)?.over ?? computeExtraPrefixesOverWarmTarget(ipamd, store);
  if (over <= 0) return;
  const remaining = [...ipamd.choices.walkENIInfos(store)];
  while (over > 0) {
    const eni = takeNext(ipamd, 'trim', remaining);
    if (eni === undefined) return;
    if (store.eniPool.get(eni.id) !== eni) continue;
    const cidrs = freeableCidrs(eni, 'any');
    const chosen = cidrs.length === 0 ? [] : ipamd.choices.freeable(cidrs, Math.min(over, cidrs.length));
    const deleted = chosen.filter((cidr) => delIPv4CidrFromStore(store, cidr, false));
    if (chosen.length === 0) continue;
    rememberFreed(ipamd, deleted);
    yield* deallocCidrs(ipamd, eni.id, deleted);
    over -= deleted.length;
  }
}

function takeNext(ipamd: Ipamd, purpose: Purpose, remaining: ENI[]): ENI | undefined {
  const index = ipamd.choices.next(purpose, remaining);
  return index === -1 ? undefined : remaining.splice(index, 1)[0];
}

/** DeallocCidrs' entries in the ReconcileCooldownCache. */
function rememberFreed(ipamd: Ipamd, cidrs: readonly Cidr[]): void {
  for (const cidr of cidrs) {
    ipamd.reconcileCooldownCache.set(cidrKey(cidr.first, cidr.isPrefix), ipamd.nowMs + RECONCILE_COOLDOWN_MS);
  }
}

/** The targets that tryFreeENI passes to RemoveUnusedENIFromStore. */
export function keepTargetsOf(ipamd: Ipamd, store: DataStore): KeepTargets {
  const { warmPrefix } = ipamd.settings;
  if (store.networkCard === DEFAULT_NETWORK_CARD) return ipamd.settings;
  return { warmIP: OTHER_CARD_TARGET, minimumIP: OTHER_CARD_TARGET, warmPrefix };
}

/** tryFreeENI: at most one, if hasDeletableENI. Its addresses leave the store before EC2 is asked. */
export function* tryFreeENI(ipamd: Ipamd, store: DataStore): Steps<void> {
  const targets = keepTargetsOf(ipamd, store);
  const eni = ipamd.choices.deletableENI(store, (each) => isDeletableENI(store, each, targets, ipamd.nowMs));
  if (eni === undefined) return;
  removeUnusedENI(store, eni);
  const failed = yield* freeENI(ipamd, eni.id);
  if (failed === undefined || failed.released) ipamd.primaryIP.delete(eni.id);
}

/** Whether tryFreeENI finds one: the cordon gate, then getDeletableENI without its map order. */
export function hasDeletableENI(ipamd: Ipamd, store: DataStore): boolean {
  if (!isENIAttachmentAllowed(ipamd)) return false;
  const targets = keepTargetsOf(ipamd, store);
  for (const eni of store.enis) if (isDeletableENI(store, eni, targets, ipamd.nowMs)) return true;
  return false;
}

/** tryUnassignIPsFromENIs and tryUnassignPrefixesFromENIs: at start, unused CIDRs of the other kind go. */
export function* dropOtherKind(ipamd: Ipamd, store: DataStore): Steps<void> {
  const remaining = [...ipamd.choices.walkENIInfos(store)];
  for (;;) {
    const eni = takeNext(ipamd, 'dropOtherKind', remaining);
    if (eni === undefined) return;
    yield* tryUnassignFromENI(ipamd, store, eni, ipamd.enablePrefixDelegation ? 'ip' : 'prefix');
  }
}

/** checkAndHandleAllENIExclusion: at start, unused CIDRs of the current kind leave excluded ENIs. */
export function* dropFromExcluded(ipamd: Ipamd, store: DataStore): Steps<void> {
  const remaining = ipamd.choices.walkENIInfos(store).filter((eni) => eni.isExcludedForPodIPs);
  for (;;) {
    const eni = takeNext(ipamd, 'dropExcluded', remaining);
    if (eni === undefined) return;
    yield* tryUnassignFromENI(ipamd, store, eni, ipamd.enablePrefixDelegation ? 'prefix' : 'ip');
  }
}

/** tryUnassignIPFromENI and tryUnassignPrefixFromENI: without an entry in the ReconcileCooldownCache. */
export function* tryUnassignFromENI(ipamd: Ipamd, store: DataStore, eni: ENI, kind: 'ip' | 'prefix'): Steps<void> {
  const deleted = freeableCidrs(eni, kind).filter((cidr) => delIPv4CidrFromStore(store, cidr, false));
  yield* deallocCidrs(ipamd, eni.id, deleted);
}
