/** The helpers that try again: tags, freeing an ENI, waiting for a new one. Their pauses are upstream's constants. */
import { describe, expect, it } from 'vitest';
import { anIpamd, failing, played } from '../../../test/support/an-ipamd.ts';
import type { Answers, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import type { DescribedENI, EC2Call } from '../ec2-calls.ts';
import type { PauseAsked } from './choices.ts';
import { freeENI, tagENI, waitForENIAndIPsAttached } from './ec2-requests.ts';

const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
const THROTTLED = 'RequestLimitExceeded';
const NOT_FOUND = 'InvalidNetworkInterfaceID.NotFound';
const NODE = 'node.k8s.amazonaws.com/instance_id';

/** Without jitter. */
function steady(wanted: IpamdWanted = {}) {
  const ipamd = anIpamd(wanted);
  Object.assign(ipamd, { choices: { ...ipamd.choices, jitterMs: () => 0 } });
  return ipamd;
}

describe('tags', () => {
  function tagged(current: Readonly<Record<string, string>>, failures: number) {
    const ipamd = steady({ env: { CLUSTER_NAME: 'blue' } });
    Object.assign(ipamd, { instanceId: 'i-1' });
    let made = 0;
    const answers: Answers = () => {
      made++;
      return made > failures ? { ok: true } : { ok: false, code: THROTTLED };
    };
    return played(ipamd, tagENI(ipamd, 'eni-1', current), answers);
  }
  const all = { [NODE]: 'i-1', 'cluster.k8s.amazonaws.com/name': 'blue', 'eks:eni:owner': 'amazon-vpc-cni' };

  it('that are all there are not written', () => {
    expect(tagged(all, 0)).toMatchObject({ calls: [], result: true });
  });

  it('that are missing or differ are written, the others not', () => {
    const { calls, result } = tagged({ ...all, [NODE]: 'i-2' }, 0);
    expect(calls).toEqual([{ action: 'CreateTags', eni: 'eni-1', tags: { [NODE]: 'i-1' } }]);
    expect(result).toBe(true);
    expect(tagged({}, 0).calls[0]).toMatchObject({ tags: all });
  });

  it('are tried five times, half a second apart and doubling', () => {
    const { atMs, result } = tagged({}, 5);
    expect([atMs, result]).toEqual([[0, 500, 1500, 3500, 7500], false]);
    expect(tagged({}, 4).result).toBe(true);
  });

  it('and their pauses are lengthened by up to 30 %', () => {
    const ipamd = anIpamd();
    const mostMs: number[] = [];
    const jitterMs = (asked: PauseAsked) => {
      mostMs.push(asked.mostMs);
      return 0;
    };
    Object.assign(ipamd, { choices: { ...ipamd.choices, jitterMs } });
    played(ipamd, tagENI(ipamd, 'eni-1', {}), () => ({ ok: false, code: THROTTLED }));
    expect(mostMs).toEqual([150, 300, 600, 1200]);
  });
});

describe('freeing an ENI', () => {
  function freed(codes: Parameters<typeof failing>[1]) {
    const ipamd = steady();
    return played(
      ipamd,
      freeENI(ipamd, 'eni-1'),
      failing(() => ({ ok: true }), codes),
    );
  }
  const actions = (calls: readonly EC2Call[]) => calls.map(({ action }) => action.replace('NetworkInterface', ''));

  it('is describe, detach, two seconds, delete', () => {
    const { calls, atMs, result } = freed({});
    expect([actions(calls), atMs, result]).toEqual([['Describes', 'Detach', 'Delete'], [0, 0, 2000], undefined]);
  });

  it('is done when EC2 does not know it, before or at the end', () => {
    expect(freed({ DescribeNetworkInterfaces: NOT_FOUND })).toMatchObject({ atMs: [0], result: undefined });
    expect(freed({ DeleteNetworkInterface: NOT_FOUND })).toMatchObject({ atMs: [0, 0, 2000], result: undefined });
  });

  it('fails at once when it cannot be described', () => {
    const { atMs, result } = freed({ DescribeNetworkInterfaces: THROTTLED });
    expect([atMs, result]).toEqual([[0], { ok: false, code: undefined, released: false }]);
  });

  it('tries to detach twelve times, from 200 ms on', () => {
    const { calls, atMs, result } = freed({ DetachNetworkInterface: NOT_FOUND });
    expect(actions(calls).slice(1)).toEqual(Array.from({ length: 12 }, () => 'Detach'));
    expect(atMs.slice(1, 5)).toEqual([0, 200, 600, 1400]);
    expect(result).toEqual({ ok: false, code: undefined, released: false });
  });

  it('tries to delete twelve times, from 500 ms on, and is off the instance even if that fails', () => {
    const { calls, atMs, result } = freed({ DeleteNetworkInterface: THROTTLED });
    expect(actions(calls).slice(2)).toEqual(Array.from({ length: 12 }, () => 'Delete'));
    expect(atMs.slice(2, 5)).toEqual([2000, 2500, 3500]);
    expect(result).toEqual({ ok: false, code: undefined, released: true });
  });
});

describe('the wait for a new ENI in the metadata', () => {
  const shown = (addresses: number, prefixes: number): DescribedENI => ({
    eni: 'eni-9',
    device: 1,
    subnet: 'subnet-1',
    own: 1,
    addresses: Array.from({ length: addresses }, (_, index) => index),
    prefixes: Array.from({ length: prefixes }, (_, index) => 16 * index),
  });

  /** What the metadata shows by time; the last one stays. */
  function waited(
    story: readonly (readonly [fromMs: number, DescribedENI | undefined])[],
    wanted: number,
    env: Readonly<Record<string, string>> = {},
  ) {
    const ipamd = steady({ env });
    const metadata = () => {
      const now = story.findLast(([fromMs]) => fromMs <= ipamd.nowMs)?.[1];
      return now === undefined ? [{ ...shown(9, 9), eni: 'eni-8' }] : [now];
    };
    Object.assign(ipamd, { metadata });
    const { result } = played(ipamd, waitForENIAndIPsAttached(ipamd, 'eni-9', wanted), () => ({ ok: true }));
    return { result, endMs: ipamd.nowMs };
  }
  /** 100 ms doubling to 51.2 s, then the cap of a minute: eleven pauses. */
  const GIVEN_UP_MS = 100 * (2 ** 10 - 1) + 60_000;

  it('ends when all it was created with is there, looked for at 0, 100, 300, 700 ms', () => {
    expect(waited([[0, shown(3, 0)]], 3)).toEqual({ result: shown(3, 0), endMs: 0 });
    expect(
      waited(
        [
          [0, undefined],
          [301, shown(3, 0)],
        ],
        3,
      ),
    ).toEqual({ result: shown(3, 0), endMs: 700 });
    expect(
      waited(
        [
          [0, shown(2, 0)],
          [50, shown(3, 0)],
        ],
        3,
      ),
    ).toEqual({ result: shown(3, 0), endMs: 100 });
    expect(waited([[0, shown(4, 0)]], 3).endMs).toBe(0);
  });

  it('counts prefixes in prefix mode', () => {
    expect(
      waited(
        [
          [0, shown(3, 0)],
          [1, shown(0, 2)],
        ],
        2,
        PREFIXES,
      ),
    ).toEqual({ result: shown(0, 2), endMs: 100 });
  });

  it('gives up after twelve looks, with nothing if nothing is there', () => {
    expect(waited([], 3)).toEqual({ result: undefined, endMs: GIVEN_UP_MS });
    expect(waited([], 3, PREFIXES)).toEqual({ result: undefined, endMs: GIVEN_UP_MS });
    expect(waited([[0, shown(0, 5)]], 3).result).toBeUndefined();
    expect(
      waited(
        [
          [0, shown(2, 0)],
          [1, undefined],
        ],
        3,
      ).result,
    ).toBeUndefined();
    expect(
      waited(
        [
          [0, shown(2, 0)],
          [1, shown(0, 0)],
        ],
        3,
      ).result,
    ).toBeUndefined();
  });

  it('takes a part as it is, in prefix mode only if it is more than one', () => {
    expect(waited([[0, shown(1, 0)]], 3)).toEqual({ result: shown(1, 0), endMs: GIVEN_UP_MS });
    expect(waited([[0, shown(0, 1)]], 3, PREFIXES).result).toBeUndefined();
    expect(waited([[0, shown(0, 2)]], 3, PREFIXES).result).toEqual(shown(0, 2));
  });

  it('for an ENI that comes without any is for at least one', () => {
    expect(waited([[0, shown(0, 0)]], 0)).toEqual({ result: undefined, endMs: GIVEN_UP_MS });
  });
});
