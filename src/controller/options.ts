/**
 * What the process can be told, by flag or environment: parsed, checked and explained by one table (options/flag-table.ts).
 * Flags win over the environment, the environment over the defaults. Wrong input is one sentence.
 */
import { parseArgs } from 'node:util';
import type { Flag } from './options/flag-table.ts';
import { FLAGS } from './options/flag-table.ts';
import type { BindAddress, LogLevel } from './options/flag-values.ts';
import { Unfit } from './options/flag-values.ts';

export type Options = {
  /** Empty: the service account of the pod. */
  readonly kubeconfig: string;
  readonly metricsAddress: BindAddress;
  readonly metricsProtection: {
    readonly enabled: boolean;
    /** With tls.crt and tls.key; empty: a certificate of our own. */
    readonly certificateFolder: string;
  };
  readonly healthAddress: BindAddress;
  readonly leaderElection: {
    readonly enabled: boolean;
    /** Empty: the namespace of the pod. */
    readonly namespace: string;
    readonly name: string;
    /** Empty: host name and a random part. */
    readonly identity: string;
    readonly leaseMs: number;
    readonly renewDeadlineMs: number;
    readonly retryMs: number;
  };
  readonly aws: {
    readonly enabled: boolean;
    /** Empty: from the nodes' labels. */
    readonly region: string;
    readonly refreshMs: number;
  };
  readonly evaluationIntervalMs: number;
  readonly logLevel: LogLevel;
};

export type ParsedOptions =
  | { readonly kind: 'Options'; readonly options: Options }
  | { readonly kind: 'Help'; readonly text: string }
  | { readonly kind: 'Refused'; readonly sentence: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const ALL_FLAGS: readonly Flag<unknown>[] = Object.values(FLAGS);

/** One row per flag, for --help and the reference page. */
export function flagTable(): readonly Omit<Flag<unknown>, 'read'>[] {
  return ALL_FLAGS.map(({ read: _, ...row }) => row);
}

/** Reads the arguments after `run`. Never throws on what a user can write. */
export function parseOptions(argv: readonly string[], env: Environment): ParsedOptions {
  if (argv.includes('--help') || argv.includes('-h')) return { kind: 'Help', text: helpText() };
  try {
    return { kind: 'Options', options: optionsFrom(readerOf(givenFlags(argv), env)) };
  } catch (error) {
    if (error instanceof Unfit) return { kind: 'Refused', sentence: error.message };
    throw error;
  }
}

type Reader = <T>(flag: Flag<T>) => T;

function readerOf(given: Readonly<Record<string, string | undefined>>, env: Environment): Reader {
  return ({ name, variable, fallback, read }) => {
    const onLine = given[name];
    // A variable that is set to nothing counts as not set, as charts leave it.
    const text = onLine ?? (env[variable] || fallback);
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      const where = onLine === undefined ? `environment variable ${variable}` : `--${name}`;
      throw new Unfit(`${where} is ${JSON.stringify(text)}; it must be ${error.message}.`);
    }
  };
}

/** `--leader-elect`, `--no-leader-elect` and `--leader-elect=false` all work, as users of Go programs expect. */
function givenFlags(argv: readonly string[]): Readonly<Record<string, string | undefined>> {
  const switches = ALL_FLAGS.filter(({ shape }) => shape === '').map(({ name }) => name);
  const spelled = argv.map((argument) => {
    if (switches.some((name) => argument === `--${name}`)) return `${argument}=true`;
    const negated = switches.find((name) => argument === `--no-${name}`);
    return negated === undefined ? argument : `--${negated}=false`;
  });
  const options = Object.fromEntries(ALL_FLAGS.map(({ name }) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: spelled, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const first = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)[0] ?? '';
    throw new Unfit(`${first.replace(/\.$/, '')}; \`cni-tuner run --help\` lists the flags.`);
  }
}

function optionsFrom(read: Reader): Options {
  const options: Options = {
    kubeconfig: read(FLAGS.kubeconfig),
    metricsAddress: read(FLAGS.metricsAddress),
    metricsProtection: { enabled: read(FLAGS.metricsSecure), certificateFolder: read(FLAGS.metricsCertPath) },
    healthAddress: read(FLAGS.healthAddress),
    leaderElection: {
      enabled: read(FLAGS.leaderElect),
      namespace: read(FLAGS.leaseNamespace),
      name: read(FLAGS.leaseName),
      identity: read(FLAGS.leaseIdentity),
      leaseMs: read(FLAGS.leaseMs),
      renewDeadlineMs: read(FLAGS.renewDeadlineMs),
      retryMs: read(FLAGS.retryMs),
    },
    aws: { enabled: read(FLAGS.awsEnabled), region: read(FLAGS.awsRegion), refreshMs: read(FLAGS.awsRefreshMs) },
    evaluationIntervalMs: read(FLAGS.evaluationIntervalMs),
    logLevel: read(FLAGS.logLevel),
  };
  checkLeaseTimes(options.leaderElection);
  const { enabled, certificateFolder } = options.metricsProtection;
  if (certificateFolder !== '' && !enabled) throw new Unfit('--metrics-cert-path needs --metrics-secure.');
  return options;
}

/** How long a write to the API server may take (client.ts): no write is sent that the lease may not outlive. */
export const WRITE_LIMIT_MS = 5_000;

function checkLeaseTimes({ leaseMs, renewDeadlineMs, retryMs }: Options['leaderElection']): void {
  const seconds = (ms: number): string => `${ms / 1_000}s`;
  if (renewDeadlineMs >= leaseMs)
    throw new Unfit(
      `--leader-election-renew-deadline is ${seconds(renewDeadlineMs)}; it must be shorter than --leader-election-lease-duration (${seconds(leaseMs)}).`,
    );
  if (retryMs >= renewDeadlineMs)
    throw new Unfit(
      `--leader-election-retry-period is ${seconds(retryMs)}; it must be shorter than --leader-election-renew-deadline (${seconds(renewDeadlineMs)}).`,
    );
  if (leaseMs <= WRITE_LIMIT_MS + retryMs)
    throw new Unfit(
      `--leader-election-lease-duration is ${seconds(leaseMs)}; it must be longer than a write may take (${seconds(WRITE_LIMIT_MS)}) and --leader-election-retry-period (${seconds(retryMs)}) together.`,
    );
}

function helpText(): string {
  const rows = flagTable().map(({ name, variable, fallback, shape, about }) => {
    const head = `  --${name}${shape === '' ? '' : ` ${shape}`}`;
    return `${head}\n      ${about}\n      environment ${variable}, default ${fallback === '' ? 'empty' : fallback}`;
  });
  return `cni-tuner run: the operator. Watches CniTuning objects and tunes aws-node.\n\nusage: cni-tuner run [flags]\n\n${rows.join('\n')}\n`;
}
