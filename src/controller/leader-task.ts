/** What the leader alone does at its beginning, every so often, and once more at its end; one run at a time. */
import type { Timer } from './timer.ts';

export type LeaderTaskOptions = {
  readonly timer: Timer;
  /** From the end of one run to the next. */
  readonly intervalMs: number;
  readonly begin: () => Promise<void>;
  readonly work: () => Promise<void>;
  /** What `begin` or `work` rejected with. */
  readonly failed: (error: unknown) => void;
};

export class LeaderTask {
  readonly #options: LeaderTaskOptions;
  #leads = false;
  #cancel = (): void => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: LeaderTaskOptions) {
    this.#options = options;
  }

  /** This replica leads. Resolves once `begin` is over; never rejects. */
  async lead(): Promise<void> {
    this.#leads = true;
    await this.#alone(this.#options.begin);
    this.#schedule();
  }

  /** This replica leads no more. */
  pause(): void {
    this.#leads = false;
    this.#cancel();
  }

  /** Works once more, if this replica leads. Never rejects. */
  async stop(): Promise<void> {
    this.#cancel();
    const done = this.#leads ? this.#alone(this.#options.work) : this.#running;
    this.#leads = false;
    await done;
  }

  #schedule(): void {
    const { timer, intervalMs, work } = this.#options;
    this.#cancel();
    if (!this.#leads) return;
    this.#cancel = timer.after(intervalMs, () => {
      void this.#alone(work).then(() => this.#schedule());
    });
  }

  #alone(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(work).catch(this.#options.failed);
    return this.#running;
  }
}
