/**
 * Since when a watch may have missed something. Silence alone is no break: older API servers send not even bookmarks of
 * a type of which nothing has changed since they started. Only what follows tells: a stream that goes on, or a refusal.
 */
import type { Gap } from './contract.ts';

/** A version that is too old is refused (410) in the first event of a stream that had seemed to go on. */
const REFUSED_WITHIN_MS = 10_000;

export class Continuity {
  #openedAtMs: number | undefined;
  #heardAtMs = 0;
  /** End of the stream before, until a later one has shown that it goes on from there. */
  #unprovenSinceMs: number | undefined;
  #brokenSinceMs: number | undefined;

  get brokenSinceMs(): number | undefined {
    return this.#brokenSinceMs;
  }

  /** The API server took the request for a stream. */
  opened(atMs: number): void {
    this.#openedAtMs = atMs;
    this.#heardAtMs = atMs;
  }

  heard(atMs: number): void {
    this.#heardAtMs = atMs;
  }

  /** An event came that was no refusal. */
  proven(): void {
    this.#unprovenSinceMs = undefined;
  }

  /** What had arrived before the end is whole; after silence, only what had arrived before the silence is. */
  ended(atMs: number, how: { readonly silent: boolean }): void {
    if (this.#openedAtMs !== undefined && atMs - this.#openedAtMs >= REFUSED_WITHIN_MS) this.proven();
    this.#unprovenSinceMs ??= how.silent ? this.#heardAtMs : atMs;
    this.#openedAtMs = undefined;
  }

  broken(atMs: number): void {
    this.#brokenSinceMs ??= this.#unprovenSinceMs ?? atMs;
  }

  /** What this break has been so far; undefined while nothing is broken. */
  gap(untilMs: number, lossless: boolean): Gap | undefined {
    return this.#brokenSinceMs === undefined ? undefined : { fromMs: this.#brokenSinceMs, untilMs, lossless };
  }

  /** Up again, though a stream that goes on where it stopped (`lossless`) may still be refused. */
  mended({ lossless }: Pick<Gap, 'lossless'>): void {
    if (lossless) this.#unprovenSinceMs = this.#brokenSinceMs ?? this.#unprovenSinceMs;
    this.#brokenSinceMs = undefined;
  }
}
