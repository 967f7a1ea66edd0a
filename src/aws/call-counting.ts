/** What a call to AWS took and how it ended, for the metrics: a middleware around all its attempts. */
import { gapOf } from './errors.ts';

/** One finished call; status code and error code are empty where there is none. */
export type AwsCall = {
  readonly service: AwsApi;
  /** `DescribeSubnets`. */
  readonly operation: string;
  readonly statusCode: string;
  readonly errorCode: string;
  /** The two kinds of error that are counted apart. */
  readonly refusal: 'Throttled' | 'Forbidden' | undefined;
  readonly retries: number;
  readonly durationMs: number;
};

export type AwsApi = 'EC2' | 'CloudWatch';

type Handler<Input, Output> = (input: Input) => Promise<Output>;
type Metadata = { readonly httpStatusCode?: number | undefined; readonly attempts?: number | undefined };

/** Tells `onCall` of every call, good or bad; belongs before the retries, at the step `initialize`. */
export function countingCalls(service: AwsApi, onCall: (call: AwsCall) => void) {
  return <Input, Output>(next: Handler<Input, Output>, context: Readonly<Record<string, unknown>>) =>
    async (input: Input): Promise<Output> => {
      const startedMs = performance.now();
      // The context may name the client as well: DescribeSubnetsCommand.
      const operation = String(context['commandName']).replace(/Command$/, '');
      const tell = (ending: Ending): void =>
        onCall({ service, operation, durationMs: performance.now() - startedMs, ...ending });
      try {
        const answer = await next(input);
        tell(endingOf(metadataOf(Reflect.get(Object(answer), 'output'))));
        return answer;
      } catch (error) {
        tell(failedEnding(error, service, operation));
        throw error;
      }
    };
}

type Ending = Pick<AwsCall, 'statusCode' | 'errorCode' | 'refusal' | 'retries'>;

function endingOf({ httpStatusCode, attempts }: Metadata): Ending {
  const retries = Math.max(0, (attempts ?? 1) - 1);
  return {
    statusCode: httpStatusCode === undefined ? '' : String(httpStatusCode),
    errorCode: '',
    refusal: undefined,
    retries,
  };
}

function failedEnding(error: unknown, service: AwsApi, operation: string): Ending {
  const name = error instanceof Error ? error.name : '';
  const { reason } = gapOf(error, `${service === 'EC2' ? 'ec2' : 'cloudwatch'}:${operation}`);
  return {
    ...endingOf(metadataOf(error)),
    // A word of AWS or of the SDK; anything else could make a series of its own each time.
    errorCode: /^[A-Za-z.]{1,64}$/.test(name) ? name : 'Other',
    refusal: reason === 'Throttled' || reason === 'Forbidden' ? reason : undefined,
  };
}

function metadataOf(from: unknown): Metadata {
  const metadata: unknown = Reflect.get(Object(from), '$metadata');
  const number = (field: string): number | undefined => {
    const value: unknown = Reflect.get(Object(metadata), field);
    return typeof value === 'number' ? value : undefined;
  };
  return { httpStatusCode: number('httpStatusCode'), attempts: number('attempts') };
}
