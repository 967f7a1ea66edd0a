/** Replays each (segment, settings) once: from the memo where it is settled, else within this evaluation. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { Replay } from '../../ipamd/simulate.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import type { SettingValues } from '../advice.ts';
import { withValues } from '../counting-settings.ts';
import type { LifeSegment } from '../evaluation.ts';
import type { ReplayMemo, SegmentSums } from './replay-memo.ts';
import { largestPool, replaySegment, settingsKey, sumsOf, unavoidableOf } from './replay-segment.ts';
import type { Unavoidable } from './replay-segment.ts';

type Question = { readonly settings: CniSettings; readonly key: string };

export class ReplayBench {
  readonly replayed = new Set<string>();
  readonly #live: CniSettings;
  readonly #memo: ReplayMemo;
  readonly #replay: Replay;
  readonly #questions = new Map<SettingValues, Map<string, Question>>();
  /** Segments that have not ended yet: other ones next time. */
  readonly #open = new Map<string, Map<string, SegmentSums>>();
  readonly #inLargest = new Map<string, Unavoidable>();

  constructor(live: CniSettings, memo: ReplayMemo, replay: Replay) {
    this.#live = live;
    this.#memo = memo;
    this.#replay = replay;
  }

  sums(segment: LifeSegment, shape: NodeShape, values: SettingValues): SegmentSums {
    const { settings, key } = this.#question(segment.shapeKey, shape, values);
    const known = this.#known(segment, key);
    if (known !== undefined) return known;
    const result = replaySegment(this.#replay, segment, shape, settings);
    const sums = sumsOf(result, segment, () => this.#unavoidable(segment, shape));
    this.replayed.add(segment.id);
    this.#keep(segment, key, sums);
    return sums;
  }

  #known(segment: LifeSegment, key: string): SegmentSums | undefined {
    return segment.settled ? this.#memo.get(segment.id, key) : this.#open.get(segment.id)?.get(key);
  }

  #keep(segment: LifeSegment, key: string, sums: SegmentSums): void {
    if (segment.settled) return this.#memo.set(segment.id, key, sums);
    const table = this.#open.get(segment.id) ?? new Map<string, SegmentSums>();
    this.#open.set(segment.id, table.set(key, sums));
  }

  /** Asked for each segment again: the key is a text of twenty settings and is made once per shape and candidate. */
  #question(shapeKey: string, shape: NodeShape, values: SettingValues): Question {
    const known = this.#questions.get(values)?.get(shapeKey);
    if (known !== undefined) return known;
    const settings = withValues(this.#live, values);
    const question = { settings, key: settingsKey(settings, shape) };
    const byShape = this.#questions.get(values) ?? new Map<string, Question>();
    this.#questions.set(values, byShape.set(shapeKey, question));
    return question;
  }

  /** Pod starts that no setting could have served at once: same life, same seed, the largest pool. */
  #unavoidable(segment: LifeSegment, shape: NodeShape): Unavoidable {
    const known = this.#inLargest.get(segment.id);
    if (known !== undefined) return known;
    const largest = unavoidableOf(replaySegment(this.#replay, segment, shape, largestPool(this.#live, shape)));
    this.#inLargest.set(segment.id, largest);
    return largest;
  }
}
