import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const UP = {
  nodes: 10,
  pods: 0,
  instanceTypes: ['m5.xlarge', 'c5.4xlarge'],
  subnets: undefined,
  prefixMode: false,
  pace: 'real',
};

describe('parseArguments', () => {
  it('reads every option', () => {
    expect(parseArguments(['up'])).toEqual({ kind: 'up', up: UP });
    expect(parseArguments(['down'])).toEqual({ kind: 'down' });
    expect(parseArguments(['up', '--help'])).toEqual({ kind: 'help' });
    const argv = ['up', '--nodes', '3', '--pods=9', '--instance-types', 'm5.large', '--prefix-mode', '--quick'];
    expect(parseArguments([...argv, '--subnets', '10.0.0.0/24@us-east-1a,10.0.1.0/28@us-east-1b'])).toEqual({
      kind: 'up',
      up: {
        nodes: 3,
        pods: 9,
        instanceTypes: ['m5.large'],
        subnets: [
          { cidr: '10.0.0.0/24', zone: 'us-east-1a' },
          { cidr: '10.0.1.0/28', zone: 'us-east-1b' },
        ],
        prefixMode: true,
        pace: 'quick',
      },
    });
  });

  const more = '; `npm run testbed -- --help` lists the options.';
  it.each([
    [[], 'Say "up" or "down"'],
    [['start'], '"start" is neither "up" nor "down"'],
    [['up', 'now'], '"now" is one word too many'],
    [['up', '--nodes', '0'], '--nodes is "0" and must be a whole number from 1 to 5000'],
    [['up', '--nodes', 'ten'], '--nodes is "ten" and must be a whole number from 1 to 5000'],
    [['up', '--pods', '1.5'], '--pods is "1.5" and must be a whole number from 0 to 150000'],
    [
      ['up', '--instance-types', 'm5.lage'],
      '--instance-types: "m5.lage" is no known instance type, unlike m5.12xlarge',
    ],
    [
      ['up', '--subnets', '10.0.0.0/24'],
      '--subnets: "10.0.0.0/24" must be CIDR@ZONE with a zone from us-east-1a to us-east-1f',
    ],
    [['up', '--subnets', '10.0.0.1/24@us-east-1a'], '"10.0.0.1/24" is not an IPv4 CIDR'],
    [
      ['up', '--subnets', '172.16.0.0/24@us-east-1a'],
      '--subnets: 172.16.0.0/24 must lie inside 10.0.0.0/8 and be a /16 to a /28',
    ],
    [['up', '--fast'], "Unknown option '--fast'"],
  ])('refuses %j in one sentence', (argv, sentence) => {
    expect(parseArguments(argv)).toEqual({ kind: 'refused', sentence: `${sentence}${more}` });
  });
});
