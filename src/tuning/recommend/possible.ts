/** Which values the evidence leaves possible: those that chance alone may have put behind the recommended one. */
import type { SettingName } from '../../api/tuning-spec.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import type { SettingRanges } from '../advice.ts';
import { rulesByAddresses, valuesThatCount } from '../counting-settings.ts';
import { DROPPED_ABOVE } from '../evaluate/early-drop.ts';
import { costUncertainty, delayedShareRange } from './chance.ts';
import type { Contender } from './choose.ts';

/** The least and the largest possible value of each setting that counts beside the recommended ones. */
export function rangesOf(winner: Contender, inside: readonly Contender[], allowedShare: number): SettingRanges {
  const possible = inside.filter((each) => each === winner || isPossible(each, winner, allowedShare));
  const counted = valuesThatCount(winner.values);
  const rangeOf = (name: SettingName): SettingRanges => {
    const values = [winner, ...possible].flatMap((each) => each.values[name] ?? []);
    return { [name]: { lower: Math.min(...values), upper: Math.max(...values) } };
  };
  const ranges = SETTING_NAMES.filter((name) => counted[name] !== undefined).map(rangeOf);
  return Object.assign({}, ...ranges);
}

/**
 * What it may cost: as much as the recommended one may cost in truth (chance.ts). While too few pod starts were seen to
 * say that the recommended one keeps delayedPods, a dearer value may be what it takes.
 */
function isPossible(other: Contender, winner: Contender, allowedShare: number): boolean {
  if (rulesByAddresses(other.values) !== rulesByAddresses(winner.values)) return false;
  if (reserveExcess(other) > reserveExcess(winner)) return false;
  const mayKeep = Math.max(allowedShare, winner.figures.delayedPodsShare);
  if (delayedShareRange(other.sums).lower > mayKeep) return false;
  const isSure = delayedShareRange(winner.sums).upper <= allowedShare;
  const most = isSure ? 1 + costUncertainty(winner.sums) : DROPPED_ABOVE;
  return other.figures.scorePerNodeHour <= winner.figures.scorePerNodeHour * most;
}

function reserveExcess({ violations }: Contender): number {
  return violations.find(({ limit }) => limit === 'subnetReserve')?.relativeExcess ?? 0;
}
