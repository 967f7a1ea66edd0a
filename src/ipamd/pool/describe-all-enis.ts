/** The describe of all attached ENIs, and which of them are not managed. Upstream: awsutils.go and ipamd.go. */
import type { DescribedENI } from '../ec2-calls.ts';
import { getAttachedENIs } from './ec2-requests.ts';
import { NOT_FOUND_CODE } from './constants.ts';
import type { Ipamd } from './process.ts';
import { call, pause } from './steps.ts';
import type { Steps } from './steps.ts';

const TRIES = 12;
const PAUSE_STEP_MS = 10;
const NO_MANAGE_TAG = 'node.k8s.amazonaws.com/no_manage';
const NODE_TAG = 'node.k8s.amazonaws.com/instance_id';

/** DescribeAllENIsResult. `enis` as the metadata shows them, in the order of a Go map. */
export type DescribeAllENIsResult = {
  readonly enis: readonly DescribedENI[];
  readonly tagMap: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly trunkENI: string | undefined;
  readonly efaENIs: ReadonlySet<string>;
};

/** DescribeAllENIs; `undefined` when EC2 did not answer in twelve tries. */
export function* describeAllENIs(ipamd: Ipamd): Steps<DescribeAllENIsResult | undefined> {
  let shown = getAttachedENIs(ipamd);
  if (ipamd.settings.imdsOnly) return resultOf(ipamd, shown, []);
  let described: readonly DescribedENI[] | undefined;
  for (let retry = 0; retry < TRIES && shown.length > 0 && described === undefined; retry++) {
    const response = yield* call(ipamd, {
      action: 'DescribeNetworkInterfaces',
      enis: shown.map((eni) => eni.eni),
    });
    if (response.ok) {
      described = response.described ?? [];
    } else if (response.code === NOT_FOUND_CODE) {
      const bad = response.eni;
      shown = shown.filter((eni) => eni.eni !== bad);
    } else {
      yield* pause(retry * PAUSE_STEP_MS);
    }
  }
  return described === undefined ? undefined : resultOf(ipamd, shown, described);
}

function resultOf(
  ipamd: Ipamd,
  shown: readonly DescribedENI[],
  described: readonly DescribedENI[],
): DescribeAllENIsResult {
  const order = ipamd.choices.orderIds(shown.map((eni) => eni.eni));
  return {
    enis: order.flatMap((id) => shown.filter((eni) => eni.eni === id)),
    tagMap: new Map(described.map((eni) => [eni.eni, eni.tags ?? {}])),
    trunkENI: described.findLast((eni) => eni.trunk === true)?.eni,
    efaENIs: new Set(described.filter((eni) => eni.efa === true).map((eni) => eni.eni)),
  };
}

/** setUnmanagedENIs, pkg/ipamd/ipamd.go. */
export function setUnmanagedENIs(ipamd: Ipamd, tagMap: DescribeAllENIsResult['tagMap']): void {
  if (tagMap.size === 0) return;
  const unmanaged = new Set<string>();
  for (const [eni, tags] of tagMap) {
    if (eni !== ipamd.primaryENI && isUnmanaged(ipamd, tags)) unmanaged.add(eni);
  }
  ipamd.unmanagedENIs = unmanaged;
}

function isUnmanaged(ipamd: Ipamd, tags: Readonly<Record<string, string>>): boolean {
  const noManage = tags[NO_MANAGE_TAG];
  if (noManage !== undefined) return noManage === 'true';
  if (tags[NODE_TAG] === ipamd.instanceId) return false;
  return !ipamd.settings.manageUntaggedENI;
}

/** filterUnmanagedENIs, pkg/ipamd/ipamd.go; counts them anew by network card. */
export function filterUnmanagedENIs(ipamd: Ipamd, enis: readonly DescribedENI[]): readonly DescribedENI[] {
  ipamd.unmanagedENI.fill(0);
  return enis.filter((eni) => {
    const card = eni.networkCard ?? 0;
    if (ipamd.unmanagedENIs.has(eni.eni)) {
      ipamd.unmanagedENI[card] = (ipamd.unmanagedENI[card] ?? 0) + 1;
      return false;
    }
    return card < ipamd.stores.length;
  });
}
