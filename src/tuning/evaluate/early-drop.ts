/**
 * Which candidates can no longer win, whatever the rest of the segments will say. Costs and delays only add up, so what
 * a candidate has on some segments is the least it will have on all. One that was replayed to the end and keeps every
 * limit with room (the bar) beats it for certain when
 *   - it has cost more than twice what the bar costs on all segments, at any price of the subnets, or
 *   - it has delayed more pod starts than objectives.delayedPods allows of all starts, by more than chance.
 * Twice, and by more than chance, because values that chance alone may have beaten belong to the range that status
 * shows. `recommend` looks again whether the bar still keeps the limits.
 */
import type { CandidateSums, DroppedCandidate, EvaluationRequest } from '../evaluation.ts';
import { poissonLower } from '../recommend/chance.ts';
import { lacksRoom } from '../recommend/choose.ts';
import { confidenceOf } from '../recommend/confidence.ts';
import { violationsOf } from '../recommend/limits.ts';
import { CHANGE_PRICE, costMs, figuresOf, HIGHEST_PRICE, LOWEST_PRICE } from '../score.ts';
import { isWithinBounds } from './candidates.ts';

/** Times what the bar costs. What costs less than that may be possible (recommend/possible.ts) and is replayed. */
export const DROPPED_ABOVE = 2;

type Asked = Pick<EvaluationRequest, 'spec' | 'evidence' | 'watchedMs' | 'subnets'>;

/** With little evidence the way down is a step at a time, and so the best value is not the one to choose. */
export function mayDrop({ evidence, watchedMs, spec }: Asked): boolean {
  return confidenceOf(evidence, watchedMs, spec.objectives.delayedPodsShare) !== 'Low';
}

/** The cheapest of those that keep every limit with room; undefined when none does. */
export function barOf(
  finished: readonly CandidateSums[],
  live: CandidateSums,
  asked: Asked,
): CandidateSums | undefined {
  const { settings, objectives } = asked.spec;
  const kept = finished.flatMap((sums) => {
    const figures = figuresOf(sums, {}, false);
    const keeps =
      isWithinBounds(sums.values, settings) &&
      lacksRoom(figures, sums, objectives.delayedPodsShare) === undefined &&
      violationsOf({ figures, sums, live, subnets: asked.subnets, objectives }).length === 0;
    return keeps ? [{ sums, cost: figures.scorePerNodeHour }] : [];
  });
  return kept.toSorted((a, b) => a.cost - b.cost)[0]?.sums;
}

/** `partial`: on the segments so far. `bar` and `whole` (the live values): on all of them. */
export function hopelessBecause(
  partial: CandidateSums,
  {
    bar,
    whole,
    allowedShare,
  }: { readonly bar: CandidateSums; readonly whole: CandidateSums; readonly allowedShare: number },
): DroppedCandidate['because'] | undefined {
  if (costsMoreThanTwice(partial, bar)) return 'cost';
  return delaysMoreThan(allowedShare, partial, whole) ? 'delayedPods' : undefined;
}

/** The price is linear: what holds at both ends of it holds between, and each shape may have the price that helps it. */
function costsMoreThanTwice(partial: CandidateSums, bar: CandidateSums): boolean {
  let leastMs = 0;
  let timeMs = 0;
  for (const [key, ofBar] of Object.entries(bar.byShape)) {
    const shape = partial.byShape[key] ?? NOTHING;
    const more = [LOWEST_PRICE, HIGHEST_PRICE].map(
      (price) => costMs(shape, price) - DROPPED_ABOVE * costMs(ofBar, price),
    );
    leastMs += Math.min(...more);
    timeMs += ofBar.countedMs;
  }
  return leastMs > DROPPED_ABOVE * CHANGE_PRICE * timeMs;
}

const NOTHING = { heldAddressMs: 0, assignedAddressMs: 0, mutatingEc2Calls: 0 };

function delaysMoreThan(allowedShare: number, partial: CandidateSums, whole: CandidateSums): boolean {
  const starts = Object.values(whole.byShape).reduce((sum, shape) => sum + shape.podStarts, 0);
  const delayed = Object.values(partial.byShape).reduce((sum, shape) => sum + shape.delayedPods, 0);
  const seen = Object.values(partial.byDay).reduce((sum, day) => sum + day.delayedPods, 0);
  return seen > 0 && delayed * (poissonLower(seen) / seen) > allowedShare * starts;
}
