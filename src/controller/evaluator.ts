/**
 * Evaluations in a thread of their own, one at a time. Of several requests for one key the latest wins; the same
 * question is not asked twice, and questions that differ only in newer demand not more often than `intervalMs`.
 * A thread that dies or hangs is replaced after a pause that grows; what was asked is asked again.
 */
import { Worker } from 'node:worker_threads';
import type { Evaluator } from '../reconcile/ports.ts';
import type { Evaluation, EvaluationRequest } from '../tuning/evaluation.ts';
import type { FromWorker, ToWorker } from './evaluator/evaluation-messages.ts';
import { errorFields, type Log } from './log.ts';
import type { Timer } from './timer.ts';

export type EvaluatorOptions = {
  readonly workerUrl: URL;
  readonly timer: Timer;
  readonly intervalMs: number;
  readonly log: Log;
  /** A new evaluation is there: time for a pass. */
  readonly onFinished: (key: string, evaluation: Evaluation) => void;
  readonly onFailure: () => void;
  readonly restart?: { readonly baseMs: number; readonly maxMs: number };
  /** Silence after which a thread at work counts as hung. */
  readonly silenceMs?: number;
};

const RESTART = { baseMs: 1_000, maxMs: 60_000 };
const SILENCE_MS = 60_000;
/** 64 segments are copied in well under a millisecond; between two pieces the process does other work. */
const SEGMENTS_PER_PIECE = 64;
/** A thread that needs more than this is stopped by Node and replaced. */
const MAX_HEAP_MB = 256;

type Asked = {
  wanted: EvaluationRequest | undefined;
  latest: Evaluation | undefined;
  /** Of the evaluation started last. */
  question: string;
  startedMs: number;
};

export class WorkerEvaluator implements Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #keys = new Map<string, Asked>();
  #worker: Worker | undefined;
  #running: { readonly key: string; readonly request: EvaluationRequest } | undefined;
  #failures = 0;
  #mayStartAtMs = 0;
  #closed = false;
  #cancelWake = (): void => {};
  #cancelSilence = (): void => {};

  constructor(options: EvaluatorOptions) {
    this.#options = options;
  }

  latest(key: string): Evaluation | undefined {
    return this.#keys.get(key)?.latest;
  }

  request(key: string, request: EvaluationRequest): void {
    const asked = this.#keys.get(key) ?? { wanted: undefined, latest: undefined, question: '', startedMs: -Infinity };
    this.#keys.set(key, asked);
    const running = this.#running?.key === key ? this.#running.request : undefined;
    const answered = running ?? asked.latest?.request;
    const same = answered !== undefined && questionOf(answered) === questionOf(request);
    if (same && evidenceOf(answered) === evidenceOf(request)) return;
    asked.wanted = request;
    this.#next();
  }

  forget(key: string): void {
    this.#keys.delete(key);
    this.#post({ kind: 'Forget', key });
  }

  /** Evaluations that failed one after another; 0 while all is well. */
  get failures(): number {
    return this.#failures;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWake();
    this.#cancelSilence();
    await this.#worker?.terminate();
  }

  /** Starts the key that may start first, of several the one not served for longest; else sets the alarm for it. */
  #next(): void {
    this.#cancelWake();
    if (this.#closed || this.#running !== undefined) return;
    const waiting = [...this.#keys].flatMap(([key, asked]) =>
      asked.wanted === undefined
        ? []
        : [{ key, asked, request: asked.wanted, dueMs: this.#dueMs(asked, asked.wanted) }],
    );
    const [first] = waiting.toSorted((a, b) => a.dueMs - b.dueMs || a.asked.startedMs - b.asked.startedMs);
    if (first === undefined) return;
    const nowMs = this.#options.timer.nowMs();
    if (first.dueMs > nowMs) {
      this.#cancelWake = this.#options.timer.after(first.dueMs - nowMs, () => this.#next());
      return;
    }
    first.asked.wanted = undefined;
    first.asked.startedMs = nowMs;
    first.asked.question = questionOf(first.request);
    this.#running = { key: first.key, request: first.request };
    void this.#send(first.key, first.request);
  }

  #dueMs(asked: Asked, request: EvaluationRequest): number {
    const newQuestion = questionOf(request) !== asked.question;
    return Math.max(this.#mayStartAtMs, newQuestion ? 0 : asked.startedMs + this.#options.intervalMs);
  }

  async #send(key: string, { segments, ...request }: EvaluationRequest): Promise<void> {
    const worker = this.#worker ?? this.#startWorker();
    this.#heard();
    this.#post({ kind: 'Begin', key, request });
    for (let from = 0; from < segments.length; from += SEGMENTS_PER_PIECE) {
      this.#post({ kind: 'Segments', segments: segments.slice(from, from + SEGMENTS_PER_PIECE) });
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#worker !== worker) return;
    }
    this.#post({ kind: 'Evaluate' });
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#options.workerUrl, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    worker.unref();
    worker.on('message', (message: FromWorker) => this.#take(message));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker, new Error('The evaluation thread ended.')));
    this.#worker = worker;
    return worker;
  }

  #take(message: FromWorker): void {
    if (message.kind === 'Alive') return this.#heard();
    this.#cancelSilence();
    this.#running = undefined;
    const asked = this.#keys.get(message.key);
    // The thread was told to forget it, perhaps before it was asked: it may have taken the key up again.
    if (asked === undefined) this.#post({ kind: 'Forget', key: message.key });
    if (message.kind === 'Failed') {
      this.#failed({ error: message.error, stack: message.stack });
    } else {
      this.#failures = 0;
      if (asked !== undefined) {
        asked.latest = message.evaluation;
        this.#options.onFinished(message.key, message.evaluation);
      }
    }
    this.#next();
  }

  /** The thread must say something again within the limit. */
  #heard(): void {
    const worker = this.#worker;
    this.#cancelSilence();
    this.#cancelSilence = this.#options.timer.after(this.#options.silenceMs ?? SILENCE_MS, () => {
      if (worker === undefined) return;
      this.#lost(worker, new Error('The evaluation thread hangs.'));
      void worker.terminate();
    });
  }

  #lost(worker: Worker, error: unknown): void {
    if (this.#closed || this.#worker !== worker) return;
    this.#worker = undefined;
    this.#cancelSilence();
    const running = this.#running;
    this.#running = undefined;
    const asked = running === undefined ? undefined : this.#keys.get(running.key);
    if (asked !== undefined) {
      asked.wanted ??= running?.request;
      // Never answered: only the pause after the failure holds it back.
      asked.question = '';
    }
    this.#failed(errorFields(error));
    this.#next();
  }

  /** 1 s, 2 s, 4 s … until the next start, whatever the key. */
  #failed(fields: Readonly<Record<string, unknown>>): void {
    const { baseMs, maxMs } = this.#options.restart ?? RESTART;
    const pauseMs = Math.min(maxMs, baseMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    this.#mayStartAtMs = this.#options.timer.nowMs() + pauseMs;
    this.#options.log.error('Evaluation failed', { ...fields, failures: this.#failures, retryAfterMs: pauseMs });
    this.#options.onFailure();
  }
}

type Question = Pick<EvaluationRequest, 'shapes' | 'liveSettings' | 'spec'>;

/** What makes an evaluation of older demand useless. */
function questionOf({ shapes, liveSettings, spec }: Question): string {
  return JSON.stringify([Object.keys(shapes).toSorted(), liveSettings, spec]);
}

function evidenceOf({ evidence }: Pick<EvaluationRequest, 'evidence'>): string {
  return JSON.stringify(evidence);
}
