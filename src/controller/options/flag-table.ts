/** Every flag of `cni-tuner run`: its names, its default, how it is read, and what --help and the reference page say. */
import { anyText, bindAddress, durationBetween, logLevel, someText, yesOrNo } from './flag-values.ts';

export type Flag<T> = {
  readonly name: string;
  /** Read when the flag is not given. */
  readonly variable: string;
  readonly fallback: string;
  /** What the value looks like, for --help; empty for a switch. */
  readonly shape: string;
  readonly about: string;
  readonly read: (text: string) => T;
};

export const FLAGS = {
  kubeconfig: {
    name: 'kubeconfig',
    variable: 'KUBECONFIG',
    fallback: '',
    shape: 'FILE',
    about: 'Kubeconfig of the cluster. Empty: the service account of the pod this runs in.',
    read: anyText,
  },
  metricsAddress: {
    name: 'metrics-bind-address',
    variable: 'METRICS_BIND_ADDRESS',
    fallback: ':8080',
    shape: 'HOST:PORT',
    about: 'Where /metrics is served; 0 serves none.',
    read: bindAddress,
  },
  metricsSecure: {
    name: 'metrics-secure',
    variable: 'METRICS_SECURE',
    fallback: 'false',
    shape: '',
    about: 'Serve /metrics by HTTPS, and only to those whose bearer token may `get` it, as the API server says.',
    read: yesOrNo,
  },
  metricsCertPath: {
    name: 'metrics-cert-path',
    variable: 'METRICS_CERT_PATH',
    fallback: '',
    shape: 'FOLDER',
    about:
      'Folder with the certificate for it: tls.crt and tls.key, read again when they are renewed. Empty: one that nobody vouches for, made at each start.',
    read: anyText,
  },
  healthAddress: {
    name: 'health-probe-bind-address',
    variable: 'HEALTH_PROBE_BIND_ADDRESS',
    fallback: ':8081',
    shape: 'HOST:PORT',
    about: 'Where /healthz and /readyz are served; 0 serves none.',
    read: bindAddress,
  },
  leaderElect: {
    name: 'leader-elect',
    variable: 'LEADER_ELECT',
    fallback: 'true',
    shape: '',
    about: 'Of several replicas only the one that holds the Lease decides and writes.',
    read: yesOrNo,
  },
  leaseNamespace: {
    name: 'leader-election-namespace',
    variable: 'POD_NAMESPACE',
    fallback: '',
    shape: 'NAMESPACE',
    about: 'Namespace of the Lease. Empty: the namespace of the pod, else kube-system.',
    read: anyText,
  },
  leaseName: {
    name: 'leader-election-id',
    variable: 'LEADER_ELECTION_ID',
    fallback: 'cni-tuner',
    shape: 'NAME',
    about: 'Name of the Lease.',
    read: someText,
  },
  leaseIdentity: {
    name: 'leader-election-identity',
    variable: 'POD_NAME',
    fallback: '',
    shape: 'NAME',
    about: 'Who this replica is in the Lease. A random part is added. Empty: the host name.',
    read: anyText,
  },
  leaseMs: {
    name: 'leader-election-lease-duration',
    variable: 'LEADER_ELECTION_LEASE_DURATION',
    fallback: '15s',
    shape: 'DURATION',
    about: 'How long other replicas wait for a leader that went silent; longer than 5s and the retry period together.',
    read: durationBetween('6s', '5m'),
  },
  renewDeadlineMs: {
    name: 'leader-election-renew-deadline',
    variable: 'LEADER_ELECTION_RENEW_DEADLINE',
    fallback: '10s',
    shape: 'DURATION',
    about: 'How long a leader tries to renew before it steps down; shorter than the lease duration.',
    read: durationBetween('2s', '5m'),
  },
  retryMs: {
    name: 'leader-election-retry-period',
    variable: 'LEADER_ELECTION_RETRY_PERIOD',
    fallback: '2s',
    shape: 'DURATION',
    about: 'Pause between two tries to get or renew the Lease; shorter than the renew deadline.',
    read: durationBetween('100ms', '1m'),
  },
  awsEnabled: {
    name: 'aws',
    variable: 'CNI_TUNER_AWS',
    fallback: 'true',
    shape: '',
    about:
      'Read subnets and interfaces from EC2 and throttling from CloudWatch. With --no-aws the operator works from Kubernetes alone.',
    read: yesOrNo,
  },
  awsRegion: {
    name: 'aws-region',
    variable: 'AWS_REGION',
    fallback: '',
    shape: 'REGION',
    about: "AWS region. Empty: the region of the nodes' labels.",
    read: anyText,
  },
  awsRefreshMs: {
    name: 'aws-refresh-interval',
    variable: 'CNI_TUNER_AWS_REFRESH_INTERVAL',
    fallback: '1m',
    shape: 'DURATION',
    about: 'How often EC2 and CloudWatch are read.',
    read: durationBetween('1s', '1h'),
  },
  evaluationIntervalMs: {
    name: 'evaluation-interval',
    variable: 'CNI_TUNER_EVALUATION_INTERVAL',
    fallback: '10s',
    shape: 'DURATION',
    about: 'Shortest time between two evaluations of one CniTuning whose spec and live settings did not change.',
    read: durationBetween('1s', '1h'),
  },
  logLevel: {
    name: 'log-level',
    variable: 'LOG_LEVEL',
    fallback: 'info',
    shape: 'LEVEL',
    about: 'Least severity to log: debug, info, warn or error.',
    read: logLevel,
  },
} as const satisfies Readonly<Record<string, Flag<unknown>>>;
