/** The loop of ipamd, and when it may sleep on. Upstream: StartNodeIPPoolManager, pkg/ipamd/ipamd.go (v1.23.1). */
import {
  DECREASE_INTERVAL_MS,
  HALF_MONITOR_INTERVAL_MS,
  INSUFFICIENT_COOLDOWN_MS,
  MONITOR_INTERVAL_MS,
  RECONCILE_INTERVAL_MS,
} from './constants.ts';
import type { DataStore } from './datastore.ts';
import {
  hasDeletableENI,
  keepTargetsOf,
  shouldSkipDataStorePoolDecrease,
  tryFreeENI,
  tryUnassignCidrsFromAll,
} from './decrease.ts';
import { nextDeletableMs } from './deletable-eni.ts';
import { canIncrease, increaseDatastorePool } from './increase.ts';
import { nodeInit } from './node-init.ts';
import { deallocateEmptyCIDR } from './pod-addresses.ts';
import { changesOf, structureOf } from './process.ts';
import type { Ipamd } from './process.ts';
import { isReconcileDue, needsTrunkENI, nodeIPPoolReconcile } from './reconcile.ts';
import { getIPStats } from './statistics.ts';
import type { DataStoreStats } from './statistics.ts';
import { NAP } from './steps.ts';
import type { Steps } from './steps.ts';
import {
  isDatastorePoolTooHigh,
  isDatastorePoolTooLow,
  isENIAttachmentAllowed,
  shouldRemoveExtraENIs,
} from './targets.ts';

/** A whole process: start-up, then the loop without end. Returns when start-up fails. */
export function* runIpamd(ipamd: Ipamd): Steps<void> {
  ipamd.failure = yield* nodeInit(ipamd);
  ipamd.phase = ipamd.failure === undefined ? 'run' : 'failed';
  if (ipamd.phase === 'run') yield* startNodeIPPoolManager(ipamd);
}

/** StartNodeIPPoolManager: half an interval, the pool, half an interval, the reconcile. Sleeps, not a ticker. */
function* startNodeIPPoolManager(ipamd: Ipamd): Steps<void> {
  const { rest, settings } = ipamd;
  const reconcileOnly = settings.provisioningDisabled;
  rest.poolNext = !reconcileOnly;
  for (;;) {
    rest.napFromMs = ipamd.nowMs;
    yield NAP;
    passOverSkipped(ipamd);
    if (rest.poolNext) {
      yield* updateIPPoolIfRequired(ipamd);
      rest.poolNext = false;
    } else {
      if (isReconcileDue(ipamd)) yield* nodeIPPoolReconcile(ipamd);
      rest.poolNext = !reconcileOnly;
    }
  }
}

/** updateIPPoolIfRequired: the figures of all cards are taken before anything is done. */
function* updateIPPoolIfRequired(ipamd: Ipamd): Steps<void> {
  const { requests, rest } = ipamd;
  const changes = changesOf(ipamd);
  const decreasedAt = ipamd.lastDecreaseIPPool;
  let decreased = false;
  const all = decide(ipamd);
  for (const { store, stats, low } of all) {
    if (low) {
      yield* increaseDatastorePool(ipamd, store);
    } else if (isDatastorePoolTooHigh(ipamd, store, stats) && !shouldSkipDataStorePoolDecrease(ipamd)) {
      decreased = true;
      yield* tryUnassignCidrsFromAll(ipamd, store);
    }
    if (shouldRemoveExtraENIs(ipamd, store, stats) && hasDeletableENI(ipamd, store)) yield* tryFreeENI(ipamd, store);
  }
  if (decreased) {
    ipamd.lastDecreaseIPPool = ipamd.nowMs;
    ipamd.lastNodeIPPoolAction = ipamd.nowMs;
  }
  const acted = ipamd.requests !== requests || changesOf(ipamd) !== changes || ipamd.lastDecreaseIPPool !== decreasedAt;
  rest.poolChanges = acted ? -1 : changes;
  rest.poolUntilMs = Number.POSITIVE_INFINITY;
  if (acted) return;
  for (const { store, stats, low } of all) {
    rest.poolUntilMs = Math.min(rest.poolUntilMs, restsUntilMs(ipamd, store, stats, low));
  }
}

type Decision = { readonly store: DataStore; readonly stats: DataStoreStats; readonly low: boolean };

/** isDatastorePoolTooLow for all cards. */
function decide(ipamd: Ipamd): readonly Decision[] {
  const decisions: Decision[] = [];
  for (const store of ipamd.stores) {
    const stats = getIPStats(store);
    decisions.push({ store, stats, low: isDatastorePoolTooLow(ipamd, store, stats) });
  }
  return decisions;
}

/** Until when a pool pass over the same store has no effect; the present when it has one now. */
function restsUntilMs(ipamd: Ipamd, store: DataStore, stats: DataStoreStats, low: boolean): number {
  const attachment = isENIAttachmentAllowed(ipamd);
  let untilMs = Number.POSITIVE_INFINITY;
  if (low && attachment && canIncrease(ipamd, store)) {
    untilMs = ipamd.lastInsufficientCidrError + INSUFFICIENT_COOLDOWN_MS;
  } else if (!low && isDatastorePoolTooHigh(ipamd, store, stats)) {
    untilMs = ipamd.lastDecreaseIPPool + DECREASE_INTERVAL_MS;
  }
  if (!attachment || !shouldRemoveExtraENIs(ipamd, store, stats)) return untilMs;
  return Math.min(untilMs, nextDeletableMs(store, keepTargetsOf(ipamd, store)));
}

/**
 * When the process must be woken from its nap: the first half interval at which a pass may have an effect. Changes
 * from outside (pods, metadata, timers that ran out) count from `sinceMs` on.
 */
export function wakeMs(ipamd: Ipamd, sinceMs: number): number {
  return Math.min(poolWakeMs(ipamd, sinceMs), reconcileWakeMs(ipamd, sinceMs));
}

function poolWakeMs(ipamd: Ipamd, sinceMs: number): number {
  const { rest, settings } = ipamd;
  if (settings.provisioningDisabled) return Number.POSITIVE_INFINITY;
  const effectMs = rest.poolChanges === changesOf(ipamd) ? rest.poolUntilMs : sinceMs;
  return effectMs === Number.POSITIVE_INFINITY ? effectMs : passMs(ipamd, true, effectMs);
}

function reconcileWakeMs(ipamd: Ipamd, sinceMs: number): number {
  const { rest } = ipamd;
  if (rest.syncedStructure === structureOf(ipamd) && rest.syncedMetadata === ipamd.metadata()) {
    return Number.POSITIVE_INFINITY;
  }
  const sinceLast = passMs(ipamd, false, sinceMs);
  if (needsTrunkENI(ipamd)) return sinceLast;
  const dueMs = ipamd.lastNodeIPPoolAction + RECONCILE_INTERVAL_MS;
  let wake = passMs(ipamd, false, Math.max(dueMs, sinceMs));
  if (wake <= dueMs) wake += ipamd.settings.provisioningDisabled ? HALF_MONITOR_INTERVAL_MS : MONITOR_INTERVAL_MS;
  return wake;
}

/** The first pass of a kind at or after a time, and after the start of the nap. */
function passMs(ipamd: Ipamd, pool: boolean, atMs: number): number {
  const { rest, settings } = ipamd;
  const first = rest.napFromMs + HALF_MONITOR_INTERVAL_MS * (rest.poolNext === pool ? 1 : 2);
  if (atMs <= first) return first;
  const period = settings.provisioningDisabled ? HALF_MONITOR_INTERVAL_MS : MONITOR_INTERVAL_MS;
  return first + Math.ceil((atMs - first) / period) * period;
}

/** After a long nap: which pass it is now, and the reconciles that would have found nothing. */
function passOverSkipped(ipamd: Ipamd): void {
  const { rest, settings, nowMs } = ipamd;
  const halves = Math.round((nowMs - rest.napFromMs) / HALF_MONITOR_INTERVAL_MS);
  if (halves <= 1) return;
  const firstReconcile = passMs(ipamd, false, rest.napFromMs);
  if (!settings.provisioningDisabled && halves % 2 === 0) rest.poolNext = !rest.poolNext;
  const period = settings.provisioningDisabled ? HALF_MONITOR_INTERVAL_MS : MONITOR_INTERVAL_MS;
  if (firstReconcile >= nowMs) return;
  const lastSkipped = firstReconcile + (Math.ceil((nowMs - firstReconcile) / period) - 1) * period;
  ipamd.lastNodeIPPoolAction = lastReconcileMs(ipamd, firstReconcile, lastSkipped, period);
}

/** The last of the passes from `first` to `last` at which a reconcile was due. */
function lastReconcileMs(ipamd: Ipamd, first: number, last: number, period: number): number {
  if (needsTrunkENI(ipamd)) return last;
  const due = ipamd.lastNodeIPPoolAction + RECONCILE_INTERVAL_MS;
  const reconcile = due < first ? first : first + (Math.floor((due - first) / period) + 1) * period;
  if (reconcile > last) return ipamd.lastNodeIPPoolAction;
  const cycle = (Math.floor(RECONCILE_INTERVAL_MS / period) + 1) * period;
  return reconcile + Math.floor((last - reconcile) / cycle) * cycle;
}

/** deallocateEmptyCIDR for those whose five seconds are over. */
export function runTimers(ipamd: Ipamd): void {
  for (;;) {
    const first = ipamd.emptyCidrs[0];
    if (first === undefined || first.atMs > ipamd.nowMs) return;
    ipamd.emptyCidrs.shift();
    deallocateEmptyCIDR(first.store, first.cidr);
  }
}
