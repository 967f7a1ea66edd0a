/**
 * Which key runs when: every event is a key, the pass reads the world. Runs passes while this replica leads and the
 * caches are ready, and shows each record in metrics and log. The only state is the queue's.
 */
import type { PassRecord, PassResult, Requeue } from '../reconcile/pass-record.ts';
import { statusOf } from '../reconcile/status.ts';
import { errorFields, type Log } from './log.ts';
import { PassLog } from './log/pass-log.ts';
import type { Metrics } from './metrics.ts';
import { passSamples } from './metrics/pass-samples.ts';
import type { QueueObserver, WorkResult } from './queue.ts';
import { WorkQueue } from './queue.ts';
import type { Timer } from './timer.ts';

export type ControllerOptions = {
  /** One pass over the CniTuning of that name. */
  readonly pass: (name: string) => Promise<PassResult>;
  /** All CniTunings there are. */
  readonly names: () => readonly string[];
  readonly timer: Timer;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Log;
};

/** The name under which boards for controller-runtime find us. */
const CONTROLLER = 'cnituning';
const QUEUE_LABELS = { name: CONTROLLER, controller: CONTROLLER };
/** A burst of events makes one pass; still far below the five seconds a user waits for an answer. */
const DEBOUNCE_MS = 250;
const BACKOFF = { baseMs: 1_000, maxMs: 120_000 };
/** Passes read caches and make a few requests of 5 s at most; one that takes this long will never end. */
const STUCK_MS = 300_000;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #passLog: PassLog;
  #leads = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#passLog = new PassLog(options.log);
    this.#queue = new WorkQueue({
      timer: options.timer,
      random: options.random,
      run: (name) => this.#run(name),
      workers: 1,
      debounceMs: DEBOUNCE_MS,
      backoff: BACKOFF,
      observer: queueObserver(options.metrics),
    });
    options.metrics.set('maxConcurrentReconciles', { controller: CONTROLLER }, 1);
    options.metrics.onScrape(() => this.#showQueue());
  }

  /** Something that these CniTunings depend on changed. */
  wake(names: readonly string[]): void {
    for (const name of names) this.#queue.add(name);
  }

  /** From now on passes run: caches are ready and this replica leads. Every CniTuning gets one. */
  start(): void {
    this.#leads = true;
    this.wake(this.#options.names());
    this.#queue.open();
  }

  /** This replica leads no more: no new pass begins and no object is shown; events go on being gathered. */
  pause(): void {
    this.#leads = false;
    this.#queue.pause();
    this.#options.metrics.forgetAllObjects();
  }

  /** Begins no more passes and resolves when the one under way has ended. */
  async stop(): Promise<void> {
    await this.#queue.close();
  }

  /** A pass that never ends: the process should be restarted. */
  get stuck(): boolean {
    return this.#queue.state().longestRunningMs > STUCK_MS;
  }

  async #run(name: string): Promise<WorkResult> {
    const { metrics, log, pass } = this.#options;
    try {
      const { record, requeue } = await pass(name);
      if (record === undefined) this.#forget(name);
      else this.#show(name, record);
      metrics.count('reconciles', { controller: CONTROLLER, result: resultWord(record, requeue) });
      if (record?.outcome.kind === 'Failed') metrics.count('reconcileErrors', { controller: CONTROLLER });
      return workResult(requeue);
    } catch (error) {
      log.error('Bug: the pass threw', { tuning: name, ...errorFields(error) });
      metrics.count('reconciles', { controller: CONTROLLER, result: 'error' });
      metrics.count('reconcileErrors', { controller: CONTROLLER });
      metrics.count('reconcilePanics', { controller: CONTROLLER });
      return { kind: 'Failed', retryAfterMs: undefined };
    }
  }

  #show(name: string, record: PassRecord): void {
    this.#passLog.report(record);
    if (this.#leads) this.#options.metrics.showObject(name, passSamples(record, statusOf(record)));
  }

  #forget(name: string): void {
    this.#queue.forget(name);
    this.#passLog.forget(name);
    this.#options.metrics.forgetObject(name);
  }

  #showQueue(): void {
    const { metrics } = this.#options;
    const { due, running, longestRunningMs, totalRunningMs } = this.#queue.state();
    metrics.set('queueDepth', QUEUE_LABELS, due);
    metrics.set('activeWorkers', { controller: CONTROLLER }, running);
    metrics.set('longestRunningSeconds', QUEUE_LABELS, longestRunningMs / 1_000);
    metrics.set('unfinishedWorkSeconds', QUEUE_LABELS, totalRunningMs / 1_000);
  }
}

function workResult(requeue: Requeue): WorkResult {
  switch (requeue.kind) {
    case 'After':
      return { kind: 'Again', afterMs: requeue.ms };
    case 'Backoff':
      return { kind: 'Failed', retryAfterMs: undefined };
    case 'OnEvent':
      return { kind: 'Done' };
  }
}

function resultWord(record: PassRecord | undefined, requeue: Requeue): string {
  if (record?.outcome.kind === 'Failed') return 'error';
  return requeue.kind === 'After' ? 'requeue_after' : 'success';
}

function queueObserver(metrics: Metrics): QueueObserver {
  return {
    added: () => metrics.count('queueAdds', QUEUE_LABELS),
    started: (_, waitedMs) => metrics.observe('queueSeconds', QUEUE_LABELS, waitedMs / 1_000),
    finished: (_, result, tookMs) => {
      metrics.observe('workSeconds', QUEUE_LABELS, tookMs / 1_000);
      metrics.observe('reconcileSeconds', { controller: CONTROLLER }, tookMs / 1_000);
      if (result.kind === 'Failed') metrics.count('queueRetries', QUEUE_LABELS);
    },
  };
}
