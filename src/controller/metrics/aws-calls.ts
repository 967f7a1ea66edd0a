/** The operator's own calls to AWS in the metrics of the AWS load balancer controller. */
import type { AwsCall } from '../../aws/call-counting.ts';
import type { Metrics } from '../metrics.ts';

export function callObserver(metrics: Metrics): (call: AwsCall) => void {
  return ({ service, operation, statusCode, errorCode, refusal, retries, durationMs }) => {
    const labels = { service, operation };
    const ending = { ...labels, status_code: statusCode, error_code: errorCode };
    metrics.count('awsCalls', ending);
    metrics.observe('awsCallSeconds', labels, durationMs / 1_000);
    metrics.observe('awsCallRetries', labels, retries);
    if (refusal === 'Throttled') metrics.count('awsThrottled', ending);
    if (refusal === 'Forbidden') metrics.count('awsForbidden', ending);
  };
}
