/** The state of a virtual node in the form of a trajectory's records. */
import type { ENI } from '../../../src/ipamd/pool/datastore.ts';
import { kindOf } from '../../../src/ipamd/pool/datastore.ts';
import { coolingAddresses } from '../../../src/ipamd/pool/pod-addresses.ts';
import type { Ipamd } from '../../../src/ipamd/pool/process.ts';
import { availableAddresses, cooldownIPs, getFreePrefixes, getIPStats } from '../../../src/ipamd/pool/statistics.ts';
import type { StateRecord } from './vector-line.ts';
import type { VirtualNode } from './virtual-node.ts';

/** `eni-00007` is 7. */
export function eniNumber(id: string): number {
  return Number(id.slice('eni-'.length));
}

export function stateOf(node: VirtualNode, t: number): StateRecord {
  return {
    t,
    phase: node.phase,
    ...poolOf(node.phase === 'down' ? undefined : node.ipamd, t),
    ec2Enis: node.instance.attachedENIs,
    ec2Addresses: node.instance.heldAddresses,
    subnetFree: node.subnets.map((subnet) => subnet.space.freeAddresses),
  };
}

function poolOf(ipamd: Ipamd | undefined, nowMs: number) {
  const [store] = ipamd?.stores ?? [];
  if (ipamd === undefined || store === undefined) {
    return { total: 0, assigned: 0, cooling: 0, available: 0, prefixes: 0, freePrefixes: 0, enis: [] };
  }
  const stats = getIPStats(store);
  return {
    total: stats.totalIPs,
    assigned: stats.assignedIPs,
    cooling: cooldownIPs(store, nowMs),
    available: availableAddresses(stats),
    prefixes: store.isPDEnabled ? stats.totalPrefixes : 0,
    freePrefixes: store.isPDEnabled ? getFreePrefixes(store) : 0,
    enis: [...store.eniPool.values()].map((eni) => eniRecord(eni, store.isPDEnabled, nowMs, store.ipCooldownMs)),
  };
}

/** [eni, device, cidrs, assigned, cooling, otherKind]. */
function eniRecord(eni: ENI, isPrefix: boolean, nowMs: number, ipCooldownMs: number): readonly number[] {
  const kind = kindOf(eni, isPrefix);
  const cooling = coolingAddresses(eni, isPrefix, nowMs, ipCooldownMs);
  return [eniNumber(eni.id), eni.deviceNumber, kind.cidrs, kind.assigned, cooling, kindOf(eni, !isPrefix).cidrs];
}
