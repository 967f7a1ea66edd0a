import { describe, expect, it } from 'vitest';
import { anIpamd, drive, eniAt, failing, storeAt, told } from '../../../test/support/an-ipamd.ts';
import type { IpamdWanted } from '../../../test/support/an-ipamd.ts';
import type { DescribedENI, EC2Call } from '../ec2-calls.ts';
import { cidrKey } from './datastore.ts';
import { addNetwork } from './pod-network.ts';
import { isReconcileDue, nodeIPPoolReconcile } from './reconcile.ts';

const MINUTE_MS = 60_000;
const DESCRIBE = 'DescribeNetworkInterfaces eni-1';

const shownENI = (eni: string, device: number, more: Partial<DescribedENI> = {}): DescribedENI => ({
  eni,
  device,
  subnet: 'subnet-1',
  own: 1,
  addresses: [],
  prefixes: [],
  ...more,
});

type World = { readonly metadata: readonly DescribedENI[]; readonly ec2?: readonly DescribedENI[] };

/** One reconcile at one minute and a bit, with what the metadata shows and what EC2 describes (the same, if not given). */
function reconciled(
  wanted: IpamdWanted,
  world: World,
  more: { readonly prepare?: (ipamd: ReturnType<typeof anIpamd>) => void; readonly fails?: EC2Call['action'] } = {},
) {
  const ipamd = anIpamd({ enis: [{ id: 'eni-1', isPrimary: true, addresses: 2 }], ...wanted });
  Object.assign(ipamd, { metadata: () => world.metadata });
  ipamd.nowMs = MINUTE_MS + 1;
  more.prepare?.(ipamd);
  const truth = world.ec2 ?? world.metadata;
  const answers = failing(
    (asked) => {
      if (asked.action === 'DescribeSubnets') {
        return { ok: true, subnets: [{ subnet: 'subnet-1', availableAddresses: 100, tags: {} }] };
      }
      if (asked.action !== 'DescribeNetworkInterfaces') return { ok: true };
      return { ok: true, described: truth.filter((eni) => asked.enis.includes(eni.eni)) };
    },
    more.fails === undefined ? {} : { [more.fails]: 'RequestLimitExceeded' },
  );
  const calls = drive(ipamd, nodeIPPoolReconcile(ipamd), answers).map(told);
  return { ipamd, store: storeAt(ipamd), calls };
}

const firstsOf = (ipamd: ReturnType<typeof anIpamd>, id = 'eni-1') =>
  [...eniAt(ipamd, id).byKey.values()].map((cidr) => cidr.first).toSorted((a, b) => a - b);

describe('a reconcile', () => {
  it('is due more than a minute after the last pool action', () => {
    const ipamd = anIpamd({});
    ipamd.lastNodeIPPoolAction = 1000;
    ipamd.nowMs = MINUTE_MS + 1000;
    expect(isReconcileDue(ipamd)).toBe(false);
    ipamd.nowMs = MINUTE_MS + 1001;
    expect(isReconcileDue(ipamd)).toBe(true);
  });

  it('is due at once while a trunk is awaited', () => {
    const due = (isTrunk: boolean, env: Readonly<Record<string, string>>) => {
      const ipamd = anIpamd({ env, enis: [{ id: 'eni-1', isTrunk }] });
      ipamd.lastNodeIPPoolAction = 0;
      return isReconcileDue(ipamd);
    };
    expect(due(false, { ENABLE_POD_ENI: 'true' })).toBe(true);
    expect(due(true, { ENABLE_POD_ENI: 'true' })).toBe(false);
    expect(due(false, {})).toBe(false);
  });

  it('asks nothing where metadata and store agree, and need not come again', () => {
    const metadata = [shownENI('eni-1', 0, { addresses: [4096, 4097] })];
    const { ipamd, store, calls } = reconciled({}, { metadata });
    expect(calls).toEqual([]);
    expect(firstsOf(ipamd)).toEqual([4096, 4097]);
    expect(ipamd.lastNodeIPPoolAction).toBe(MINUTE_MS + 1);
    expect(ipamd.rest).toMatchObject({ syncedStructure: store.structure, syncedMetadata: metadata });
  });
});

describe('an address or prefix that metadata and store tell differently', () => {
  it('comes into the store when EC2 has it', () => {
    const metadata = [shownENI('eni-1', 0, { addresses: [4096, 4097, 4098], prefixes: [8192] })];
    const { ipamd, calls } = reconciled({}, { metadata });
    expect(calls).toEqual([DESCRIBE, DESCRIBE]);
    expect(firstsOf(ipamd)).toEqual([4096, 4097, 4098, 8192]);
    expect(ipamd.rest.syncedStructure).toBe(-1);
  });

  it('leaves the store with its pod when EC2 does not have it', () => {
    const metadata = [shownENI('eni-1', 0, { addresses: [4096] })];
    const { ipamd, store } = reconciled({ pods: 2 }, { metadata });
    expect(firstsOf(ipamd)).toEqual([4096]);
    expect(store.podCidrs.size).toBe(1);
  });

  it('stays as it is when EC2 knows better than the metadata, or does not answer', () => {
    const metadata = [shownENI('eni-1', 0, { addresses: [4096] })];
    const ec2 = [shownENI('eni-1', 0, { addresses: [4096, 4097] })];
    expect(firstsOf(reconciled({}, { metadata, ec2 }).ipamd)).toEqual([4096, 4097]);
    const silent = reconciled({}, { metadata }, { fails: 'DescribeNetworkInterfaces' });
    expect(silent.calls).toEqual([DESCRIBE]);
    expect(firstsOf(silent.ipamd)).toEqual([4096, 4097]);
    expect(silent.ipamd.rest.syncedStructure).toBe(-1);
  });

  it('is another one of the same number', () => {
    const metadata = [shownENI('eni-1', 0, { addresses: [4096, 5000] })];
    expect(firstsOf(reconciled({}, { metadata }).ipamd)).toEqual([4096, 5000]);
  });
});

describe('what was given back a moment ago', () => {
  const metadata = [shownENI('eni-1', 0, { addresses: [4096, 4097, 4098] })];
  const freedUntil = (first: number, expiryMs: number) => (ipamd: ReturnType<typeof anIpamd>) =>
    void ipamd.reconcileCooldownCache.set(cidrKey(first, false), expiryMs);

  it('is not believed before its minute is over, and then it is', () => {
    const soon = reconciled({}, { metadata }, { prepare: freedUntil(4098, MINUTE_MS + 2) });
    expect(firstsOf(soon.ipamd)).toEqual([4096, 4097]);
    expect(soon.ipamd.reconcileCooldownCache.size).toBe(1);
    expect(soon.ipamd.rest.syncedStructure).toBe(-1);
    const later = reconciled({}, { metadata }, { prepare: freedUntil(4098, MINUTE_MS + 1) });
    expect(later.calls).toEqual([DESCRIBE]);
    expect(firstsOf(later.ipamd)).toEqual([4096, 4097, 4098]);
    expect(later.ipamd.reconcileCooldownCache.size).toBe(0);
  });

  it('is asked for once when the store has it again', () => {
    const agreeing = { enis: [{ id: 'eni-1', isPrimary: true, addresses: 3 }] };
    const prepare = (ipamd: ReturnType<typeof anIpamd>) => {
      for (const first of [4097, 4098]) freedUntil(first, MINUTE_MS)(ipamd);
    };
    const there = reconciled(agreeing, { metadata }, { prepare });
    expect(there.calls).toEqual([DESCRIBE]);
    expect(firstsOf(there.ipamd)).toEqual([4096, 4097, 4098]);
    expect(there.ipamd.reconcileCooldownCache.size).toBe(0);
    const ec2 = [shownENI('eni-1', 0, { addresses: [4096, 4098] })];
    const gone = reconciled(agreeing, { metadata, ec2 }, { prepare });
    expect(firstsOf(gone.ipamd)).toEqual([4096, 4098]);
    const silent = reconciled(agreeing, { metadata }, { prepare, fails: 'DescribeNetworkInterfaces' });
    expect(silent.calls).toEqual([DESCRIBE, DESCRIBE]);
    expect(firstsOf(silent.ipamd)).toEqual([4096, 4097, 4098]);
  });
});

describe('an ENI', () => {
  const primary = shownENI('eni-1', 0, { addresses: [4096, 4097] });
  const another = (more: Partial<DescribedENI> = {}) => shownENI('eni-9', 1, { own: 9, addresses: [9000], ...more });

  it('that is gone leaves with its pods', () => {
    const enis = [
      { id: 'eni-1', isPrimary: true, addresses: 2 },
      { id: 'eni-2', addresses: 1 },
    ];
    const prepare = (ipamd: ReturnType<typeof anIpamd>) => {
      for (const pod of ['a', 'b', 'c']) addNetwork(ipamd, pod);
      for (const id of ['eni-1', 'eni-2']) ipamd.primaryIP.set(id, 1);
    };
    const { ipamd, store, calls } = reconciled({ enis }, { metadata: [primary] }, { prepare });
    expect(calls).toEqual([]);
    expect(store.enis.map((eni) => eni.id)).toEqual(['eni-1']);
    expect([...ipamd.primaryIP.keys()]).toEqual(['eni-1']);
    expect(store.podCidrs.size).toBe(2);
    expect(ipamd.rest.syncedStructure).toBe(-1);
  });

  it('that somebody else attached is tagged and set up', () => {
    const { ipamd, calls } = reconciled({}, { metadata: [primary, another()] });
    expect(calls).toEqual(['DescribeNetworkInterfaces eni-1 eni-9', 'CreateTags eni-9', 'DescribeSubnets']);
    expect(firstsOf(ipamd, 'eni-9')).toEqual([9000]);
    expect(eniAt(ipamd, 'eni-9')).toMatchObject({ isTrunk: false, isEFA: false, isPrimary: false });
    expect(ipamd.primaryIP.get('eni-9')).toBe(9);
  });

  it('that has the tags already is set up without', () => {
    const tags = { 'node.k8s.amazonaws.com/instance_id': '' };
    const { ipamd, calls } = reconciled({}, { metadata: [primary, another({ tags })] });
    expect(calls).toEqual(['DescribeNetworkInterfaces eni-1 eni-9', 'DescribeSubnets']);
    expect(firstsOf(ipamd, 'eni-9')).toEqual([9000]);
  });

  it('is not set up when it cannot be tagged', () => {
    const { store } = reconciled({}, { metadata: [primary, another()] }, { fails: 'CreateTags' });
    expect(store.enis).toHaveLength(1);
  });

  it('is set up without tags as a trunk, or with provisioning switched off', () => {
    const trunk = reconciled({}, { metadata: [primary, another({ trunk: true })] });
    expect(trunk.calls).not.toContain('CreateTags eni-9');
    expect(eniAt(trunk.ipamd, 'eni-9').isTrunk).toBe(true);
    const efa = reconciled(
      { env: { DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' } },
      { metadata: [primary, another({ efa: true })] },
    );
    expect(efa.calls).not.toContain('CreateTags eni-9');
    expect(eniAt(efa.ipamd, 'eni-9').isEFA).toBe(true);
  });

  it('that is not to be managed stays out', () => {
    const tags = { 'node.k8s.amazonaws.com/no_manage': 'true' };
    const { ipamd, store } = reconciled({}, { metadata: [primary, another({ tags })] });
    expect(store.enis).toHaveLength(1);
    expect([...ipamd.unmanagedENIs]).toEqual(['eni-9']);
  });

  it('stays out while EC2 does not describe it, and the reconcile counts as not done', () => {
    const { ipamd, store } = reconciled({}, { metadata: [primary, another()] }, { fails: 'DescribeNetworkInterfaces' });
    expect(store.enis).toHaveLength(1);
    expect(ipamd.lastNodeIPPoolAction).toBe(Number.NEGATIVE_INFINITY);
  });

  it('goes to the store of its network card', () => {
    const { ipamd } = reconciled(
      { env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 },
      { metadata: [primary, another({ networkCard: 1 })] },
    );
    expect(ipamd.stores.map((store) => store.enis.map((eni) => eni.id))).toEqual([['eni-1'], ['eni-9']]);
  });

  it('of another network card is no concern of this one', () => {
    const enis = [
      { id: 'eni-1', isPrimary: true, addresses: 2 },
      { id: 'eni-9', addresses: 1, networkCard: 1 },
    ];
    const wanted = { env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2, enis };
    const known = [primary, another({ networkCard: 1, addresses: [8192] })];
    expect(reconciled(wanted, { metadata: known }).calls).toEqual([]);
    const { calls } = reconciled(wanted, { metadata: [...known, shownENI('eni-8', 2)] });
    expect(calls).toEqual(['DescribeNetworkInterfaces eni-1 eni-9 eni-8', 'CreateTags eni-8', 'DescribeSubnets']);
  });
});
