/**
 * The table of segment x settings: what segments did under which settings, so that each is replayed once and only
 * re-weighted later. It forgets what a finished evaluation did not ask for, and open segments with the evaluation that
 * asked. What it holds stays below a bound in bytes. Where that is reached there goes, in this order,
 *   1. what it holds of segments that are no longer in the history,
 *   2. of settings that were candidates neither of this evaluation nor of the last one,
 *   3. of the oldest segments, which count least and leave the history next. A segment that is older than all it holds
 *      is not taken up: were the one used longest ago to go, a table a little too small would know nothing next time.
 * What is not known is replayed again: with any bound an evaluation says the same, only later.
 */
import type { LifeSegment } from '../evaluation.ts';
import type { SegmentSums } from './segment-rows.ts';
import { SegmentRows, STEP_BYTES } from './segment-rows.ts';

/** 8,000 stretches under 90 settings, or 27,000 under 12. Most of it lies beside the heap. */
export const MOST_MEMO_BYTES = 64 * 1_048_576;
/** A segment's entry, its identifier, and all that a buffer needs beside its bytes: by the resident memory of many. */
const SEGMENT_BYTES = 1_400;
/** An entry of settings beside its text. */
const SETTINGS_BYTES = 160;

type Segment = Pick<LifeSegment, 'id' | 'fromMs' | 'settled'>;

/** `asked`: the number of the evaluation that asked last. */
type KnownSegment = { readonly id: string; readonly fromMs: number; readonly rows: SegmentRows; asked: number };
type KnownSettings = { readonly number: number; asked: number };

export class ReplayMemo {
  #mostBytes: number;
  #bytes = 0;
  #evaluation = 0;
  #lastFinished = 0;
  #nextSettings = 0;
  readonly #segments = new Map<string, KnownSegment>();
  readonly #open = new Set<string>();
  readonly #settings = new Map<string, KnownSettings>();
  /** What this evaluation has not tried yet to make room. */
  #relief: (() => void)[] = [];
  /** All segments, the oldest last, once an evaluation had to drop one. */
  #byAge: KnownSegment[] | undefined;

  constructor(mostBytes = MOST_MEMO_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** An evaluation of this history begins. One that was aborted before has forgotten nothing but its open segments. */
  begins(segments: readonly Segment[]): void {
    this.#forgetOpen();
    this.#evaluation += 1;
    this.#relief = [() => this.#forgetSegmentsGone(), () => this.#forgetSettingsGone()];
    for (const { id } of segments) {
      const known = this.#segments.get(id);
      if (known !== undefined) known.asked = this.#evaluation;
    }
  }

  finished(): void {
    this.#forgetOpen();
    this.#forgetSegmentsGone();
    this.#lastFinished = this.#evaluation;
  }

  get(segmentId: string, settingsKey: string): SegmentSums | undefined {
    const settings = this.#settings.get(settingsKey);
    if (settings === undefined) return undefined;
    settings.asked = this.#evaluation;
    return this.#segments.get(segmentId)?.rows.get(settings.number);
  }

  set(segment: Segment, settingsKey: string, sums: SegmentSums): void {
    if (!this.#makeRoom(this.#costOf(segment, settingsKey), segment.fromMs)) return;
    const settings = this.#takenUp(settingsKey);
    const { rows } = this.#takenUpSegment(segment);
    const before = rows.bytes;
    rows.set(settings.number, sums);
    this.#bytes += rows.bytes - before;
  }

  /** What it may hold from now on, in bytes. */
  boundTo(mostBytes: number): void {
    this.#mostBytes = mostBytes;
    this.#makeRoom(0, Infinity);
  }

  /** What it holds, as it counts it. */
  get bytes(): number {
    return this.#bytes;
  }

  get segments(): number {
    return this.#segments.size;
  }

  #costOf({ id }: Segment, settingsKey: string): number {
    const known = this.#segments.get(id);
    const ofSettings = this.#settings.has(settingsKey) ? 0 : settingsBytes(settingsKey);
    if (known === undefined) return ofSettings + SEGMENT_BYTES + STEP_BYTES;
    return ofSettings + (known.rows.isFull ? STEP_BYTES : 0);
  }

  #takenUp(settingsKey: string): KnownSettings {
    const known = this.#settings.get(settingsKey);
    if (known !== undefined) return known;
    const settings = { number: this.#nextSettings++, asked: this.#evaluation };
    this.#settings.set(settingsKey, settings);
    this.#bytes += settingsBytes(settingsKey);
    return settings;
  }

  #takenUpSegment({ id, fromMs, settled }: Segment): KnownSegment {
    const known = this.#segments.get(id);
    if (known !== undefined) return known;
    const segment = { id, fromMs, rows: new SegmentRows(), asked: this.#evaluation };
    this.#segments.set(id, segment);
    if (!settled) this.#open.add(id);
    if (this.#byAge !== undefined) insertByAge(this.#byAge, segment);
    this.#bytes += SEGMENT_BYTES;
    return segment;
  }

  /** False when even without all older segments there would not be that much. */
  #makeRoom(bytes: number, fromMs: number): boolean {
    while (this.#bytes + bytes > this.#mostBytes) {
      const relief = this.#relief.shift();
      if (relief !== undefined) {
        relief();
        continue;
      }
      const oldest = this.#oldest();
      if (oldest === undefined || oldest.fromMs >= fromMs) return false;
      this.#byAge?.pop();
      this.#forget(oldest);
    }
    return true;
  }

  #oldest(): KnownSegment | undefined {
    this.#byAge ??= [...this.#segments.values()].toSorted((a, b) => b.fromMs - a.fromMs);
    return this.#byAge.at(-1);
  }

  #forget({ id, rows }: KnownSegment): void {
    this.#segments.delete(id);
    this.#open.delete(id);
    this.#bytes -= SEGMENT_BYTES + rows.bytes;
  }

  /** They go on living: next time they are others of the same name. */
  #forgetOpen(): void {
    for (const id of this.#open) {
      const known = this.#segments.get(id);
      if (known !== undefined) this.#forget(known);
    }
    this.#byAge = undefined;
  }

  #forgetSegmentsGone(): void {
    for (const known of this.#segments.values()) if (known.asked < this.#evaluation) this.#forget(known);
  }

  #forgetSettingsGone(): void {
    const kept = new Set<number>();
    for (const [key, { number, asked }] of this.#settings) {
      if (asked >= this.#lastFinished) kept.add(number);
      else {
        this.#settings.delete(key);
        this.#bytes -= settingsBytes(key);
      }
    }
    for (const { rows } of this.#segments.values()) {
      this.#bytes -= rows.bytes;
      rows.keep((number) => kept.has(number));
      this.#bytes += rows.bytes;
    }
  }
}

function settingsBytes(settingsKey: string): number {
  return SETTINGS_BYTES + settingsKey.length;
}

function insertByAge(oldestLast: KnownSegment[], segment: KnownSegment): void {
  let [from, until] = [0, oldestLast.length];
  while (from < until) {
    const middle = Math.floor((from + until) / 2);
    if ((oldestLast[middle]?.fromMs ?? 0) > segment.fromMs) from = middle + 1;
    else until = middle;
  }
  oldestLast.splice(from, 0, segment);
}
