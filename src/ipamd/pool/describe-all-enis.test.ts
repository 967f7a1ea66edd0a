import { describe, expect, it } from 'vitest';
import { anIpamd, played, told } from '../../../test/support/an-ipamd.ts';
import { aDescribedENI } from '../../../test/support/a-described-eni.ts';
import type { Answers, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import type { DescribedENI } from '../ec2-calls.ts';
import { describeAllENIs, filterUnmanagedENIs, setUnmanagedENIs } from './describe-all-enis.ts';

const NOT_FOUND = 'InvalidNetworkInterfaceID.NotFound';
const NODE = 'node.k8s.amazonaws.com/instance_id';
const NO_MANAGE = 'node.k8s.amazonaws.com/no_manage';

/** What the describe finds of the attached ENIs, when EC2 answers so. */
function described(shown: readonly DescribedENI[], answers: Answers, wanted: IpamdWanted = {}) {
  const ipamd = anIpamd(wanted);
  Object.assign(ipamd, { metadata: () => shown, choices: { ...ipamd.choices, orderIds: (ids: string[]) => ids } });
  const { calls, atMs, result } = played(ipamd, describeAllENIs(ipamd), answers);
  return { calls: calls.map(told), atMs, result, endMs: ipamd.nowMs };
}

const eniIds = (result: ReturnType<typeof described>['result']) => result?.enis.map(({ eni }) => eni);

describe('the describe of all attached ENIs', () => {
  const two = [aDescribedENI('eni-1'), aDescribedENI('eni-2', { device: 1 })];

  it('asks once for all, and keeps tags, EFA interfaces and the last trunk', () => {
    const truth = [
      aDescribedENI('eni-1', { tags: { a: 'b' }, trunk: false }),
      aDescribedENI('eni-2', { trunk: true, efa: false }),
      aDescribedENI('eni-3', { trunk: true, efa: true }),
    ];
    const { calls, result } = described(truth, () => ({ ok: true, described: truth }));
    expect(calls).toEqual(['DescribeNetworkInterfaces eni-1 eni-2 eni-3']);
    expect(eniIds(result)).toEqual(['eni-1', 'eni-2', 'eni-3']);
    expect(result?.tagMap).toEqual(
      new Map([['eni-1', { a: 'b' }], ...['eni-2', 'eni-3'].map((id) => [id, {}] as const)]),
    );
    expect(result?.trunkENI).toBe('eni-3');
    expect(result?.efaENIs).toEqual(new Set(['eni-3']));
  });

  it('has no trunk and no tags when EC2 tells of none', () => {
    const { result } = described(two, () => ({ ok: true }));
    expect(result).toMatchObject({ enis: two, trunkENI: undefined, tagMap: new Map(), efaENIs: new Set() });
  });

  it('goes on without an ENI that EC2 does not know, at once', () => {
    const { calls, result, endMs } = described(two, (asked) =>
      asked.action === 'DescribeNetworkInterfaces' && asked.enis.includes('eni-2')
        ? { ok: false, code: NOT_FOUND, eni: 'eni-2' }
        : { ok: true, described: [aDescribedENI('eni-1')] },
    );
    expect(calls).toEqual(['DescribeNetworkInterfaces eni-1 eni-2', 'DescribeNetworkInterfaces eni-1']);
    expect(eniIds(result)).toEqual(['eni-1']);
    expect(endMs).toBe(0);
  });

  it('fails when EC2 knows none of them', () => {
    const { calls, result } = described([aDescribedENI('eni-1')], () => ({ ok: false, code: NOT_FOUND, eni: 'eni-1' }));
    expect([calls.length, result]).toEqual([1, undefined]);
  });

  it('asks again when EC2 does not say which one it does not know', () => {
    const { calls, endMs, result } = described(two, () => ({ ok: false, code: NOT_FOUND }));
    expect(calls).toEqual(Array.from({ length: 12 }, () => 'DescribeNetworkInterfaces eni-1 eni-2'));
    expect([endMs, result]).toEqual([0, undefined]);
  });

  it('fails after twelve tries, pauses between them growing by ten milliseconds', () => {
    const { atMs, result, endMs } = described(two, () => ({ ok: false, code: 'RequestLimitExceeded' }));
    expect(atMs).toEqual([0, 0, 10, 30, 60, 100, 150, 210, 280, 360, 450, 550]);
    expect([result, endMs]).toEqual([undefined, 660]);
  });

  it('is the metadata alone in IMDS-only mode', () => {
    const env = { ENABLE_IMDS_ONLY_MODE: 'true' };
    const { calls, result } = described(two, () => ({ ok: true }), { env });
    expect(calls).toEqual([]);
    expect(result).toMatchObject({ enis: two, trunkENI: undefined, tagMap: new Map() });
  });

  it('comes in the order of a map', () => {
    const ipamd = anIpamd();
    const choices = { ...ipamd.choices, orderIds: (ids: string[]) => ids.toReversed() };
    Object.assign(ipamd, { metadata: () => two, choices });
    const { result } = played(ipamd, describeAllENIs(ipamd), () => ({ ok: true, described: two }));
    expect(eniIds(result)).toEqual(['eni-2', 'eni-1']);
  });
});

describe('an ENI', () => {
  function unmanaged(tags: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
    const ipamd = anIpamd({ env });
    Object.assign(ipamd, { instanceId: 'i-1' });
    setUnmanagedENIs(
      ipamd,
      new Map([
        ['eni-1', tags],
        ['eni-2', tags],
      ]),
    );
    return [...ipamd.unmanagedENIs];
  }
  const strict = { MANAGE_UNTAGGED_ENI: 'false' };

  it('is not managed when its tag says so, the primary always is', () => {
    expect(unmanaged({ [NO_MANAGE]: 'true' })).toEqual(['eni-2']);
    expect(unmanaged({ [NO_MANAGE]: 'false' })).toEqual([]);
    expect(unmanaged({})).toEqual([]);
  });

  it('without the tag of this instance is not managed with MANAGE_UNTAGGED_ENI=false', () => {
    expect(unmanaged({}, strict)).toEqual(['eni-2']);
    expect(unmanaged({ [NODE]: 'i-2' }, strict)).toEqual(['eni-2']);
    expect(unmanaged({ [NODE]: 'i-1' }, strict)).toEqual([]);
    expect(unmanaged({ [NO_MANAGE]: 'false' }, strict)).toEqual([]);
  });

  it('stays what it was when EC2 tells nothing', () => {
    const ipamd = anIpamd();
    setUnmanagedENIs(ipamd, new Map([['eni-2', { [NO_MANAGE]: 'true' }]]));
    setUnmanagedENIs(ipamd, new Map());
    expect([...ipamd.unmanagedENIs]).toEqual(['eni-2']);
    setUnmanagedENIs(ipamd, new Map([['eni-3', {}]]));
    expect([...ipamd.unmanagedENIs]).toEqual([]);
  });

  it('that is not managed is left out and counted for its card, anew each time', () => {
    const ipamd = anIpamd({ env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 });
    ipamd.unmanagedENIs = new Set(['eni-2', 'eni-4', 'eni-5']);
    const enis = ['eni-1', 'eni-2', 'eni-3', 'eni-4', 'eni-5'].map((eni, index) =>
      aDescribedENI(eni, index < 2 ? {} : { networkCard: 1 }),
    );
    for (let again = 0; again < 2; again++) {
      expect(filterUnmanagedENIs(ipamd, enis).map(({ eni }) => eni)).toEqual(['eni-1', 'eni-3']);
      expect(ipamd.unmanagedENI).toEqual([1, 2]);
    }
  });

  it('on a card that is not managed is left out', () => {
    const enis = [
      aDescribedENI('eni-1'),
      aDescribedENI('eni-2', { networkCard: 1 }),
      aDescribedENI('eni-3', { networkCard: 2 }),
    ];
    expect(filterUnmanagedENIs(anIpamd(), enis).map(({ eni }) => eni)).toEqual(['eni-1']);
    const ipamd = anIpamd({ env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 });
    expect(filterUnmanagedENIs(ipamd, enis).map(({ eni }) => eni)).toEqual(['eni-1', 'eni-2']);
  });
});
