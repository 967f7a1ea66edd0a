/** Ranks candidates: limits first, in their order, then the score. Up fast, down slowly. */
import type { TuningSpec } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { Confidence, Figures, SettingValues, Violation } from '../advice.ts';
import { LIMITS } from '../advice.ts';
import { rulesByAddresses, sameValues } from '../counting-settings.ts';
import { settingOutside } from '../evaluate/candidates.ts';
import type { CandidateSums, DaySums } from '../evaluation.ts';
import { isSurelyKept } from './sureness.ts';
import { amount, percent, whole } from './wording.ts';

/**
 * A step down must leave room under delayedPods, so that the next evaluation, on slightly other demand, does not ask
 * for the step back: with a limit of 0.1 % a lower value may delay 0.05 %.
 */
export const STEP_DOWN_MARGIN = 0.5;

/** Two values hold the same when they differ by less than the model's own chance, 1 %. */
const SAME_HELD = 0.99;

/** The way down by addresses, with little evidence: from 30 held to 20, to 13.3, to 8.9. */
const LEAST_STEP_SHARE = 2 / 3;

export type Contender = {
  readonly values: SettingValues;
  readonly sums: CandidateSums;
  readonly figures: Figures;
  readonly violations: readonly Violation[];
  /** Limits that it meets, but not with the room a change must leave; undefined when it may be taken. */
  readonly tooClose: string | undefined;
};

export type Ground = {
  readonly live: SettingValues;
  /** Mean addresses held per node under the live values. */
  readonly liveHeld: number;
  readonly bounds: TuningSpec['settings'];
  readonly allowedDelayedShare: number;
  readonly confidence: Confidence;
};

/** Who may be chosen at all. */
export type Reach = { readonly ground: Ground; readonly reach: readonly Contender[] };

function sumOf(values: SettingValues): number {
  return SETTING_NAMES.reduce((sum, name) => sum + (values[name] ?? 0), 0);
}

/** A move from the live values, with the mean addresses per node that are held before and after it. */
export type Move = {
  readonly live: SettingValues;
  readonly values: SettingValues;
  readonly liveHeld: number;
  readonly held: number;
};

/** Lower values of the same targets; where the IP pair rules before or after, fewer addresses held. */
export function isStepDown({ live, values, liveHeld, held }: Move): boolean {
  return rulesByAddresses(live) || rulesByAddresses(values) ? held < liveHeld : sumOf(values) < sumOf(live);
}

function moveTo(values: SettingValues, figures: Figures, { live, liveHeld }: Ground): Move {
  return { live, values, liveHeld, held: figures.heldAddressesPerNode };
}

/** Why another value than the live one may not be taken although it meets the limits. */
export function tooCloseToLimits(figures: Figures, sums: CandidateSums, ground: Ground): string | undefined {
  if (sameValues(sums.values, ground.live)) return undefined;
  const { allowedDelayedShare: allowed } = ground;
  const isDown = isStepDown(moveTo(sums.values, figures, ground));
  return isDown ? lacksRoom(figures, sums, allowed) : tooCloseToBeSure(sums, allowed);
}

/** Why these sums would be too close whatever is live. */
export function lacksRoom(figures: Figures, sums: CandidateSums, allowed: number): string | undefined {
  return tooHighForStepDown(figures, sums, allowed) ?? tooCloseToBeSure(sums, allowed);
}

function tooHighForStepDown(figures: Figures, sums: CandidateSums, allowed: number): string | undefined {
  const share = figures.delayedPodsShare;
  if (share > allowed * STEP_DOWN_MARGIN && share <= allowed) {
    return `it would delay ${percent(share)} of pod starts, and a step down must stay below half of ${percent(allowed)}`;
  }
  const bad = Object.entries(sums.byDay).find(([, day]) => day.delayedPods > Math.max(1, allowed * day.podStarts));
  if (bad === undefined) return undefined;
  const [dayNumber, day] = bad;
  const date = new Date(Number(dayNumber) * 86_400_000).toISOString().slice(0, 10);
  return `on ${date} it would have delayed ${day.delayedPods} of ${day.podStarts} pod starts, more than ${percent(allowed)}`;
}

/**
 * A change to a value that the next days may show to break the limit would have to be changed again. What counts is
 * what was seen, and what bursts half again as large, or one pod larger, would have done. The more starts were seen, the
 * better the sizes of bursts are known: how likely larger ones are is taken as one over the delays that the limit allows.
 *   0.1 % of 900 starts: each start that a larger burst would have delayed counts. Of 15,000: each fifteenth.
 */
function tooCloseToBeSure({ byDay }: CandidateSums, allowed: number): string | undefined {
  const days = Object.values(byDay);
  const total = (count: (day: DaySums) => number): number => days.reduce((sum, day) => sum + count(day), 0);
  const [delayed, starts] = [total((day) => day.delayedPods), total((day) => day.podStarts)];
  const of = `of ${whole(starts)} pod starts`;
  if (!isSurelyKept({ delayed, starts }, allowed)) {
    return `it would have delayed ${whole(delayed)} ${of}, too close to ${percent(allowed)} to be sure of it`;
  }
  const tight = total((day) => day.tightPods);
  const allowedDelays = Math.max(1, allowed * starts);
  if (delayed + tight / allowedDelays <= allowedDelays) return undefined;
  return `with bursts half again as large it would have delayed ${whole(delayed + tight)} ${of}, too many to be sure of ${percent(allowed)}`;
}

/** Negative when `a` is better. Total and deterministic: equals go to the live value, then to the smaller one. */
export function compareContenders(a: Contender, b: Contender, live: SettingValues): number {
  const clear = (contender: Contender): number =>
    contender.violations.length === 0 && contender.tooClose === undefined ? 0 : 1;
  return (
    clear(a) - clear(b) ||
    compareViolations(a, b) ||
    Number(a.tooClose !== undefined) - Number(b.tooClose !== undefined) ||
    a.figures.scorePerNodeHour - b.figures.scorePerNodeHour ||
    Number(sameValues(b.values, live)) - Number(sameValues(a.values, live)) ||
    sumOf(a.values) - sumOf(b.values) ||
    SETTING_NAMES.reduce((found, name) => found || (a.values[name] ?? 0) - (b.values[name] ?? 0), 0)
  );
}

function compareViolations(a: Contender, b: Contender): number {
  const excess = (contender: Contender, limit: (typeof LIMITS)[number]): number =>
    contender.violations.find((violation) => violation.limit === limit)?.relativeExcess ?? 0;
  for (const limit of LIMITS) {
    const difference = excess(a, limit) - excess(b, limit);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * With little evidence the way down is one step at a time: 3 live, 2 at the least; above the bounds: their maximum. A
 * lower value that holds no fewer addresses than the live one (a node has no more interfaces to give) is no step.
 * With an IP pair, before or after, a step takes a third of the held addresses, or as much as the one step of the others.
 */
export function withinReach(inside: readonly Contender[], ground: Ground): readonly Contender[] {
  if (ground.confidence !== 'Low') return inside;
  const { live, liveHeld } = ground;
  const byAddresses = ({ values }: Contender): boolean => rulesByAddresses(live) || rulesByAddresses(values);
  const steps = inside.filter((each) => !byAddresses(each) && sumOf(each.values) < sumOf(live));
  const downwards = steps.toSorted((a, b) => sumOf(b.values) - sumOf(a.values));
  const first = downwards.find(({ figures }) => figures.heldAddressesPerNode < liveHeld * SAME_HELD);
  const least = first === undefined ? -Infinity : sumOf(first.values);
  const leastHeld = Math.min(liveHeld * LEAST_STEP_SHARE, first?.figures.heldAddressesPerNode ?? Infinity);
  return inside.filter((each) =>
    byAddresses(each) ? each.figures.heldAddressesPerNode >= leastHeld : sumOf(each.values) >= least,
  );
}

/** Why a contender lost to the winner, in words. */
export function lostBecause(contender: Contender, winner: Contender, { ground, reach }: Reach): string {
  const outside = settingOutside(contender.values, ground.bounds);
  const bounds = outside === undefined ? undefined : ground.bounds[outside];
  if (bounds !== undefined) return `outside settings.${outside}, which allows ${bounds.min} to ${bounds.max}`;
  const [broken] = contender.violations;
  if (broken !== undefined) return broken.sentence;
  if (contender.tooClose !== undefined) return contender.tooClose;
  if (!reach.includes(contender)) return 'too far down for the little evidence there is; one step at a time';
  const [cost, best] = [contender.figures.scorePerNodeHour, winner.figures.scorePerNodeHour];
  return `it costs ${amount(cost)} per node-hour against ${amount(best)}`;
}
