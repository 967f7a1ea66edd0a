/** CNI ADD and DEL as ipamd serves them. Upstream: pkg/ipamd/rpc_handler.go (v1.23.1). */
import { EMPTY_CIDR_DELAY_MS } from './constants.ts';
import type { Cidr, DataStore, PodKey } from './datastore.ts';
import { tryUnassignFromENI } from './decrease.ts';
import { assignAddress, unassignPodIPAddress } from './pod-addresses.ts';
import type { Ipamd } from './process.ts';
import type { Steps } from './steps.ts';

/** AssignPodIPv4Address on the default network card; `undefined`: no address. A second ADD gets the same one. */
export function addNetwork(ipamd: Ipamd, pod: PodKey): { readonly cidr: Cidr; readonly address: number } | undefined {
  const [store] = ipamd.stores;
  const held = store.podCidrs.get(pod);
  if (held !== undefined) return { cidr: held, address: held.first + held.pods.indexOf(pod) };
  const chosen = ipamd.choices.podAddress(store, pod, ipamd.nowMs);
  if (chosen === undefined) return undefined;
  assignAddress(store, chosen.cidr, chosen.slot, pod, ipamd.nowMs);
  return { cidr: chosen.cidr, address: chosen.cidr.first + chosen.slot };
}

/** DelNetwork; `undefined`: unknown pod. `steps`: what else happens inside the DEL, when anything does. */
export function delNetwork(
  ipamd: Ipamd,
  pod: PodKey,
): { readonly cidr: Cidr; readonly address: number; readonly steps: Steps<void> | undefined } | undefined {
  const [store] = ipamd.stores;
  const given = unassignPodIPAddress(store, pod, ipamd.nowMs);
  if (given === undefined) return undefined;
  const { cidr } = given;
  if (cidr.eni.isExcludedForPodIPs && cidr.assigned === 0) {
    ipamd.emptyCidrs.push({ atMs: ipamd.nowMs + EMPTY_CIDR_DELAY_MS, store, cidr });
  }
  return { cidr, address: cidr.first + given.slot, steps: leftoverSteps(ipamd, store, cidr) };
}

/** With prefix mode switched off, a pod that leaves a prefix takes all unused prefixes of its ENI with it. */
function leftoverSteps(ipamd: Ipamd, store: DataStore, cidr: Cidr): Steps<void> | undefined {
  if (ipamd.enablePrefixDelegation || !cidr.isPrefix || cidr.eni.prefixes.free === 0) return undefined;
  return tryUnassignFromENI(ipamd, store, cidr.eni, 'prefix');
}
