/**
 * The later rounds: the neighbours of the best values so far that were not replayed yet. A round follows the other
 * until the best ones have all their neighbours beside them.
 */
import type { SettingName } from '../../api/tuning-spec.ts';
import type { SettingValues } from '../advice.ts';
import { IP_PAIR, rulesByAddresses } from '../counting-settings.ts';
import type { CandidateSums } from '../evaluation.ts';
import { lacksRoom } from '../recommend/choose.ts';
import { figuresOf } from '../score.ts';
import { combinationsOf, scaleOf } from './address-pairs.ts';
import type { Question } from './candidates.ts';
import { settingOutside, usefulValues, valuesWithin } from './candidates.ts';

/** Steps of the scale to each side: at most 5 x 5 of two settings. */
const NEIGHBOURS = 2;

/** Without those in `known`. */
export function finerValues(
  finished: readonly CandidateSums[],
  question: Question,
  { allowedShare, known }: { readonly allowedShare: number; readonly known: ReadonlySet<string> },
): readonly SettingValues[] {
  const seen = new Set(known);
  return bestOf(finished, question, allowedShare)
    .flatMap((values) => neighboursOf(values, question))
    .filter((values) => {
      const key = JSON.stringify(values);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

/**
 * Three ways to hold addresses ready: whole interfaces or prefixes, so many unused addresses, so many at the least.
 * The best of one is not near the best of another: between 7 unused and 10 at the least lies nothing that serves both.
 */
const WAYS: readonly ((values: SettingValues) => boolean)[] = [
  (values) => !rulesByAddresses(values),
  (values) => rulesByAddresses(values) && (values.warmIP ?? 0) >= (values.minimumIP ?? 0),
  (values) => rulesByAddresses(values) && (values.warmIP ?? 0) < (values.minimumIP ?? 0),
];

/**
 * Of each way: the best inside the bounds, the best that a step down may take, and the best of all. Prices and subnets
 * are left aside: they are the pass's to weigh.
 */
function bestOf(
  finished: readonly CandidateSums[],
  { bounds }: Question,
  allowedShare: number,
): readonly SettingValues[] {
  const judged = finished.map((sums) => {
    const figures = figuresOf(sums, {}, false);
    return {
      values: sums.values,
      excess: Math.max(0, figures.delayedPodsShare - allowedShare),
      score: figures.scorePerNodeHour,
      hasRoom: lacksRoom(figures, sums, allowedShare) === undefined,
    };
  });
  const ranked = judged.toSorted((a, b) => a.excess - b.excess || a.score - b.score);
  const best = WAYS.flatMap((isOfWay) => {
    const all = ranked.filter(({ values }) => isOfWay(values));
    const inside = all.filter(({ values }) => settingOutside(values, bounds) === undefined);
    return [inside[0], inside.find(({ hasRoom }) => hasRoom), all[0]];
  });
  return [...new Set(best.flatMap((each) => each?.values ?? []))];
}

function neighboursOf(values: SettingValues, question: Question): readonly SettingValues[] {
  const outside = settingOutside(values, question.bounds);
  const axes =
    outside === undefined ? axesOf(values, question) : [{ name: outside, scale: usefulOf(outside, question) }];
  const near = axes.map(({ name, scale }) => {
    const at = scale.indexOf(values[name] ?? 0);
    return { name, values: scale.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1) };
  });
  return combinationsOf(near).map((moved) => ({ ...values, ...moved }));
}

type Axis = { readonly name: SettingName; readonly scale: readonly number[] };

/** The settings that count beside these values, each with what it may be. */
function axesOf(values: SettingValues, question: Question): readonly Axis[] {
  const isPair = (name: SettingName): boolean => IP_PAIR.some((other) => other === name);
  if (rulesByAddresses(values)) {
    const names = IP_PAIR.filter((name) => question.counting.includes(name));
    return names.map((name) => ({ name, scale: withNext(scaleOf(name, question), values[name] ?? 0) }));
  }
  const names = question.counting.filter((name) => !isPair(name));
  return names.map((name) => ({ name, scale: valuesWithin(question.bounds[name] ?? { min: 0, max: 0 }) }));
}

/** The scale of pairs leaves values out: those next to this one are among its neighbours all the same. */
function withNext(scale: readonly number[], value: number): readonly number[] {
  const [least = value, most = value] = [scale[0], scale.at(-1)];
  const next = [value - 1, value, value + 1].filter((each) => each >= least && each <= most);
  return [...new Set([...scale, ...next])].toSorted((a, b) => a - b);
}

function usefulOf(name: SettingName, { bounds, shapes }: Question): readonly number[] {
  const allowed = bounds[name];
  const within = allowed === undefined ? [] : valuesWithin(allowed);
  return [...new Set([...within, ...usefulValues(name, shapes)])].toSorted((a, b) => a - b);
}
