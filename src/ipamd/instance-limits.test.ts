import { describe, expect, it } from 'vitest';
import { INSTANCE_LIMIT_ROWS } from './instance-limits.generated.ts';
import { knownInstanceTypes, limitsOf, maxPodsOf } from './instance-limits.ts';

describe('the limits of an instance type', () => {
  it.each([
    ['t3.small', { maxENIs: 3, ipv4PerENI: 4, prefixCapable: true, trunkCompatible: false }],
    ['m5.large', { maxENIs: 3, ipv4PerENI: 10, prefixCapable: true, trunkCompatible: true }],
    ['m4.4xlarge', { maxENIs: 8, ipv4PerENI: 30, prefixCapable: false, trunkCompatible: false }],
    ['t2.large', { maxENIs: 3, ipv4PerENI: 12, prefixCapable: false, trunkCompatible: false }],
    ['c6in.32xlarge', { maxENIs: 8, ipv4PerENI: 50, prefixCapable: true, trunkCompatible: true }],
  ])('of %s are %j', (instanceType, limits) => {
    expect(limitsOf(instanceType)).toEqual({ instanceType, ...limits });
  });

  it('are found for each of the 1391 types, the first and the last too', () => {
    const types = knownInstanceTypes();
    expect(types).toHaveLength(1391);
    expect(types.map((instanceType) => limitsOf(instanceType)?.ipv4PerENI)).toEqual(
      INSTANCE_LIMIT_ROWS.map(([, , ipv4PerENI]) => ipv4PerENI),
    );
  });

  it.each(['', 'a', 'm5.larg', 'm5.large2', 'M5.large', 'zz.large'])('are not known for "%s"', (instanceType) => {
    expect(limitsOf(instanceType)).toBeUndefined();
  });
});

it('standard max pods are all slots, and two pods on the host network', () => {
  const pods = (instanceType: string) => {
    const limits = limitsOf(instanceType);
    return limits === undefined ? undefined : maxPodsOf(limits);
  };
  expect(['t3.medium', 'm5.large', 'm5.xlarge', 'c5.4xlarge'].map(pods)).toEqual([17, 29, 58, 234]);
});
