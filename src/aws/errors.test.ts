import { expect, test } from 'vitest';
import { gapOf, isPassing } from './errors.ts';

function anError(name: string, message: string, rest: object = {}): Error {
  return Object.assign(new Error(message), { name, ...rest });
}

test.each([
  [
    anError('UnauthorizedOperation', 'You are not authorized', { $metadata: { httpStatusCode: 403 } }),
    'Forbidden',
    "AWS refuses ec2:DescribeSubnets: allow ec2:DescribeSubnets in the IAM policy of the operator's role.",
  ],
  [
    anError('CredentialsProviderError', 'Could not load credentials from any providers'),
    'NoCredentials',
    'The operator has no usable AWS credentials (CredentialsProviderError: Could not load credentials from any ' +
      'providers): give its ServiceAccount an IAM role by EKS Pod Identity or IRSA, or run it with --no-aws.',
  ],
  [anError('Error', "ENOENT: no such file or directory, open '/token'", { code: 'ENOENT' }), 'NoCredentials', '/token'],
  [
    anError('AuthFailure', 'AWS was not able to validate', { $metadata: { httpStatusCode: 401 } }),
    'NoCredentials',
    'HTTP 401',
  ],
  [anError('Error', 'Region is missing'), 'NoRegion', 'set --aws-region or AWS_REGION.'],
  [anError('RequestLimitExceeded', 'x'), 'Throttled', 'AWS throttles ec2:DescribeSubnets in this account'],
  [anError('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 429 } }), 'Throttled', 'AWS throttles'],
  [
    anError('TimeoutError', 'no answer'),
    'Unavailable',
    'EC2 could not be read (ec2:DescribeSubnets): it did not answer in time.',
  ],
  [anError('Error', 'connect', { code: 'ECONNREFUSED' }), 'Unavailable', 'cannot be reached (ECONNREFUSED).'],
  [anError('Error', '@aws-sdk XML parse error: x'), 'Unavailable', 'the answer is not what AWS sends.'],
  [anError('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 503 } }), 'Unavailable', ': HTTP 503.'],
  ['a string', 'Unavailable', ': a string.'],
])('%s is %s', (error, reason, text) => {
  const gap = gapOf(error, 'ec2:DescribeSubnets');
  expect(gap.reason).toBe(reason);
  expect(gap.message).toContain(text);
  expect(gap.message.length).toBeLessThan(420);
});

test('an AccessDenied is CloudWatch refusing, or STS withholding credentials', () => {
  const error = anError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  expect(gapOf(error, 'cloudwatch:GetMetricData').reason).toBe('Forbidden');
  expect(gapOf(error, 'ec2:DescribeSubnets').reason).toBe('NoCredentials');
});

test('only throttling and outages pass by themselves', () => {
  const gaps = ['RequestLimitExceeded', 'TimeoutError', 'UnauthorizedOperation', 'AuthFailure'];
  expect(gaps.map((name) => isPassing(gapOf(anError(name, ''), 'ec2:DescribeSubnets')))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
