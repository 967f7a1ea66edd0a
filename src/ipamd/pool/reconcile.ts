/** The store is compared with the instance metadata, and with EC2 where they differ. Upstream: pkg/ipamd/ipamd.go. */
import type { DescribedENI } from '../ec2-calls.ts';
import { describeENI, getAttachedENIs, isFailure, tagENI } from './ec2-requests.ts';
import { RECONCILE_INTERVAL_MS } from './constants.ts';
import { addIPv4CidrToStore, cidrKey, delIPv4CidrFromStore, kindOf, removeENIFromDataStore } from './datastore.ts';
import type { DataStore, ENI } from './datastore.ts';
import { describeAllENIs, filterUnmanagedENIs, setUnmanagedENIs } from './describe-all-enis.ts';
import type { DescribeAllENIsResult } from './describe-all-enis.ts';
import { hasTrunkENI, structureOf } from './process.ts';
import type { Ipamd } from './process.ts';
import { setupENI } from './setup-eni.ts';
import type { Steps } from './steps.ts';

/** Whether nodeIPPoolReconcile does anything at this time: a minute since the last pool action, or a trunk awaited. */
export function isReconcileDue(ipamd: Ipamd): boolean {
  return ipamd.nowMs - ipamd.lastNodeIPPoolAction > RECONCILE_INTERVAL_MS || needsTrunkENI(ipamd);
}

export function needsTrunkENI(ipamd: Ipamd): boolean {
  return ipamd.settings.podENI && !hasTrunkENI(ipamd);
}

/** nodeIPPoolReconcile once it is due. */
export function* nodeIPPoolReconcile(ipamd: Ipamd): Steps<void> {
  const { requests, rest } = ipamd;
  const structure = structureOf(ipamd);
  const metadata = ipamd.metadata();
  const allENIs = getAttachedENIs(ipamd);
  const managed = filterUnmanagedENIs(ipamd, allENIs);
  let described: DescribeAllENIsResult | undefined;
  let freedSeen = false;
  for (const store of ipamd.stores) {
    let attached = managed.filter((eni) => (eni.networkCard ?? 0) === store.networkCard);
    let all: DescribeAllENIsResult | undefined;
    if (attached.some((eni) => !store.eniPool.has(eni.eni))) {
      described ??= yield* describeAllENIs(ipamd);
      if (described === undefined) return;
      all = described;
      setUnmanagedENIs(ipamd, all.tagMap);
      const managedNow = filterUnmanagedENIs(ipamd, all.enis);
      attached = managedNow.filter((eni) => (eni.networkCard ?? 0) === store.networkCard);
    }
    freedSeen = (yield* reconcileStore(ipamd, store, attached, all)) || freedSeen;
  }
  ipamd.lastNodeIPPoolAction = ipamd.nowMs;
  if (ipamd.requests !== requests || structureOf(ipamd) !== structure || freedSeen) return;
  rest.syncedStructure = structure;
  rest.syncedMetadata = metadata;
}

/** Mark and sweep for one network card. True when a recently freed CIDR was among what the metadata shows. */
function* reconcileStore(
  ipamd: Ipamd,
  store: DataStore,
  attached: readonly DescribedENI[],
  described: DescribeAllENIsResult | undefined,
): Steps<boolean> {
  const gone = new Set(store.eniPool.keys());
  const remaining = attached.map((eni) => eni.eni);
  let freedSeen = false;
  for (;;) {
    const index = ipamd.choices.next('reconcile', remaining);
    const [id] = index === -1 ? [] : remaining.splice(index, 1);
    const shown = attached.find((eni) => eni.eni === id);
    if (shown === undefined) break;
    const eni = store.eniPool.get(shown.eni);
    if (eni === undefined) {
      yield* addAttachedENI(ipamd, shown, described);
      continue;
    }
    for (const isPrefix of [false, true]) {
      freedSeen = (yield* reconcileKind(ipamd, store, eni, shown, isPrefix)) || freedSeen;
    }
    gone.delete(shown.eni);
  }
  for (const id of gone) {
    removeENIFromDataStore(store, id);
    ipamd.primaryIP.delete(id);
  }
  return freedSeen;
}

/** An ENI that ipamd did not attach: tags, then set-up. */
function* addAttachedENI(ipamd: Ipamd, shown: DescribedENI, described: DescribeAllENIsResult | undefined): Steps<void> {
  const isTrunk = shown.eni === described?.trunkENI;
  const isEFA = described?.efaENIs.has(shown.eni) ?? false;
  const tagged =
    isTrunk ||
    ipamd.settings.provisioningDisabled ||
    (yield* tagENI(ipamd, shown.eni, described?.tagMap.get(shown.eni) ?? {}));
  if (tagged) yield* setupENI(ipamd, shown, { isTrunk, isEFA });
}

/** eniIPPoolReconcile and eniPrefixPoolReconcile. */
function* reconcileKind(
  ipamd: Ipamd,
  store: DataStore,
  eni: ENI,
  shown: DescribedENI,
  isPrefix: boolean,
): Steps<boolean> {
  let attached = isPrefix ? shown.prefixes : shown.addresses;
  const similar = isSimilar(eni, attached, isPrefix);
  if (similar && !attached.some((first) => ipamd.reconcileCooldownCache.has(cidrKey(first, isPrefix)))) return false;
  const pool = [...eni.byKey.values()].filter((cidr) => cidr.isPrefix === isPrefix);
  let verified = false;
  if (!similar) {
    const described = yield* describeENI(ipamd, eni.id);
    if (isFailure(described)) return false;
    attached = isPrefix ? described.prefixes : described.addresses;
    verified = true;
  }
  const { seen, freedSeen } = yield* verifyAndAdd(ipamd, store, eni, { attached, isPrefix, verified });
  for (const cidr of pool) if (!seen.has(cidr.first)) delIPv4CidrFromStore(store, cidr, true);
  return freedSeen;
}

/** IPsSimilar and PrefixSimilar, pkg/utils/cniutils; the ENI's own address is in neither list here. */
function isSimilar(eni: ENI, attached: readonly number[], isPrefix: boolean): boolean {
  return (
    kindOf(eni, isPrefix).cidrs === attached.length &&
    attached.every((first) => eni.byKey.has(cidrKey(first, isPrefix)))
  );
}

type Attached = { readonly attached: readonly number[]; readonly isPrefix: boolean; readonly verified: boolean };

/** verifyAndAddIPsToDatastore and verifyAndAddPrefixesToDatastore: what was recently freed is not believed at once. */
function* verifyAndAdd(
  ipamd: Ipamd,
  store: DataStore,
  eni: ENI,
  { attached, isPrefix, verified }: Attached,
): Steps<{ readonly seen: ReadonlySet<number>; readonly freedSeen: boolean }> {
  const seen = new Set<number>();
  const cache = ipamd.reconcileCooldownCache;
  let inEC2: readonly number[] | undefined;
  let freedSeen = false;
  for (const first of attached) {
    const key = cidrKey(first, isPrefix);
    const expiry = cache.get(key);
    if (expiry !== undefined) {
      freedSeen = true;
      if (ipamd.nowMs < expiry) continue;
      if (!verified) {
        if (inEC2 === undefined) {
          const described = yield* describeENI(ipamd, eni.id);
          if (isFailure(described)) {
            seen.add(first);
            continue;
          }
          inEC2 = isPrefix ? described.prefixes : described.addresses;
        }
        if (!inEC2.includes(first)) continue;
      }
      cache.delete(key);
    }
    if (addIPv4CidrToStore(store, eni.id, first, isPrefix)) seen.add(first);
  }
  return { seen, freedSeen };
}
