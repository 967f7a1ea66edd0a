import { describe, expect, it } from 'vitest';
import { livedThrough } from '../../../test/support/a-loop.ts';
import type { Happening, Story } from '../../../test/support/a-loop.ts';
import { anIpamd, eniAt, played, storeAt } from '../../../test/support/an-ipamd.ts';
import { setENIExcludedForPodIPs } from './datastore.ts';
import { addNetwork, delNetwork } from './pod-network.ts';
import { runIpamd, runTimers } from './pool-manager.ts';
import { setUnschedulable } from './process.ts';

const UNTIL_MS = 600_000;

const add = (atMs: number, pod: number): Happening => [atMs, ({ ipamd }) => void addNetwork(ipamd, pod)];
const remove = (atMs: number, pod: number): Happening => [atMs, ({ ipamd }) => void delNetwork(ipamd, pod)];
const cordon = (atMs: number, is: boolean): Happening => [atMs, ({ ipamd }) => setUnschedulable(ipamd, is)];
const attachment = (atMs: number, trunk: boolean): Happening => [
  atMs,
  ({ instance, nowMs }) => void instance.attachOther({ trunk, tags: {}, secondaries: trunk ? 0 : 3, nowMs }),
];
const takeAll: Happening = [100, ({ space }) => void space.takeAddresses(space.freeAddresses)];
const giveBack = (atMs: number, count: number): Happening => [
  atMs,
  ({ space }) => {
    for (let address = 0; address < count; address++) space.giveAddress(200 + address);
  },
];
const nine = (atMs: number): readonly Happening[] => Array.from({ length: 9 }, (_, pod) => add(atMs + pod, pod));

const OFF = { DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' };
const SHORT = { MAX_ENI: '1', ENABLE_SUBNET_DISCOVERY: 'false', WARM_IP_TARGET: '3' };

/** What happens, and when the process is woken for it. Its start takes no time, and pool passes come at 2.5 s, 7.5 s, … */
const STORIES: readonly (readonly [told: string, story: Omit<Story, 'untilMs'>, wakesMs: readonly number[]])[] = [
  // A pool pass without effect, and the reconcile of more than a minute after the growth of the start.
  ['nothing happens', {}, [2500, 65_000]],
  // Growth at the next pool pass, one more that finds nothing to do, a reconcile more than a minute later.
  ['a pod comes', { happenings: [add(101_000, 1)] }, [2500, 65_000, 102_500, 107_500, 165_000]],
  ['a pod comes with a pool pass', { happenings: [add(102_500, 1)] }, [2500, 65_000, 102_500, 107_500, 165_000]],
  ['a pod comes between passes', { happenings: [add(105_000, 1)] }, [2500, 65_000, 107_500, 112_500, 170_000]],
  // Too low from then on, and nothing to be done about it.
  [
    'the pool of a full node is short',
    { env: { MAX_ENI: '1' }, happenings: [add(101_000, 1)] },
    [2500, 65_000, 102_500],
  ],
  // Looked at again once two minutes are over; 120.0 s are not yet.
  [
    'the subnet is short',
    { env: SHORT, subnetSize: 256, happenings: [takeAll, add(1000, 1)] },
    [2500, 7500, 65_000].concat(
      [0, 125_000, 250_000, 375_000].flatMap((ms) => [122_500 + ms, 127_500 + ms, 132_500 + ms]),
    ),
  ],
  // Trimmed at once, and again when half a minute is over; 30.0 s are not yet.
  [
    'two pods come and go',
    {
      env: { WARM_IP_TARGET: '2' },
      happenings: [add(101_000, 1), add(102_000, 2), remove(222_000, 1), remove(223_000, 2)],
    },
    [2500, 65_000, 102_500, 107_500, 165_000, 222_500, 227_500, 252_500, 257_500, 262_500, 320_000],
  ],
  // The second reconcile would have been at 130 s with nothing to find.
  ['somebody attaches an ENI', { happenings: [attachment(101_000, false)] }, [2500, 65_000, 130_000, 132_500, 195_000]],
  // While a trunk is awaited each reconcile pass may find it.
  [
    'the trunk comes',
    { env: { ENABLE_POD_ENI: 'true' }, happenings: [attachment(101_000, true)] },
    [2500, 5000, 105_000, 107_500, 170_000],
  ],
  // Without provisioning every pass is a reconcile, and they are 62.5 s apart.
  [
    'somebody attaches an ENI and provisioning is off',
    { env: OFF, happenings: [attachment(101_000, false)] },
    [2500, 102_500, 127_500, 190_000],
  ],
  ['nothing happens and provisioning is off', { env: OFF }, [2500]],
  [
    'a cordoned node grows once the cordon is gone',
    { happenings: [cordon(50_000, true), add(101_000, 1), cordon(202_000, false)] },
    [2500, 52_500, 65_000, 102_500, 202_500, 207_500, 265_000],
  ],
  // Freed 60 s after it was made, which takes two seconds; then the pool is too low again.
  [
    'no warm ENI is wanted and all addresses are taken',
    { env: { WARM_ENI_TARGET: '0' }, happenings: nine(100_000) },
    [2500, 65_000, 102_500, 107_500, 162_500, 164_500, 167_000, 169_500, 174_500, 229_500, 231_500].concat(
      [234_000, 236_500, 241_500, 296_500, 298_500, 301_000, 303_500, 308_500, 363_500, 365_500, 368_000, 370_500],
      [375_500, 430_500, 432_500, 435_000, 437_500, 442_500, 497_500, 499_500, 502_000, 504_500, 509_500, 564_500],
      [566_500, 569_000, 571_500, 576_500],
    ),
  ],
];

describe('a process that jumps is woken only when something can happen:', () => {
  it.each(STORIES)('%s', (_, story, wakesMs) => {
    expect(livedThrough({ ...story, untilMs: UNTIL_MS }, 'jumping').wakesMs).toEqual(wakesMs);
  });
});

const MORE: readonly (readonly [told: string, story: Omit<Story, 'untilMs'>])[] = [
  [
    'the subnet is short, then not',
    { env: SHORT, subnetSize: 256, happenings: [takeAll, add(1000, 1), giveBack(300_000, 9)] },
  ],
  ['an ENI goes and pods come', { happenings: [add(1000, 1), remove(40_000, 1), ...nine(150_000)] }],
  [
    'prefixes come and go',
    {
      env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
      happenings: [...nine(1000), add(1500, 10), ...Array.from({ length: 9 }, (_, pod) => remove(90_000, pod))],
    },
  ],
  [
    'a node is cordoned with an ENI too many',
    {
      happenings: [add(1000, 1), cordon(20_000, true), remove(30_000, 1), cordon(150_000, false)],
    },
  ],
  [
    'an ENI is excluded with pods on it',
    {
      happenings: [
        add(10_000, 1),
        [20_000, ({ ipamd }) => setENIExcludedForPodIPs(storeAt(ipamd), 'eni-00000')],
        remove(30_000, 1),
      ],
    },
  ],
  [
    'the last pod of an excluded ENI leaves when all was at rest',
    {
      happenings: [
        add(10_000, 1),
        [20_000, ({ ipamd }) => setENIExcludedForPodIPs(storeAt(ipamd), 'eni-00000')],
        remove(200_000, 1),
      ],
    },
  ],
  [
    'a pool pass without effect comes when a minute is just over, and then nothing for long',
    { env: { MINIMUM_IP_TARGET: '5' }, happenings: [add(121_000, 1), attachment(300_000, false)] },
  ],
  [
    'an ENI is attached and removed',
    {
      happenings: [
        attachment(20_000, false),
        [150_000, ({ instance, nowMs }) => instance.removeOther('eni-00001', nowMs)],
      ],
    },
  ],
];

describe('a process that jumps does what one does that is woken at every half interval:', () => {
  it.each([...STORIES.map(([told, story]) => [told, story] as const), ...MORE])('%s', (_, story) => {
    for (const byMs of [0, 1, 1250, 2499, 2500, 2501, 5000, 31_000, 62_500, 66_700, 200_000]) {
      const happenings = (story.happenings ?? []).map(([atMs, what]): Happening => [atMs + byMs, what]);
      const shifted = { ...story, happenings, untilMs: UNTIL_MS + byMs };
      const [jumped, stepped] = (['jumping', 'stepping'] as const).map((mode) => livedThrough(shifted, mode));
      expect(jumped?.calls).toEqual(stepped?.calls);
      expect(jumped?.ipamd.stores.map(({ unassigned }) => unassigned)).toEqual(
        stepped?.ipamd.stores.map(({ unassigned }) => unassigned),
      );
    }
  });
});

it('a process whose start fails has ended, and says why', () => {
  const ipamd = anIpamd();
  const { calls } = played(ipamd, runIpamd(ipamd), () => ({ ok: false, code: 'RequestLimitExceeded' }));
  expect(calls).toHaveLength(12);
  expect(ipamd).toMatchObject({ phase: 'failed', failure: 'the attached ENIs could not be described' });
});

describe('the timers of emptied CIDRs', () => {
  it('run out one after another, each at its time', () => {
    const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 2, isExcluded: true }] });
    const store = storeAt(ipamd);
    const cidrs = [...eniAt(ipamd, 'eni-1').byKey.values()];
    cidrs.forEach((cidr, index) => ipamd.emptyCidrs.push({ atMs: 5000 + 1000 * index, store, cidr }));
    const leftAt = (nowMs: number) => {
      ipamd.nowMs = nowMs;
      runTimers(ipamd);
      return eniAt(ipamd, 'eni-1').byKey.size;
    };
    expect([leftAt(4999), leftAt(5000), leftAt(5999), leftAt(7000)]).toEqual([2, 1, 1, 0]);
    expect(ipamd.emptyCidrs).toEqual([]);
  });
});
