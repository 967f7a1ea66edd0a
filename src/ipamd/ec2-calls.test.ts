import { expect, it } from 'vitest';
import { EC2_ACTIONS, eachAction, isMutating } from './ec2-calls.ts';

it('every call that is not a describe is mutating', () => {
  expect(EC2_ACTIONS.filter((action) => !isMutating(action))).toEqual([
    'DescribeInstances',
    'DescribeNetworkInterfaces',
    'DescribeSubnets',
  ]);
});

it('a number for each action names every action once', () => {
  expect(eachAction(7)).toEqual(Object.fromEntries(EC2_ACTIONS.map((action) => [action, 7])));
});
