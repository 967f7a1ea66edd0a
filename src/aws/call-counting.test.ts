import { describe, expect, it } from 'vitest';
import { type AwsCall, countingCalls } from './call-counting.ts';

const CONTEXT = { commandName: 'DescribeSubnetsCommand' };

function watched(service: 'EC2' | 'CloudWatch' = 'EC2') {
  const calls: AwsCall[] = [];
  return { calls, middleware: countingCalls(service, (call) => calls.push(call)) };
}

const failing = (name: string, metadata?: object) => async (): Promise<never> => {
  throw Object.assign(new Error('no'), { name, ...(metadata === undefined ? {} : { $metadata: metadata }) });
};

describe('countingCalls', () => {
  it('tells operation, status and retries of a call that went well, and passes the answer on', async () => {
    const { calls, middleware } = watched();
    const answer = { output: { $metadata: { httpStatusCode: 200, attempts: 3 } } };
    expect(await middleware(async () => answer, CONTEXT)({})).toBe(answer);
    expect(calls).toEqual([
      {
        service: 'EC2',
        operation: 'DescribeSubnets',
        statusCode: '200',
        errorCode: '',
        refusal: undefined,
        retries: 2,
        durationMs: expect.any(Number),
      },
    ]);
  });

  it.each([
    ['RequestLimitExceeded', 503, 'Throttled'],
    ['UnauthorizedOperation', 403, 'Forbidden'],
    ['InternalError', 500, undefined],
  ])('counts %s as %s %s and passes it on', async (name, httpStatusCode, refusal) => {
    const { calls, middleware } = watched();
    await expect(middleware(failing(name, { httpStatusCode, attempts: 4 }), CONTEXT)({})).rejects.toThrow('no');
    expect(calls[0]).toMatchObject({ statusCode: String(httpStatusCode), errorCode: name, refusal, retries: 3 });
  });

  it('has no status where none came, and no word of its own for each odd error', async () => {
    const { calls, middleware } = watched('CloudWatch');
    await expect(middleware(failing('req 123: gone'), CONTEXT)({})).rejects.toThrow('no');
    expect(calls[0]).toMatchObject({ service: 'CloudWatch', statusCode: '', errorCode: 'Other', retries: 0 });
  });
});
