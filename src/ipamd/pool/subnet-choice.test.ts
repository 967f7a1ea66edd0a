/** Which subnet a new ENI is created in, and which subnets are excluded: the second half of ec2-requests.ts. */
import { describe, expect, it } from 'vitest';
import { anIpamd, played, told } from '../../../test/support/an-ipamd.ts';
import type { Answers } from '../../../test/support/an-ipamd.ts';
import { aSubnet, created, creates, withSubnets } from '../../../test/support/new-eni.ts';
import type { DescribedSubnet } from '../ec2-calls.ts';
import { allocENI, isFailure, isSubnetExcluded } from './ec2-requests.ts';

const THROTTLED = 'RequestLimitExceeded';
const ROLE = 'kubernetes.io/role/cni';

describe('a new ENI', () => {
  it('is tried in each subnet that may be used, the one with most free addresses first', () => {
    const subnets = [
      aSubnet('subnet-1', 10),
      aSubnet('small', 5, { [ROLE]: '1' }),
      aSubnet('untagged', 5000),
      aSubnet('excluded', 6000, { [ROLE]: '0' }),
      aSubnet('big', 500, { [ROLE]: '1' }),
      aSubnet('big too', 500, { [ROLE]: '1' }),
    ];
    const { calls, result } = created({}, { subnets, codes: { CreateNetworkInterface: THROTTLED } });
    expect(creates(calls)).toEqual(['big', 'big too', 'subnet-1', 'small'].map((id) => `Create ${id} 5 ip`));
    expect(result).toEqual({ ok: false, code: THROTTLED });
    expect(creates(created({}, { subnets }).calls)).toEqual(['Create big 5 ip']);
  });

  it('is created nowhere when no subnet may be used', () => {
    const { calls, result } = created({}, { subnets: [aSubnet('subnet-1', 10, { [ROLE]: '0' })] });
    expect(calls.map(told)).toEqual(['DescribeSubnets']);
    expect(result).toEqual({ ok: false, code: undefined });
  });

  it('goes to subnets of the own cluster or of any', () => {
    const cluster = (name: string) => ({ [ROLE]: '1', [`cni.networking.k8s.aws/cluster/${name}`]: 'shared' });
    const subnets = [
      aSubnet('green', 900, cluster('green')),
      aSubnet('blue', 800, cluster('blue')),
      aSubnet('any', 700, { [ROLE]: '1', 'another.tag/cluster': 'green' }),
      aSubnet('both', 600, { ...cluster('green'), ...cluster('blue') }),
    ];
    const codes = { CreateNetworkInterface: THROTTLED };
    const named = created({ env: { CLUSTER_NAME: 'blue' } }, { subnets, codes });
    expect(creates(named.calls).map((call) => call.split(' ')[1])).toEqual(['blue', 'any', 'both']);
    const nameless = created({}, { subnets, codes });
    expect(creates(nameless.calls).map((call) => call.split(' ')[1])).toEqual(['green', 'blue', 'any', 'both']);
  });

  it('goes to the ENIConfig subnet under custom networking, else to that of the instance', () => {
    const env = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
    expect(creates(created({ env, podSubnet: 'pods' }).calls)).toEqual(['Create pods 5 ip']);
    const { calls } = created({ env });
    expect(calls.map(told).slice(0, 1)).toEqual(['Create subnet-1 5 ip']);
  });

  it('goes to the subnet of the instance without subnet discovery, unless that is excluded', () => {
    const env = { ENABLE_SUBNET_DISCOVERY: 'false' };
    const rich = aSubnet('big', 500, { [ROLE]: '1' });
    expect(creates(created({ env }, { subnets: [aSubnet('subnet-1', 1), rich] }).calls)).toEqual([
      'Create subnet-1 5 ip',
    ]);
    const excluded = created({ env }, { subnets: [aSubnet('subnet-1', 1, { [ROLE]: '0' }), rich] });
    expect([creates(excluded.calls), excluded.result]).toEqual([[], { ok: false, code: undefined }]);
    const silent = created({ env }, { codes: { DescribeSubnets: THROTTLED } });
    expect(creates(silent.calls)).toEqual(['Create subnet-1 5 ip']);
  });

  it('goes to the subnet of the instance when the subnets were described at the second try only', () => {
    const twice = (subnets: readonly DescribedSubnet[]) => {
      const ipamd = anIpamd();
      const obliging = withSubnets(ipamd, subnets);
      let asked = 0;
      const answers: Answers = (call) => {
        if (call.action !== 'DescribeSubnets') return obliging(call);
        asked++;
        return asked === 1 ? { ok: false, code: THROTTLED } : obliging(call);
      };
      return played(ipamd, allocENI(ipamd, 5, 0), answers);
    };
    expect(creates(twice([aSubnet('subnet-1', 1), aSubnet('big', 9, { [ROLE]: '1' })]).calls)).toEqual([
      'Create subnet-1 5 ip',
    ]);
    expect(twice([aSubnet('subnet-1', 1, { [ROLE]: '0' })]).result).toEqual({ ok: false, code: undefined });
    const never = created({}, { codes: { DescribeSubnets: THROTTLED } });
    expect([never.calls.map(told), never.result]).toEqual([
      ['DescribeSubnets', 'DescribeSubnets'],
      { ok: false, code: undefined },
    ]);
  });
});

describe('a subnet', () => {
  const excluded = (tags: DescribedSubnet['tags'] | undefined, env: Readonly<Record<string, string>> = {}) => {
    const ipamd = anIpamd({ env });
    const subnets = tags === undefined ? [] : [aSubnet('other', 1, { [ROLE]: '0' }), aSubnet('subnet-1', 1, tags)];
    return played(ipamd, isSubnetExcluded(ipamd, 'subnet-1'), () => ({ ok: true, subnets })).result;
  };
  const green = { 'cni.networking.k8s.aws/cluster/green': 'shared' };

  it('is excluded by its role 0, or when it is for other clusters', () => {
    expect(excluded({ [ROLE]: '0' })).toBe(true);
    expect(excluded({ [ROLE]: '1' })).toBe(false);
    expect(excluded({ [ROLE]: '1', ...green }, { CLUSTER_NAME: 'blue' })).toBe(true);
    expect(excluded({ [ROLE]: '1', ...green }, { CLUSTER_NAME: 'green' })).toBe(false);
  });

  it('without a role, or that EC2 does not tell of, is not', () => {
    expect(excluded({ ...green }, { CLUSTER_NAME: 'blue' })).toBe(false);
    expect(excluded({ [ROLE]: '', ...green }, { CLUSTER_NAME: 'blue' })).toBe(false);
    expect(excluded(undefined)).toBe(false);
  });

  it('that cannot be looked at is neither', () => {
    const ipamd = anIpamd();
    const { result } = played(ipamd, isSubnetExcluded(ipamd, 'subnet-1'), () => ({ ok: false, code: THROTTLED }));
    expect(result).toEqual({ ok: false, code: THROTTLED });
    expect([
      isFailure(result),
      isFailure(true),
      isFailure(undefined),
      isFailure(null),
      isFailure({ ok: true }),
    ]).toEqual([true, false, false, false, false]);
    expect(isFailure({})).toBe(false);
  });
});
