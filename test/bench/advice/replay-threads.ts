/** A few threads that replay sets of stretches under settings. */
import { Worker } from 'node:worker_threads';
import type { CniSettings } from '../../../src/ipamd/warm-settings.ts';
import type { FromReplayThread, ReplayJob, ReplayTotals, StretchSet, ToReplayThread } from './replay-job.ts';

type Waiting = { readonly job: ReplayJob; readonly done: (totals: ReplayTotals) => void };

export class ReplayThreads {
  readonly #idle: Worker[] = [];
  readonly #all: readonly Worker[];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<number, Waiting>();
  #nextId = 0;
  cpuMs = 0;

  constructor(threads: number) {
    this.#all = Array.from({ length: threads }, () => this.#start());
    this.#idle.push(...this.#all);
  }

  /** Makes a set known to every thread; jobs name it. */
  send(set: StretchSet): void {
    for (const worker of this.#all) worker.postMessage({ kind: 'Set', set } satisfies ToReplayThread);
  }

  async replay(set: string, settings: CniSettings, seed: number, nameDelayed = false): Promise<ReplayTotals> {
    const { promise, resolve } = Promise.withResolvers<ReplayTotals>();
    this.#queue.push({ job: { id: this.#nextId++, set, settings, seed, nameDelayed }, done: resolve });
    this.#next();
    return await promise;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(async (worker) => await worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./replay-thread.ts', import.meta.url));
    worker.on('message', (message: FromReplayThread) => {
      this.cpuMs += message.cpuMs;
      this.#running.get(message.id)?.done(message.totals);
      this.#running.delete(message.id);
      this.#idle.push(worker);
      this.#next();
    });
    worker.on('error', (error) => {
      throw error;
    });
    return worker;
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const worker = this.#idle.pop();
      const waiting = this.#queue.shift();
      if (worker === undefined || waiting === undefined) return;
      this.#running.set(waiting.job.id, waiting);
      worker.postMessage({ kind: 'Job', job: waiting.job } satisfies ToReplayThread);
    }
  }
}
