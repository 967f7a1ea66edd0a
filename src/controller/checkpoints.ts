/**
 * Keeps the history over a restart: reads what an earlier leader stored once this replica leads, and from then on
 * stores what came since, every `intervalMs`. Watched time is history too, so a quiet cluster's checkpoint is one
 * small write; nothing is written while a watch is broken, or when no node was ever seen.
 */
import type { CheckpointReason } from '../api/reasons.ts';
import type { CheckpointStore, HistoryKeeper, HistoryKeeping } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import type { CheckpointReading } from '../tuning/checkpoint.ts';
import { readCheckpoint } from '../tuning/checkpoint.ts';
import { CheckpointWriter } from '../tuning/checkpoint/checkpoint-writer.ts';
import type { DemandHistory } from '../tuning/demand.ts';
import type { DemandPicture } from '../tuning/demand/demand-picture.ts';
import { LeaderTask } from './leader-task.ts';
import { errorFields, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Timer } from './timer.ts';

export type CheckpointsOptions = {
  readonly store: CheckpointStore;
  readonly memory: Pick<DemandHistory, 'picture' | 'precede'>;
  /** Milliseconds since the epoch until which the watches have told everything: now, or when one broke. */
  readonly knownUntilMs: () => number;
  readonly timer: Timer;
  /** Between two checkpoints; so much is lost at most. */
  readonly intervalMs: number;
  /** Between two bases. */
  readonly foldMs: number;
  readonly metrics: Metrics;
  readonly log: Log;
  /** What `keeping` says has changed. */
  readonly onChange: () => void;
};

const REASON_BY_KIND: Readonly<Partial<Record<PortError['kind'], CheckpointReason>>> = {
  Forbidden: 'CheckpointForbidden',
  Invalid: 'CheckpointRefused',
};

export class Checkpoints implements HistoryKeeper {
  readonly #options: CheckpointsOptions;
  readonly #task: LeaderTask;
  readonly #partBytes = new Map<number, number>();
  #keeping: HistoryKeeping = { kind: 'Pending' };
  #refused: string | undefined;
  #writer: CheckpointWriter | undefined;
  #hasPreceded = false;
  #storedUntilMs = -Infinity;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    const { timer, intervalMs } = options;
    this.#task = new LeaderTask({
      timer,
      intervalMs,
      begin: () => this.#restore(),
      work: () => this.#keep(),
      failed: (error) => this.#failed(error),
    });
  }

  keeping(): HistoryKeeping {
    return this.#keeping;
  }

  /** This replica leads. Resolves once the stored history was read, or could not be; never rejects. */
  async lead(): Promise<void> {
    // Another replica may have stored since we last did.
    this.#writer = undefined;
    await this.#task.lead();
  }

  /** This replica leads no more. */
  pause(): void {
    this.#task.pause();
  }

  /** Stores what came since the last checkpoint, if this replica leads. Never rejects. */
  async stop(): Promise<void> {
    await this.#task.stop();
  }

  async #restore(): Promise<void> {
    const { store, memory, log, metrics, knownUntilMs } = this.#options;
    const reading = readCheckpoint(await store.read());
    this.#writer = new CheckpointWriter(reading.kind === 'Read' ? reading.generation : 0);
    if (this.#hasPreceded) return;
    this.#hasPreceded = true;
    const refused = reading.kind === 'Nothing' ? undefined : reading.refused;
    metrics.count('historyRestores', { result: refused?.reason ?? reading.kind });
    if (refused !== undefined) log.warn('A stored history was refused', { ...refused });
    this.#refused = refused?.sentence;
    if (reading.kind !== 'Read') return;
    memory.precede(reading.demand, knownUntilMs());
    log.info('History restored', restoredFields(reading));
  }

  async #keep(): Promise<void> {
    if (this.#writer === undefined) await this.#restore();
    const { memory, knownUntilMs, foldMs } = this.#options;
    const untilMs = knownUntilMs();
    const picture = memory.picture(untilMs);
    const isNew = untilMs > Math.max(this.#storedUntilMs, picture.watched.sinceMs ?? Infinity);
    if (this.#writer === undefined || !isNew) return;
    if (untilMs - (this.#writer.baseTakenAtMs ?? untilMs) >= foldMs) this.#writer.startOver();
    await this.#store(this.#writer, picture);
  }

  async #store(writer: CheckpointWriter, picture: DemandPicture): Promise<void> {
    const { store, metrics } = this.#options;
    const draft = writer.next(picture);
    const answer = await store.write(draft.index, draft.bytes);
    if (answer === 'Foreign') {
      const message = `Part ${draft.index} of the history has no place: the ConfigMap of its name was not made by cni-tuner and is left alone.`;
      writer.startOver();
      return this.#fail('CheckpointForeign', message);
    }
    writer.stored(draft);
    this.#storedUntilMs = draft.takenAtMs;
    if (draft.index === 0) this.#partBytes.clear();
    this.#partBytes.set(draft.index, draft.bytes.length);
    metrics.count('historyCheckpoints', { result: 'stored' });
    metrics.set('historyCheckpointAt', {}, draft.takenAtMs / 1_000);
    const bytes = [...this.#partBytes.values()].reduce((sum, part) => sum + part, 0);
    metrics.set('historyCheckpointBytes', {}, bytes);
    this.#say({ kind: 'Kept', refused: this.#refused });
  }

  #failed(error: unknown): void {
    // Whether it arrived is not known: a base needs nothing of what is there.
    this.#writer?.startOver();
    if (error instanceof PortError) return this.#fail(REASON_BY_KIND[error.kind] ?? 'CheckpointFailed', error.message);
    this.#options.log.error('Bug: the history could not be stored', errorFields(error));
    this.#fail('CheckpointFailed', 'A bug keeps the history from being stored; the log has it.');
  }

  #fail(reason: CheckpointReason, message: string): void {
    this.#options.metrics.count('historyCheckpoints', { result: reason });
    const known = this.#keeping;
    if (known.kind !== 'NotKept' || known.reason !== reason) {
      this.#options.log.warn('The history is not stored', { reason, because: message });
    }
    this.#say({ kind: 'NotKept', reason, message });
  }

  #say(keeping: HistoryKeeping): void {
    const before = this.#keeping;
    this.#keeping = keeping;
    const isNews =
      before.kind !== keeping.kind ||
      (keeping.kind === 'NotKept' && before.kind === 'NotKept' && before.reason !== keeping.reason);
    if (isNews) this.#options.onChange();
  }
}

function restoredFields({ demand, generation }: Extract<CheckpointReading, { kind: 'Read' }>) {
  const until = new Date(demand.takenAtMs).toISOString();
  return { generation, until, stretches: demand.stretches.length };
}
