import { describe, expect, it } from 'vitest';
import { anInstance, attach, create, on } from '../../../test/support/an-instance.ts';
import { anIpamd, eniAt, storeAt } from '../../../test/support/an-ipamd.ts';
import type { EC2Call } from '../ec2-calls.ts';
import { addNetwork } from '../pool/pod-network.ts';
import type { NodeLife } from '../simulate.ts';
import { ReplaySums } from './replay-sums.ts';

const LIFE: NodeLife = {
  readyAtMs: 1000,
  fromMs: 1000,
  untilMs: 101_000,
  startingPods: [],
  events: new Float64Array(),
};

/** Three addresses of a store, and the primary interface of an instance. */
function sumsOf(life: Partial<NodeLife> = {}, recordCalls = false) {
  const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 3 }] });
  const { instance, ask } = anInstance();
  const sums = new ReplaySums({ life: { ...LIFE, ...life }, store: storeAt(ipamd), instance, recordCalls });
  return { sums, ipamd, ask };
}

const asked = (call: EC2Call) => ({ ...call, id: 1 });

describe('the integrals', () => {
  it('are of what was there up to each moment, from the counted start on', () => {
    const { sums, ipamd, ask } = sumsOf();
    sums.advance(500);
    sums.advance(2000);
    addNetwork(ipamd, 'pod');
    ask(create(2));
    ask(attach('eni-00001', 1));
    sums.advance(5000);
    sums.advance(5000);
    sums.advance(4000);
    expect(sums.result()).toMatchObject({
      countedMs: 100_000,
      totalAddressMs: 3 * 4000,
      assignedAddressMs: 3000,
      idleAddressMs: 3 * 4000 - 3000,
      eniMs: 1000 + 2 * 3000,
      heldAddressMs: 1000 + 4 * 3000,
      maxHeldAddresses: 4,
    });
  });

  it('do not know what was there for no time', () => {
    const { sums, ask } = sumsOf();
    sums.advance(2000);
    ask(create(3));
    sums.advance(2000);
    ask(on('eni-00001', 'DeleteNetworkInterface'));
    sums.advance(5000);
    expect(sums.result()).toMatchObject({ heldAddressMs: 4000, maxHeldAddresses: 1 });
  });

  it('of a stretch without length are none', () => {
    expect(sumsOf({ untilMs: 500 }).sums.result()).toMatchObject({
      countedMs: 0,
      heldAddressMs: 0,
      maxHeldAddresses: 0,
      p99HeldAddresses: 0,
    });
  });
});

describe('the 99th percentile of held addresses', () => {
  /** The share of time with one address, then with more. */
  function p99(shareMs: number): number {
    const { sums, ask } = sumsOf();
    sums.advance(1000 + shareMs);
    ask(create(4));
    sums.advance(101_000);
    return sums.result().p99HeldAddresses;
  }

  it('is the least of which 99 % of the time had no more', () => {
    expect([98_999, 99_000, 99_001].map(p99)).toEqual([6, 1, 1]);
  });
});

describe('cool-down', () => {
  it('is counted for its whole length as far as it is in the counted time', () => {
    const cooling = (nowMs: number) => {
      const { sums } = sumsOf();
      sums.coolingBegins(nowMs);
      return sums.result().coolingAddressMs;
    };
    expect([-40_000, -19_000, 500, 1000, 50_000, 80_000, 120_000].map(cooling)).toEqual([
      0, 10_000, 29_500, 30_000, 30_000, 21_000, 0,
    ]);
  });

  it('ends when the address leaves', () => {
    const cooled = (removedMs: number, record: number) => {
      const { sums, ipamd } = sumsOf();
      const [cidr] = eniAt(ipamd, 'eni-1').byKey.values();
      if (cidr === undefined) throw new Error('eni-1 has an address');
      cidr.records[0] = record;
      sums.coolingBegins(10_000);
      sums.cidrRemoved(cidr, removedMs);
      return sums.result().coolingAddressMs;
    };
    expect(cooled(15_000, 10_000)).toBe(5000);
    expect(cooled(40_000, 10_000)).toBe(30_000);
    expect(cooled(5000, 10_000)).toBe(0);
    // Not on record, or with a pod.
    expect([cooled(15_000, -1), cooled(15_000, -2)]).toEqual([30_000, 30_000]);
  });

  it('of an address given back at time 0 ends with it too', () => {
    const { sums, ipamd } = sumsOf({ readyAtMs: 0, fromMs: 0 });
    const [cidr] = eniAt(ipamd, 'eni-1').byKey.values();
    if (cidr === undefined) throw new Error('eni-1 has an address');
    cidr.records[0] = 0;
    sums.coolingBegins(0);
    sums.cidrRemoved(cidr, 0);
    expect(sums.result().coolingAddressMs).toBe(0);
  });
});

describe('calls', () => {
  it('are counted by action from the counted start on', () => {
    const { sums } = sumsOf({ readyAtMs: 0 }, true);
    sums.called('CreateNetworkInterface', 999);
    sums.called('CreateNetworkInterface', 1000);
    sums.called('DescribeSubnets', 2000);
    sums.called('DescribeSubnets', 2000);
    const { calls, callsByAction, ec2Calls, mutatingEc2Calls } = sums.result();
    expect(callsByAction).toMatchObject({ CreateNetworkInterface: 1, DescribeSubnets: 2, CreateTags: 0 });
    expect([ec2Calls, mutatingEc2Calls]).toEqual([3, 1]);
    expect(calls).toEqual([
      { atMs: 1000, action: 'CreateNetworkInterface' },
      { atMs: 2000, action: 'DescribeSubnets' },
      { atMs: 2000, action: 'DescribeSubnets' },
    ]);
  });

  it('of the start count when the stretch begins with the node, and are not listed unless asked for', () => {
    const { sums } = sumsOf();
    sums.called('DescribeSubnets', -500);
    sums.answered(asked(create(1)), { ok: true }, -500);
    expect(sums.result()).toMatchObject({ ec2Calls: 1, enisCreated: 1 });
    expect('calls' in sums.result()).toBe(false);
  });

  it('that make or free an ENI are counted when they have worked', () => {
    const { sums } = sumsOf({ readyAtMs: 0 });
    sums.answered(asked(create(1)), { ok: true }, 999);
    sums.answered(asked(create(1)), { ok: true }, 1000);
    sums.answered(asked(create(1)), { ok: false, code: 'x' }, 2000);
    sums.answered(asked(on('eni-1', 'DetachNetworkInterface')), { ok: true }, 2000);
    expect(sums.result()).toMatchObject({ enisCreated: 1, enisFreed: 0 });
    sums.answered(asked(on('eni-1', 'DeleteNetworkInterface')), { ok: true }, 3000);
    expect(sums.result()).toMatchObject({ enisCreated: 1, enisFreed: 1 });
  });
});

describe('pods', () => {
  it('that start are counted from the counted start on', () => {
    const { sums } = sumsOf();
    for (const atMs of [999, 1000, 5000]) sums.podStart(atMs);
    expect(sums.result().podStarts).toBe(2);
  });

  it('that waited are told of, if they count, young up to two minutes after ready', () => {
    const { sums } = sumsOf();
    sums.delayed({ pod: 1, firstMs: 2000, counted: false }, 5000, true);
    sums.delayed({ pod: 2, firstMs: 2000, counted: true }, 5000, true);
    sums.delayed({ pod: 3, firstMs: 120_999, counted: true }, 121_000, false);
    sums.delayed({ pod: 4, firstMs: 121_000, counted: true }, 121_000, false);
    expect(sums.result().delayedPods).toEqual([
      { pod: 2, atMs: 2000, waitMs: 3000, served: true, young: true },
      { pod: 3, atMs: 120_999, waitMs: 1, served: false, young: true },
      { pod: 4, atMs: 121_000, waitMs: 0, served: false, young: false },
    ]);
  });
});
