import { describe, expect, it } from 'vitest';
import { planSubnets, spreadOver } from './subnet-plan.ts';

describe('planSubnets', () => {
  it('makes three subnets of different size, next to each other', () => {
    expect(planSubnets(50, ['m5.large', 'c5.xlarge'])).toEqual([
      { cidr: '10.0.0.0/21', zone: 'us-east-1a' },
      { cidr: '10.0.8.0/22', zone: 'us-east-1b' },
      { cidr: '10.0.12.0/23', zone: 'us-east-1c' },
    ]);
  });

  it('stays inside what AWS allows for a subnet', () => {
    expect(planSubnets(1, ['t3.nano']).map(({ cidr }) => cidr)).toEqual([
      '10.0.0.0/28',
      '10.0.0.16/28',
      '10.0.0.32/28',
    ]);
    expect(planSubnets(5_000, ['c5.4xlarge']).map(({ cidr }) => cidr)).toEqual([
      '10.0.0.0/16',
      '10.1.0.0/16',
      '10.2.0.0/16',
    ]);
  });
});

describe('spreadOver', () => {
  it('puts nodes where there is most room for them', () => {
    const where = spreadOver(planSubnets(50, ['m5.large', 'c5.xlarge']));
    const first = Array.from({ length: 7 }, () => where.next().value);
    expect(first.filter((subnet) => subnet === 0)).toHaveLength(4);
    expect(first.filter((subnet) => subnet === 1)).toHaveLength(2);
    expect(first.filter((subnet) => subnet === 2)).toHaveLength(1);
  });
});
