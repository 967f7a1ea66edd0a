import { describe, expect, it } from 'vitest';
import { anIpamd, drive, eniAt, storeAt, told } from '../../../test/support/an-ipamd.ts';
import { assignAddress } from './pod-addresses.ts';
import { addNetwork, delNetwork } from './pod-network.ts';

describe('a CNI ADD', () => {
  it('gives an address, and a second one of the same pod the same', () => {
    const ipamd = anIpamd({ env: { ENABLE_PREFIX_DELEGATION: 'true' }, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 3 });
    const [prefix] = eniAt(ipamd, 'eni-1').byKey.values();
    const first = addNetwork(ipamd, 'pod');
    expect(first).toEqual({ cidr: prefix, address: (prefix?.first ?? 0) + 3 });
    expect(addNetwork(ipamd, 'pod')).toEqual(first);
    expect(storeAt(ipamd).podCidrs.size).toBe(4);
  });

  it('gives none when none is free', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 1 }], pods: 1 });
    expect(addNetwork(ipamd, 'pod')).toBeUndefined();
    expect(storeAt(ipamd).podCidrs.size).toBe(1);
  });

  it('gives addresses of network card 0 only (unproven against recordings)', () => {
    const enis = [{ id: 'eni-1', networkCard: 1, addresses: 2 }];
    expect(addNetwork(anIpamd({ env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2, enis }), 'pod')).toBeUndefined();
  });
});

describe('a CNI DEL', () => {
  it('tells which address is free now, and does not know the pod the second time', () => {
    const ipamd = anIpamd({ env: { ENABLE_PREFIX_DELEGATION: 'true' }, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 3 });
    const [prefix] = eniAt(ipamd, 'eni-1').byKey.values();
    ipamd.nowMs = 900;
    expect(delNetwork(ipamd, 'pod-2')).toEqual({ cidr: prefix, address: (prefix?.first ?? 0) + 2, steps: undefined });
    expect(prefix?.records[2]).toBe(900);
    expect(delNetwork(ipamd, 'pod-2')).toBeUndefined();
  });

  it('on an excluded ENI starts the five seconds after which the empty CIDR leaves', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true' };
    const ipamd = anIpamd({ env, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 2 });
    eniAt(ipamd, 'eni-1').isExcludedForPodIPs = true;
    ipamd.nowMs = 1000;
    delNetwork(ipamd, 'pod-0');
    expect(ipamd.emptyCidrs).toEqual([]);
    delNetwork(ipamd, 'pod-1');
    const [cidr] = eniAt(ipamd, 'eni-1').byKey.values();
    expect(ipamd.emptyCidrs).toEqual([{ atMs: 6000, store: storeAt(ipamd), cidr }]);
    const open = anIpamd({ env, enis: [{ id: 'eni-1', prefixes: 1 }], pods: 1 });
    delNetwork(open, 'pod-0');
    expect(open.emptyCidrs).toEqual([]);
  });
});

describe('a DEL with prefix mode switched off', () => {
  /** Pods on the first of three prefixes, and one single address. */
  function leftovers(pods: number, env: Readonly<Record<string, string>> = {}) {
    const ipamd = anIpamd({ env, enis: [{ id: 'eni-1', addresses: 1, prefixes: 3 }] });
    const eni = eniAt(ipamd, 'eni-1');
    const [first] = [...eni.byKey.values()].filter(({ isPrefix }) => isPrefix);
    if (first === undefined) throw new Error('eni-1 has prefixes');
    for (let pod = 0; pod < pods; pod++) assignAddress(storeAt(ipamd), first, pod, pod, 0);
    const steps = delNetwork(ipamd, 0)?.steps;
    const calls = steps === undefined ? undefined : drive(ipamd, steps, () => ({ ok: true })).map(told);
    return { calls, left: eni.byKey.size };
  }

  it('takes all prefixes of its ENI that have no pods now', () => {
    expect(leftovers(1)).toEqual({ calls: ['Unassign eni-1 3 prefix'], left: 1 });
    expect(leftovers(2)).toEqual({ calls: ['Unassign eni-1 2 prefix'], left: 2 });
  });

  it('takes none with prefix mode on, and none after a pod on a single address', () => {
    expect(leftovers(1, { ENABLE_PREFIX_DELEGATION: 'true' })).toEqual({ calls: undefined, left: 4 });
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 1, prefixes: 3 }], pods: 1 });
    expect(delNetwork(ipamd, 'pod-0')?.steps).toBeUndefined();
  });

  it('takes none while others have pods on all of them', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', prefixes: 1 }] });
    const [only] = eniAt(ipamd, 'eni-1').byKey.values();
    if (only === undefined) throw new Error('eni-1 has a prefix');
    for (const pod of [0, 1]) assignAddress(storeAt(ipamd), only, pod, pod, 0);
    expect(delNetwork(ipamd, 0)?.steps).toBeUndefined();
  });
});
