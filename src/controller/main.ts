/**
 * The operator's composition root: the only place where adapters are made and joined. It starts pages, watches and
 * memory, then campaigns for the Lease; passes run while it leads. It stops in the opposite order.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { SETTING_VARIABLES } from '../tuning/counting-settings.ts';
import { type Cluster, openCluster } from '../kube/cluster.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { DemandHistory } from '../tuning/demand.ts';
import { Forecaster } from '../tuning/forecast.ts';
import { accountReader, type ClosableAccount } from './account-reader.ts';
import { growthPlace, historyPlace } from './checkpoint-places.ts';
import { Checkpoints } from './checkpoints.ts';
import { Controller } from './controller.ts';
import { GrowthCheckpoint } from './growth-checkpoint.ts';
import { WorkerEvaluator } from './evaluator.ts';
import { errorFields, type Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { callObserver } from './metrics/aws-calls.ts';
import type { Options } from './options.ts';
import { servePages } from './pages.ts';
import { processTimer } from './timer.ts';
import { VERSION } from './version.ts';

const EVALUATOR_THREAD = new URL('./evaluator/evaluator-worker.ts', import.meta.url);
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** A pass under way gets this long when the process is told to stop; all of stopping gets twice as long. */
const LAST_PASS_MS = 4_000;
/** A crash loses at most a minute of history; once an hour all of it is written anew. */
const CHECKPOINT_MS = 60_000;
const FOLD_MS = 3_600_000;

export type Operator = { readonly stop: () => Promise<void> };

/** Rejects with PortError or CannotListen, whose message is for the user, when it cannot start. */
export async function startOperator(options: Options, log: Log): Promise<Operator> {
  const identity = `${options.leaderElection.identity || hostname()}_${randomUUID()}`;
  const metrics = newMetrics();
  const cluster = await openCluster({
    kubeconfig: options.kubeconfig,
    userAgent: `cni-tuner/${VERSION}`,
    identity,
    variables: SETTING_VARIABLES,
    log: (level, message, fields) => log[level](message, withoutCause(fields)),
    onRequest: ({ method, code, host, durationMs }) => {
      metrics.count('clientRequests', { code, method, host });
      metrics.observe('clientSeconds', { verb: method, host }, durationMs / 1_000);
    },
  });
  const history = new DemandHistory({ seed: randomInt(2 ** 32) });
  const { controller, evaluator, account, keepers } = joinParts({ options, log, metrics, cluster, history });
  showState(metrics, cluster, history);
  const pages = await servePages({ options, metrics, cluster, controller, log });
  cluster.start({
    onChange: (names) => controller.wake(names),
    onDemand: (change) => history.record(change),
  });
  log.info('Started', {
    version: VERSION,
    identity,
    leaderElection: options.leaderElection.enabled,
    ...pages.ports,
  });
  const stopping = new AbortController();
  void campaign({ options, identity, cluster, controller, keepers, metrics, log, signal: stopping.signal });
  return {
    stop: async () => {
      stopping.abort();
      const deadline = setTimeout(() => process.exit(1), 2 * LAST_PASS_MS).unref();
      const isWriting = await Promise.race([
        Promise.all([controller, ...keepers].map(async (part) => await part.stop())).then(() => false),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(true), LAST_PASS_MS).unref()),
      ]);
      account.close();
      await cluster.close({ isWriting });
      await Promise.all([evaluator.close(), pages.close()]);
      clearTimeout(deadline);
    },
  };
}

type Parts = {
  readonly options: Options;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly cluster: Cluster;
  readonly history: DemandHistory;
};

type Joined = {
  readonly controller: Controller;
  readonly evaluator: WorkerEvaluator;
  readonly account: ClosableAccount;
  readonly keepers: readonly Keeper[];
};

/** What keeps something over a restart. */
type Keeper = Pick<Checkpoints, 'lead' | 'pause' | 'stop'>;

function joinParts({ options, log, metrics, cluster, history }: Parts): Joined {
  const { tunings, reader, warmSettings, events } = cluster;
  const names = (): readonly string[] => tunings.list().map(({ name }) => name);
  const account = accountReader({
    options: options.aws,
    reader,
    log,
    timer: processTimer,
    onReading: () => controller.wake(names()),
    onCall: callObserver(metrics),
  });
  const evaluator = new WorkerEvaluator({
    workerUrl: EVALUATOR_THREAD,
    timer: processTimer,
    intervalMs: options.evaluationIntervalMs,
    log,
    onFinished: (name, { cpuMs }) => {
      metrics.observe('evaluationSeconds', {}, cpuMs / 1_000);
      controller.wake([name]);
    },
    onFailure: () => metrics.count('evaluationFailures'),
  });
  const forecaster = new Forecaster();
  const checkpoints = checkpointsOf({ options, log, metrics, cluster, history }, () => controller.wake(names()));
  const keeper = checkpoints;
  const ports = {
    tunings,
    cluster: reader,
    warmSettings,
    account,
    memory: history,
    keeper,
    evaluator,
    forecaster,
    events,
  };
  const controller: Controller = new Controller({
    pass: (name) => reconcile(name, ports, Date.now),
    names,
    timer: processTimer,
    random: Math.random,
    metrics,
    log,
  });
  const growth = growthCheckpointOf({ options, log, metrics, cluster, forecaster });
  return { controller, evaluator, account, keepers: [checkpoints, growth] };
}

function checkpointsOf({ options, log, metrics, cluster, history }: Parts, onChange: () => void): Checkpoints {
  return new Checkpoints({
    store: cluster.checkpoints(historyPlace(leasePlace(options))),
    memory: history,
    knownUntilMs: () => cluster.demandUnknownSinceMs() ?? Date.now(),
    timer: processTimer,
    intervalMs: CHECKPOINT_MS,
    foldMs: FOLD_MS,
    metrics,
    log,
    onChange,
  });
}

function growthCheckpointOf(parts: Omit<Parts, 'history'> & { readonly forecaster: Forecaster }): GrowthCheckpoint {
  const { options, log, metrics, cluster, forecaster } = parts;
  const store = cluster.checkpoints(growthPlace(leasePlace(options)));
  return new GrowthCheckpoint({ store, forecaster, timer: processTimer, intervalMs: CHECKPOINT_MS, metrics, log });
}

/** Passes run from the first synced moment in which this replica leads, and as long as it does. */
async function campaign(parts: {
  readonly options: Options;
  readonly identity: string;
  readonly cluster: Cluster;
  readonly controller: Controller;
  readonly keepers: readonly Keeper[];
  readonly metrics: Metrics;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { options, identity, cluster, controller, keepers, metrics, log, signal } = parts;
  const { enabled, leaseMs, renewDeadlineMs, retryMs } = options.leaderElection;
  const { namespace, name } = leasePlace(options);
  let leads = false;
  const begin = async (): Promise<void> => {
    leads = true;
    await Promise.all(keepers.map(async (keeper) => await keeper.lead()));
    if (leads && !signal.aborted) controller.start();
  };
  try {
    await cluster.whenSynced(signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const refused = cluster.health().flatMap(({ synced, trouble }) => (synced ? [] : (trouble ?? [])));
  if (refused.length > 0) log.warn('Caches are ready as far as they may be read', { because: refused.join(' ') });
  else log.info('Caches are ready');
  if (!enabled) return await begin();
  metrics.set('leader', { name }, 0);
  cluster.lead({
    namespace,
    name,
    identity,
    leaseMs,
    renewDeadlineMs,
    retryMs,
    onGained: () => {
      metrics.set('leader', { name }, 1);
      void begin();
    },
    onLost: () => {
      leads = false;
      metrics.set('leader', { name }, 0);
      for (const keeper of keepers) keeper.pause();
      controller.pause();
    },
  });
}

/** The Lease and the stored history lie side by side. */
function leasePlace({ leaderElection: { namespace, name } }: Options): { namespace: string; name: string } {
  return { namespace: namespace || ownNamespace(), name };
}

function ownNamespace(): string {
  try {
    return readFileSync(NAMESPACE_FILE, 'utf8').trim();
  } catch {
    return 'kube-system';
  }
}

/** An error among the fields is logged as its message and stack: its cause may hold request headers. */
function withoutCause({ error, ...fields }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return error === undefined ? fields : { ...fields, ...errorFields(error) };
}

function newMetrics(): Metrics {
  const metrics = new Metrics();
  metrics.set('build', { version: VERSION, node_version: process.version }, 1);
  return metrics;
}

function showState(metrics: Metrics, cluster: Cluster, history: DemandHistory): void {
  metrics.onScrape(() => {
    metrics.set('historySegments', {}, history.size().stretches);
    for (const { name, synced, brokenSinceMs } of cluster.health())
      metrics.set('watchUp', { resource: name }, Number(synced && brokenSinceMs === undefined));
  });
}
