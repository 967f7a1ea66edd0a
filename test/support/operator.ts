/** Starts the operator as a cluster would: a process of its own that knows nothing but its flags and environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';
import { USERS } from '../../testbed/control-plane/identity.ts';
import type { KubectlResult } from '../../testbed/control-plane/kubectl.ts';
import { eventually } from './control-plane.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** The flags the image runs with (deploy): a small young generation keeps the process small. */
const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=256'];
/** Short enough for a test, long enough for a write of five seconds to fit into the lease. */
const LEASE_FLAGS = [
  '--leader-election-namespace=cni-tuner',
  '--leader-election-lease-duration=8s',
  '--leader-election-renew-deadline=6s',
  '--leader-election-retry-period=500ms',
];

export type OperatorStart = {
  readonly kubeconfig: string;
  /** Of the EC2 endpoint; without it the operator runs with --no-aws. */
  readonly ec2Url?: string;
  /** After the test's own; the last of one name wins. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Operator = {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The log so far, one object a line. */
  lines(): readonly LogLine[];
  /** Everything that came on stderr. */
  errors(): string;
  /** Resolves with the line once such a message was logged. */
  untilLogged(message: string, timeoutMs?: number): Promise<LogLine>;
  /** The text of /metrics. */
  metrics(): Promise<string>;
  /** The value of one series, by its whole name with labels; undefined when it is not there. */
  metric(series: string): Promise<number | undefined>;
  ready(): Promise<{ readonly status: number; readonly text: string }>;
  /** Sends the signal and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
};

/** Resolves as soon as the process runs; await `untilLogged('Started')` for its pages. */
export function startOperator(start: OperatorStart): Operator {
  const aws = start.ec2Url === undefined ? ['--no-aws'] : ['--aws-region=us-east-1', '--aws-refresh-interval=2s'];
  const flags = [
    `--kubeconfig=${start.kubeconfig}`,
    '--metrics-bind-address=127.0.0.1:0',
    '--health-probe-bind-address=127.0.0.1:0',
    '--evaluation-interval=2s',
    ...LEASE_FLAGS,
    ...aws,
    ...(start.flags ?? []),
  ];
  const child = spawn(process.execPath, [...NODE_FLAGS, join(ROOT, 'src/cli/main.ts'), 'run', ...flags], {
    cwd: ROOT,
    env: { ...awsEnv(start.ec2Url), PATH: process.env['PATH'], HOME: process.env['HOME'], ...start.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return operatorOf(child);
}

/** Runs the operator with the given flags until it ends by itself. */
export async function runOperatorToEnd(start: OperatorStart): Promise<Exit & { readonly errors: string }> {
  const operator = startOperator(start);
  const exit = await operator.exited;
  return { ...exit, errors: operator.errors() };
}

function awsEnv(ec2Url: string | undefined): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(ec2Url === undefined ? {} : { AWS_ENDPOINT_URL: ec2Url }),
  };
}

function operatorOf(child: ChildProcess): Operator {
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  const exited = new Promise<Exit>((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  const lines = (): readonly LogLine[] => linesOf(output());
  const untilLogged = (message: string, timeoutMs = 30_000): Promise<LogLine> =>
    eventually(
      () => {
        const found = lines().find((line) => line.message === message);
        if (found === undefined) throw new Error(`"${message}" was not logged:\n${output()}${errors()}`);
        return found;
      },
      { timeoutMs },
    );
  const page = async (port: string, path: string): Promise<Response> => {
    const started = await untilLogged('Started');
    return await fetch(`http://127.0.0.1:${String(started[port])}${path}`);
  };
  const metrics = async (): Promise<string> => await (await page('metricsPort', '/metrics')).text();
  return {
    pid: child.pid ?? 0,
    exited,
    lines,
    errors,
    untilLogged,
    metrics,
    metric: async (series) => {
      const line = (await metrics()).split('\n').find((each) => each.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    ready: async () => {
      const response = await page('healthPort', '/readyz');
      return { status: response.status, text: await response.text() };
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return await exited;
    },
  };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: string[] = [];
  stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return () => chunks.join('');
}

function linesOf(output: string): readonly LogLine[] {
  const whole = output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
  return whole.filter((line) => line !== '').map((line): LogLine => JSON.parse(line));
}

type Subject = { readonly kind: string; readonly name: string };
type RbacObject = { readonly kind: string; subjects?: Subject[] };

/** Applies deploy/manifests/rbac.yaml with the plane's user `cni-tuner` in the place of the service account. */
export async function grantOperator(plane: {
  kubectl(argv: readonly string[], options: { readonly input: string }): Promise<KubectlResult>;
}): Promise<void> {
  const text = await readFile(join(ROOT, 'deploy/manifests/rbac.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document): RbacObject => document.toJS());
  const user = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: USERS.operator.user };
  for (const object of objects) if (object.subjects !== undefined) object.subjects = [user];
  const input = objects.map((object) => stringify(object)).join('---\n');
  const applied = await plane.kubectl(['apply', '--server-side', '-f', '-'], { input });
  if (applied.exitCode !== 0) throw new Error(`the RBAC manifest was refused: ${applied.stderr}`);
}
