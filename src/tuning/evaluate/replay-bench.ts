/** Replays each (segment, settings) once, as long as the memo holds it. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { Replay } from '../../ipamd/simulate.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import type { SettingValues } from '../advice.ts';
import { withValues } from '../counting-settings.ts';
import type { LifeSegment } from '../evaluation.ts';
import type { Unavoidable } from './largest-pools.ts';
import { LargestPools } from './largest-pools.ts';
import type { ReplayMemo } from './replay-memo.ts';
import { largestPool, replaySegment, settingsKey, sumsOf, unavoidableOf } from './replay-segment.ts';
import type { SegmentSums } from './segment-rows.ts';

type Question = { readonly settings: CniSettings; readonly key: string };

export class ReplayBench {
  readonly replayed = new Set<string>();
  readonly #live: CniSettings;
  readonly #memo: ReplayMemo;
  readonly #replay: Replay;
  readonly #questions = new Map<SettingValues, Map<string, Question>>();
  readonly #largestPools = new LargestPools();

  constructor(live: CniSettings, memo: ReplayMemo, replay: Replay) {
    this.#live = live;
    this.#memo = memo;
    this.#replay = replay;
  }

  sums(segment: LifeSegment, shape: NodeShape, values: SettingValues): SegmentSums {
    const { settings, key } = this.#question(segment.shapeKey, shape, values);
    const known = this.#memo.get(segment.id, key);
    if (known !== undefined) return known;
    const result = replaySegment(this.#replay, segment, shape, settings);
    const sums = sumsOf(result, segment, () => this.#unavoidable(segment, shape));
    this.replayed.add(segment.id);
    this.#memo.set(segment, key, sums);
    return sums;
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
    return this.#largestPools.of(segment.id, () =>
      unavoidableOf(replaySegment(this.#replay, segment, shape, largestPool(this.#live, shape))),
    );
  }
}
