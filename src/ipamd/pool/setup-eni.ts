/** An attached ENI comes into the store with all it has. Upstream: pkg/ipamd/ipamd.go (v1.23.1). */
import type { DescribedENI } from '../ec2-calls.ts';
import { isFailure, isSubnetExcluded } from './ec2-requests.ts';
import { addENI, addIPv4CidrToStore, setENIExcludedForPodIPs } from './datastore.ts';
import { storeOf } from './process.ts';
import type { Ipamd } from './process.ts';
import type { Steps } from './steps.ts';

export type ENIRole = { readonly isTrunk: boolean; readonly isEFA: boolean };

/**
 * setupENI: false when the subnet could not be looked at; the ENI is then in the store, without its addresses. The
 * host's own networking always works here.
 */
export function* setupENI(ipamd: Ipamd, eni: DescribedENI, role: ENIRole): Steps<boolean> {
  const store = storeOf(ipamd, eni.networkCard ?? 0);
  if (store === undefined) return false;
  addENI(store, {
    id: eni.eni,
    createTimeMs: ipamd.nowMs,
    isPrimary: eni.eni === ipamd.primaryENI,
    isTrunk: role.isTrunk,
    isEFA: role.isEFA,
    deviceNumber: eni.device,
    subnet: eni.subnet,
  });
  ipamd.primaryIP.set(eni.eni, eni.own);
  if (ipamd.settings.subnetDiscovery) {
    const excluded = yield* isSubnetExcluded(ipamd, eni.subnet);
    if (isFailure(excluded)) return false;
    if (excluded) setENIExcludedForPodIPs(store, eni.eni);
  }
  for (const address of eni.addresses) addIPv4CidrToStore(store, eni.eni, address, false);
  for (const first of eni.prefixes) addIPv4CidrToStore(store, eni.eni, first, true);
  return true;
}
