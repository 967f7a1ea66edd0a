import { describe, expect, it } from 'vitest';
import { anIpamd, eniAt, played, storeAt } from '../../../test/support/an-ipamd.ts';
import type { Answers, IpamdWanted } from '../../../test/support/an-ipamd.ts';
import type { DescribedENI } from '../ec2-calls.ts';
import { setupENI } from './setup-eni.ts';

const SHOWN: DescribedENI = {
  eni: 'eni-7',
  device: 3,
  subnet: 'subnet-7',
  own: 700,
  addresses: [701, 702],
  prefixes: [1600],
};
const FAILING: Answers = () => ({ ok: false, code: 'RequestLimitExceeded' });

const inRole =
  (role: string): Answers =>
  () => ({
    ok: true,
    subnets: [{ subnet: 'subnet-7', availableAddresses: 1, tags: { 'kubernetes.io/role/cni': role } }],
  });

function setUp(
  answers: Answers,
  more: { readonly wanted?: IpamdWanted; readonly eni?: Partial<DescribedENI>; readonly trunk?: boolean } = {},
) {
  const ipamd = anIpamd(more.wanted);
  ipamd.nowMs = 5000;
  const role = { isTrunk: more.trunk ?? false, isEFA: more.trunk ?? false };
  return { ipamd, ...played(ipamd, setupENI(ipamd, { ...SHOWN, ...more.eni }, role), answers) };
}

const firsts = (ipamd: ReturnType<typeof anIpamd>, id = 'eni-7') =>
  [...eniAt(ipamd, id).byKey.values()].map(({ first, isPrefix }) => [first, isPrefix]);

describe('an attached ENI', () => {
  it('comes into the store with all it has, as old as this process knows it', () => {
    const { ipamd, result, calls } = setUp(inRole('1'));
    expect(result).toBe(true);
    expect(calls).toEqual([{ action: 'DescribeSubnets' }]);
    expect(eniAt(ipamd, 'eni-7')).toMatchObject({
      createTimeMs: 5000,
      isPrimary: false,
      isTrunk: false,
      isEFA: false,
      deviceNumber: 3,
      subnet: 'subnet-7',
      isExcludedForPodIPs: false,
    });
    expect(firsts(ipamd)).toEqual([
      [701, false],
      [702, false],
      [1600, true],
    ]);
    expect(ipamd.primaryIP.get('eni-7')).toBe(700);
  });

  it('is the primary by its name, and a trunk or for EFA as told', () => {
    expect(eniAt(setUp(inRole('1'), { eni: { eni: 'eni-1' } }).ipamd, 'eni-1').isPrimary).toBe(true);
    expect(eniAt(setUp(inRole('1'), { trunk: true }).ipamd, 'eni-7')).toMatchObject({ isTrunk: true, isEFA: true });
  });

  it('gives no pod addresses when its subnet is excluded', () => {
    const { ipamd, result } = setUp(inRole('0'));
    expect([result, eniAt(ipamd, 'eni-7').isExcludedForPodIPs, firsts(ipamd).length]).toEqual([true, true, 3]);
  });

  it('is there without its addresses when its subnet cannot be looked at', () => {
    const { ipamd, result } = setUp(FAILING);
    expect([result, firsts(ipamd)]).toEqual([false, []]);
    expect(ipamd.primaryIP.get('eni-7')).toBe(700);
  });

  it('asks for no subnet without subnet discovery', () => {
    const { ipamd, calls, result } = setUp(FAILING, { wanted: { env: { ENABLE_SUBNET_DISCOVERY: 'false' } } });
    expect([calls, result, firsts(ipamd).length]).toEqual([[], true, 3]);
  });

  it('goes to the store of its network card, and nowhere when that is not managed', () => {
    const wanted = { env: { ENABLE_MULTI_NIC: 'true' }, networkCards: 2 };
    const { ipamd } = setUp(inRole('1'), { wanted, eni: { networkCard: 1 } });
    expect([storeAt(ipamd, 0).enis.length, storeAt(ipamd, 1).enis.length]).toEqual([0, 1]);
    const nowhere = setUp(inRole('1'), { eni: { networkCard: 1 } });
    expect([nowhere.result, nowhere.calls, nowhere.ipamd.primaryIP.size]).toEqual([false, [], 0]);
  });
});
