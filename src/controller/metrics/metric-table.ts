/**
 * Every metric the process exposes besides Node's own: the one table from which the registry and the reference page
 * are made. The `controller_runtime_`, `workqueue_`, `rest_client_` and `leader_election_` names and labels are those of
 * controller-runtime, the `aws_api_` ones those of the AWS load balancer controller, so that boards made for them work.
 */
import type { MetricRow } from './metric-row.ts';
import { counter, gauge, histogram } from './metric-row.ts';

/** `stable`: name and labels are others' and stay. `alpha`: ours, may change in a minor release, with a note. */
export type Stability = 'stable' | 'alpha';

/** 5 ms to 60 s, as controller-runtime cuts reconcile times. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100];
const REQUEST_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const RETRY_BUCKETS = [0, 1, 2, 3, 4, 5, 10];
const EVALUATION_BUCKETS = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const CALL_LABELS = ['service', 'operation'];
const FAILURE_LABELS = ['service', 'operation', 'status_code', 'error_code'];
const QUEUE_LABELS = ['name', 'controller'];
const SUBNET_LABELS = ['name', 'subnet_id', 'zone'];

export const PROCESS_METRICS = {
  reconciles: counter('controller_runtime_reconcile_total', 'Passes by result.', ['controller', 'result']),
  reconcileErrors: counter('controller_runtime_reconcile_errors_total', 'Passes that failed.', ['controller']),
  reconcilePanics: counter(
    'controller_runtime_reconcile_panics_total',
    'Passes that failed by a bug of the operator.',
    ['controller'],
  ),
  reconcileSeconds: histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of a pass in seconds.',
    ['controller'],
    RECONCILE_BUCKETS,
  ),
  maxConcurrentReconciles: gauge('controller_runtime_max_concurrent_reconciles', 'Passes that may run at once.', [
    'controller',
  ]),
  activeWorkers: gauge('controller_runtime_active_workers', 'Passes that run now.', ['controller']),
  queueDepth: gauge('workqueue_depth', 'Keys that are due and wait for a worker.', QUEUE_LABELS),
  queueAdds: counter('workqueue_adds_total', 'Keys added to the queue.', QUEUE_LABELS),
  queueRetries: counter('workqueue_retries_total', 'Keys added again after a failure.', QUEUE_LABELS),
  queueSeconds: histogram(
    'workqueue_queue_duration_seconds',
    'How long a due key waited for a worker, in seconds.',
    QUEUE_LABELS,
    QUEUE_BUCKETS,
  ),
  workSeconds: histogram(
    'workqueue_work_duration_seconds',
    'How long the work on a key took, in seconds.',
    QUEUE_LABELS,
    QUEUE_BUCKETS,
  ),
  unfinishedWorkSeconds: gauge(
    'workqueue_unfinished_work_seconds',
    'Seconds of work under way and not yet counted in workqueue_work_duration_seconds.',
    QUEUE_LABELS,
  ),
  longestRunningSeconds: gauge(
    'workqueue_longest_running_processor_seconds',
    'Seconds the longest work under way has taken so far.',
    QUEUE_LABELS,
  ),
  clientRequests: counter(
    'rest_client_requests_total',
    'Requests to the API server by status code, method and host; the code is <error> when none came back.',
    ['code', 'method', 'host'],
  ),
  clientSeconds: histogram(
    'rest_client_request_duration_seconds',
    'Time to the answer of a request to the API server in seconds, by verb and host.',
    ['verb', 'host'],
    REQUEST_BUCKETS,
  ),
  awsCalls: counter(
    'aws_api_calls_total',
    'Calls of the operator to AWS by service, operation and answer; the status code is empty when none came back.',
    FAILURE_LABELS,
  ),
  awsCallSeconds: histogram(
    'aws_api_call_duration_seconds',
    'Time of a call to AWS with its retries, in seconds.',
    CALL_LABELS,
    REQUEST_BUCKETS,
  ),
  awsCallRetries: histogram(
    'aws_api_call_retries',
    'How often a call to AWS was tried again.',
    CALL_LABELS,
    RETRY_BUCKETS,
  ),
  awsThrottled: counter(
    'aws_api_call_throttled_errors_total',
    'Calls of the operator that AWS throttled to the last try.',
    FAILURE_LABELS,
  ),
  awsForbidden: counter(
    'aws_api_call_permission_errors_total',
    'Calls of the operator that AWS refused for want of a permission.',
    FAILURE_LABELS,
  ),
  leader: gauge('leader_election_master_status', 'Whether this replica holds the Lease of that name: 1 yes, 0 no.', [
    'name',
  ]),
  build: gauge('cnituning_build_info', 'Always 1; the labels say which program runs.', ['version', 'node_version']),
  evaluationSeconds: histogram(
    'cnituning_evaluation_duration_seconds',
    'CPU time of one evaluation (replaying remembered demand under every candidate) in seconds.',
    [],
    EVALUATION_BUCKETS,
  ),
  evaluationFailures: counter(
    'cnituning_evaluation_failures_total',
    'Evaluations that ended without a result, a crash of the worker thread included.',
    [],
  ),
  historySegments: gauge('cnituning_history_segments', 'Stretches of node lives in memory.', []),
  historyCheckpointAt: gauge('cnituning_history_checkpoint_timestamp_seconds', 'Until when the history is stored.', []),
  historyCheckpointBytes: gauge('cnituning_history_checkpoint_bytes', 'Bytes of the stored history, all parts.', []),
  historyCheckpoints: counter(
    'cnituning_history_checkpoints_total',
    'Attempts to store the history by result: stored, or the reason why not.',
    ['result'],
  ),
  historyRestores: counter(
    'cnituning_history_restores_total',
    'Stored histories found on becoming the leader by result: Read, Nothing, or why one was refused.',
    ['result'],
  ),
  growthCheckpoints: counter(
    'cnituning_growth_checkpoints_total',
    'Attempts to store the growth of subnets by result: stored, or the reason why not.',
    ['result'],
  ),
  growthRestores: counter(
    'cnituning_growth_restores_total',
    'Stored growths of subnets found on becoming the leader by result: Read, or why one was refused.',
    ['result'],
  ),
  watchUp: gauge(
    'cnituning_watch_up',
    'Whether the watch of a resource has its whole state and is open: 1 yes, 0 no.',
    ['resource'],
  ),
} satisfies Readonly<Record<string, MetricRow>>;

/** About one CniTuning: every one starts with the label `name`. */
export const OBJECT_METRICS = {
  condition: gauge(
    'cnituning_resource_condition',
    'Conditions of the CniTuning: 1 for the status a condition has, 0 for the others.',
    ['name', 'type', 'status'],
  ),
  suspended: gauge('cnituning_suspended', 'Whether the CniTuning is suspended: 1 yes, 0 no.', ['name']),
  currentValue: gauge('cnituning_current_value', 'Value of the variable in the DaemonSet, where it is a number.', [
    'name',
    'setting',
  ]),
  recommendedValue: gauge('cnituning_recommended_value', 'Value the operator advises.', ['name', 'setting']),
  uncappedValue: gauge('cnituning_uncapped_value', 'Value the operator would advise without the bounds of the spec.', [
    'name',
    'setting',
  ]),
  confidence: gauge(
    'cnituning_recommendation_confidence',
    'Confidence of the recommendation: 1 for the level it has, 0 for the others.',
    ['name', 'level'],
  ),
  evaluatedAt: gauge(
    'cnituning_recommendation_timestamp_seconds',
    'When the evaluation behind the recommendation finished.',
    ['name'],
  ),
  evidenceNodeSeconds: gauge('cnituning_evidence_node_seconds', 'Seconds of node life the recommendation rests on.', [
    'name',
  ]),
  evidencePodStarts: gauge('cnituning_evidence_pod_starts', 'Pod starts the recommendation rests on.', ['name']),
  predictedIdle: gauge(
    'cnituning_predicted_idle_addresses_per_node',
    'Idle addresses per node on the remembered demand, under the current and the recommended values.',
    ['name', 'values'],
  ),
  predictedDelayed: gauge(
    'cnituning_predicted_delayed_pods_ratio',
    'Share of pod starts (0 to 1) with an avoidable delay, under the current and the recommended values.',
    ['name', 'values'],
  ),
  predictedCalls: gauge(
    'cnituning_predicted_ec2_calls_per_node_hour',
    'EC2 calls of the CNI per node and hour, under the current and the recommended values.',
    ['name', 'values'],
  ),
  shapeRegret: gauge(
    'cnituning_shape_regret_per_node_hour',
    'By how much the recommended values cost more per node and hour than the best ones for this kind of node alone; the 20 kinds with the most nodes.',
    ['name', 'instance_type', 'max_pods'],
  ),
  nodes: gauge('cnituning_nodes', 'Nodes by state: tuned, or the reason for leaving them out.', ['name', 'state']),
  addresses: gauge(
    'cnituning_addresses',
    'Addresses of the nodes: assigned to pods, or idle (attached and unused; absent while EC2 cannot be read).',
    ['name', 'state'],
  ),
  failingPods: gauge('cnituning_pods_without_address', 'Pods that have waited for an address for long.', ['name']),
  subnetFree: gauge('cnituning_subnet_free_addresses', 'Addresses of the subnet that nobody has.', SUBNET_LABELS),
  subnetSize: gauge('cnituning_subnet_size_addresses', 'Addresses of the subnet that users can have.', SUBNET_LABELS),
  subnetHeld: gauge(
    'cnituning_subnet_held_addresses',
    'Addresses of the subnet held by nodes of this cluster and by others.',
    ['name', 'subnet_id', 'zone', 'holder'],
  ),
  subnetFreePrefixes: gauge('cnituning_subnet_free_prefixes', 'Free aligned /28 blocks of the subnet.', SUBNET_LABELS),
  subnetReserve: gauge(
    'cnituning_subnet_reserve_addresses',
    'Addresses of the subnet that objectives.subnetReserve keeps free.',
    SUBNET_LABELS,
  ),
  subnetExhaustion: gauge(
    'cnituning_subnet_exhaustion_timestamp_seconds',
    'When the subnet runs into its reserve: earliest, likely and latest (a band of about four cases in five); absent when not within 30 days.',
    ['name', 'subnet_id', 'zone', 'bound'],
  ),
  subnetGrowth: gauge(
    'cnituning_subnet_growth_addresses_per_day',
    'Addresses by which the daily peak of the subnet grows from day to day; absent before three days were seen.',
    SUBNET_LABELS,
  ),
  accountGap: gauge('cnituning_account_gap', 'Always 1 for each part of the AWS account that could not be read.', [
    'name',
    'reason',
    'action',
  ]),
  throttledCalls: gauge(
    'cnituning_throttled_ec2_calls',
    'EC2 calls of the account that were throttled in the last minutes, by action.',
    ['name', 'action'],
  ),
  hold: gauge(
    'cnituning_hold',
    'Always 1 for the reason why the operator does not act now; absent when nothing holds it.',
    ['name', 'reason'],
  ),
  rolloutDesired: gauge('cnituning_rollout_desired_nodes', 'Nodes on which the DaemonSet should run.', ['name']),
  rolloutUpdated: gauge(
    'cnituning_rollout_updated_nodes',
    'Nodes on which the newest template of the DaemonSet runs.',
    ['name'],
  ),
  snapshotStale: gauge(
    'cnituning_snapshot_stale',
    'Whether what the last pass knew of the cluster may be old: 1 yes, 0 no.',
    ['name'],
  ),
  lastSuccess: gauge('cnituning_last_success_timestamp_seconds', 'When the last pass without failure finished.', [
    'name',
  ]),
  decisions: counter(
    'cnituning_decisions_total',
    'Passes by what was decided, and why where the decision was to hold.',
    ['name', 'decision', 'reason'],
  ),
  changes: counter(
    'cnituning_changes_total',
    'Writes to the DaemonSet that changed it, by kind: applied, restored, or undone by request.',
    ['name', 'kind'],
  ),
} satisfies Readonly<Record<string, MetricRow>>;

export type ObjectMetricKey = keyof typeof OBJECT_METRICS;

/** One value of one series of an object metric; the label `name` is added where it is shown. */
export type ObjectSample = {
  readonly metric: ObjectMetricKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export function stabilityOf({ name }: MetricRow): Stability {
  return name.startsWith('cnituning_') ? 'alpha' : 'stable';
}
