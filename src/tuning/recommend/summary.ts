/** The advice in one English sentence with its numbers, and what would help where an objective cannot be met. */
import type { Figures, SettingValues, Violation } from '../advice.ts';
import { assignments, sameValues, valuesThatCount, variableOf } from '../counting-settings.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import { amount, percent } from './wording.ts';

type Told = {
  readonly live: SettingValues;
  readonly values: SettingValues;
  readonly current: Figures;
  readonly expected: Figures;
  readonly unmet: Violation | undefined;
};

/** `WARM_ENI_TARGET 1→0`; a setting that stays is left out, or shown with one value when all stay. */
export function settingChange(live: SettingValues, values: SettingValues): string {
  const names = SETTING_NAMES.filter((name) => values[name] !== undefined);
  const moved = names.filter((name) => live[name] !== values[name]);
  if (moved.length === 0) {
    const counted = valuesThatCount(values);
    return names
      .filter((name) => counted[name] !== undefined)
      .map((name) => `${variableOf(name)} ${values[name]}`)
      .join(', ');
  }
  return moved.map((name) => `${variableOf(name)} ${live[name] ?? 'unset'}→${values[name]}`).join(', ');
}

export function summaryOf(told: Told): string {
  const { live, values, current, expected } = told;
  const [before, after] = [amount(current.idleAddressesPerNode), amount(expected.idleAddressesPerNode)];
  const [delaysBefore, delaysAfter] = [percent(current.delayedPodsShare), percent(expected.delayedPodsShare)];
  const calls = (figures: Figures): string => amount(figures.ec2CallsPerNodeHour);
  const unmet =
    told.unmet === undefined ? '' : ` No value inside the bounds meets every objective: ${told.unmet.sentence}`;
  if (sameValues(live, values)) {
    return (
      `${assignments(valuesThatCount(values))} is the best value inside the bounds: ${after} idle addresses per node, ` +
      `${delaysAfter} of pod starts delayed, ${calls(expected)} EC2 calls per node-hour.${unmet}`
    );
  }
  const delays = moved('delayed pod starts', delaysBefore, delaysAfter);
  const ec2 = moved('EC2 calls per node-hour', calls(current), calls(expected));
  return (
    `${settingChange(live, values)} takes idle addresses per node from ${before} to ${after}, ` +
    `with ${delays} and ${ec2}.${unmet}`
  );
}

function moved(what: string, before: string, after: string): string {
  return before === after ? `${what} still at ${after}` : `${what} from ${before} to ${after}`;
}

/** What would help against a limit that no candidate meets. */
export function remedyFor(violation: Violation, uncappedMeets: SettingValues | undefined): string {
  if (uncappedMeets !== undefined)
    return `${assignments(valuesThatCount(uncappedMeets))} would meet it; the bounds in spec.settings exclude it`;
  return violation.limit === 'subnetReserve'
    ? 'a larger subnet, another subnet for pods, or fewer nodes in this one would help'
    : 'instance types with more addresses per interface, or prefix delegation, would help';
}
