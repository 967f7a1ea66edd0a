/** Start of a process up to ready. Upstream: nodeInit, pkg/ipamd/ipamd.go (v1.23.1). */
import { tagENI } from './ec2-requests.ts';
import { call, pause } from './steps.ts';
import type { Steps } from './steps.ts';
import { ENI_ATTACH_TIME_MS, MAX_RETRY_CHECK_ENI } from './constants.ts';
import { dropFromExcluded, dropOtherKind } from './decrease.ts';
import { describeAllENIs, filterUnmanagedENIs, setUnmanagedENIs } from './describe-all-enis.ts';
import type { DescribeAllENIsResult } from './describe-all-enis.ts';
import type { DescribedENI } from '../ec2-calls.ts';
import { increaseDatastorePool } from './increase.ts';
import { readBackingStore } from './pod-addresses.ts';
import type { Ipamd } from './process.ts';
import { setupENI } from './setup-eni.ts';
import { getIPStats } from './statistics.ts';
import { isDatastorePoolTooLow } from './targets.ts';

/** nodeInit: why the process exits, or `undefined` when it is ready. */
export function* nodeInit(ipamd: Ipamd): Steps<string | undefined> {
  const described = yield* describeAllENIs(ipamd);
  if (described === undefined) return 'the attached ENIs could not be described';
  setUnmanagedENIs(ipamd, described.tagMap);
  const failure = yield* setUpENIs(ipamd, filterUnmanagedENIs(ipamd, described.enis), described);
  if (failure !== undefined) return failure;
  const saved = ipamd.checkpoint();
  for (const store of ipamd.stores) readBackingStore(store, saved, ipamd.nowMs);
  ipamd.restored = true;
  for (const store of ipamd.stores) yield* dropFromExcluded(ipamd, store);
  for (const store of ipamd.stores) yield* dropOtherKind(ipamd, store);
  if (ipamd.settings.provisioningDisabled) return undefined;
  yield* refreshSGIDs(ipamd);
  return yield* handlePreScaling(ipamd);
}

function* setUpENIs(
  ipamd: Ipamd,
  enis: readonly DescribedENI[],
  described: DescribeAllENIsResult,
): Steps<string | undefined> {
  const remaining = enis.map((eni) => eni.eni);
  for (;;) {
    const index = ipamd.choices.next('start', remaining);
    const [id] = index === -1 ? [] : remaining.splice(index, 1);
    const eni = enis.find((candidate) => candidate.eni === id);
    if (eni === undefined) return undefined;
    const isTrunk = eni.eni === described.trunkENI;
    const tagged =
      isTrunk ||
      ipamd.settings.provisioningDisabled ||
      (yield* tagENI(ipamd, eni.eni, described.tagMap.get(eni.eni) ?? {}));
    if (!tagged) return `the ENI ${eni.eni} could not be tagged`;
    yield* setUpWithRetries(ipamd, eni, { isTrunk, isEFA: described.efaENIs.has(eni.eni) });
  }
}

/** Six tries, ten seconds apart; then start goes on with the ENI empty. */
function* setUpWithRetries(
  ipamd: Ipamd,
  eni: DescribedENI,
  role: { readonly isTrunk: boolean; readonly isEFA: boolean },
): Steps<void> {
  for (let retry = 1; !(yield* setupENI(ipamd, eni, role)); retry++) {
    if (retry > MAX_RETRY_CHECK_ENI) return;
    yield* pause(ENI_ATTACH_TIME_MS);
  }
}

/** RefreshSGIDs, pkg/awsutils: the set of groups starts empty, so each start writes them to every managed ENI. */
function* refreshSGIDs(ipamd: Ipamd): Steps<void> {
  if (ipamd.settings.customNetworking) return;
  const enis = ipamd.stores.flatMap((store) => [...store.eniPool.keys()]);
  for (const eni of enis.sort(byId)) {
    yield* call(ipamd, { action: 'ModifyNetworkInterfaceAttribute', eni, attribute: 'groups' });
  }
}

function byId(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** handlePreScaling: one step of growth. */
function* handlePreScaling(ipamd: Ipamd): Steps<string | undefined> {
  const low = ipamd.stores.filter((store) => isDatastorePoolTooLow(ipamd, store, getIPStats(store)));
  for (const store of low) {
    const failure = yield* increaseDatastorePool(ipamd, store);
    if (failure !== undefined) return 'the pool could not be increased';
    if (ipamd.settings.customNetworking && getIPStats(store).totalIPs === 0) {
      return 'no ENI could be attached for custom networking';
    }
  }
  return undefined;
}
