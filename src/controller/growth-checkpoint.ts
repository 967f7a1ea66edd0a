/**
 * Keeps the growth of subnets over a restart: reads what an earlier leader stored once this replica leads, and from
 * then on stores it when there is a new sample, which is every ten minutes. A crash loses one sample at most.
 */
import type { CheckpointStore } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import type { Forecaster } from '../tuning/forecast.ts';
import { growthBytes, readGrowth } from '../tuning/forecast/growth-bytes.ts';
import { LeaderTask } from './leader-task.ts';
import { errorFields, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Timer } from './timer.ts';

export type GrowthCheckpointOptions = {
  /** Of one part: `growthPlace`. */
  readonly store: CheckpointStore;
  readonly forecaster: Pick<Forecaster, 'values' | 'restore' | 'newestMs'>;
  readonly timer: Timer;
  /** How often it is asked whether there is a new sample. */
  readonly intervalMs: number;
  readonly metrics: Metrics;
  readonly log: Log;
};

export class GrowthCheckpoint {
  readonly #options: GrowthCheckpointOptions;
  readonly #task: LeaderTask;
  #storedMs = -Infinity;
  #hasRead = false;
  #trouble = '';

  constructor(options: GrowthCheckpointOptions) {
    this.#options = options;
    const { timer, intervalMs } = options;
    this.#task = new LeaderTask({
      timer,
      intervalMs,
      begin: () => this.#read(),
      work: () => this.#keep(),
      failed: (error) => this.#failed(error),
    });
  }

  /** This replica leads. Resolves once what is stored was read, or could not be; never rejects. */
  async lead(): Promise<void> {
    this.#hasRead = false;
    await this.#task.lead();
  }

  /** This replica leads no more. */
  pause(): void {
    this.#task.pause();
  }

  /** Stores what is new, if this replica leads. Never rejects. */
  async stop(): Promise<void> {
    await this.#task.stop();
  }

  async #read(): Promise<void> {
    const { store, forecaster, metrics, log } = this.#options;
    const [part] = await store.read();
    this.#hasRead = true;
    if (part === undefined || part === 'Foreign') return;
    const growth = readGrowth(part);
    metrics.count('growthRestores', { result: growth.kind === 'Read' ? 'Read' : growth.reason });
    if (growth.kind === 'Refused') return log.warn('A stored growth was refused', { ...growth });
    forecaster.restore(growth.values);
  }

  async #keep(): Promise<void> {
    if (!this.#hasRead) await this.#read();
    const { store, forecaster, metrics } = this.#options;
    const newestMs = forecaster.newestMs();
    if (newestMs <= this.#storedMs) return;
    const answer = await store.write(0, growthBytes(forecaster.values()));
    if (answer === 'Foreign') {
      const because = 'The ConfigMap of its name was not made by cni-tuner and is left alone.';
      return this.#fail('CheckpointForeign', because);
    }
    this.#storedMs = newestMs;
    this.#trouble = '';
    metrics.count('growthCheckpoints', { result: 'stored' });
  }

  #failed(error: unknown): void {
    if (error instanceof PortError) return this.#fail('CheckpointFailed', error.message);
    this.#options.log.error('Bug: the growth of subnets could not be stored', errorFields(error));
    this.#fail('CheckpointFailed', 'A bug keeps it from being stored.');
  }

  /** Said once for each cause; the history beside it says it in a condition. */
  #fail(result: 'CheckpointForeign' | 'CheckpointFailed', because: string): void {
    const { metrics, log } = this.#options;
    metrics.count('growthCheckpoints', { result });
    if (this.#trouble !== because) log.warn('The growth of subnets is not stored', { because });
    this.#trouble = because;
  }
}
