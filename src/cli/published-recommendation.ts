/**
 * The operator's recommendation as its status publishes it. The history behind it lives in the operator; whoever
 * reads a cluster from outside goes on from what was published.
 */
import type { FiguresStatus } from '../api/cnituning.generated.ts';
import { HOLD_REASONS } from '../api/conditions.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Observation } from '../reconcile/observe.ts';
import type { Advice, Figures, Recommendation, SettingRanges, SettingValues } from '../tuning/advice.ts';
import { variableOf } from '../tuning/counting-settings.ts';

/** Undefined when no operator has reported on the object. */
export function publishedRecommendation({ object }: Observation): Recommendation | undefined {
  const { status } = object;
  const advice = adviceOf(object);
  if (advice !== undefined || status === undefined) return advice;
  const open = status.conditions?.find(({ type }) => type === 'Recommended');
  const reason = HOLD_REASONS.find((known) => known === open?.reason);
  if (open === undefined || reason === undefined) return undefined;
  return { kind: 'Undecided', reason, message: open.message, evidence: undefined, recheckAtMs: undefined };
}

function adviceOf({ status }: Observation['object']): Advice | undefined {
  const published = status?.recommendation;
  if (published === undefined) return undefined;
  const current = figuresOf(published.current);
  const { fromTime, toTime, nodeHours, podStarts } = published.evidence;
  // Which objective it is does not matter here: a change away from a broken one needs no gain.
  const breaks = published.currentBreaks ?? [];
  const liveViolations = breaks.map((sentence) => ({ limit: 'delayedPods', relativeExcess: 0, sentence }) as const);
  return {
    kind: 'Advice',
    id: published.id,
    values: valuesOf(status, 'recommended'),
    uncapped: valuesOf(status, 'uncapped'),
    ranges: rangesIn(status),
    current,
    expected: figuresOf(published.expected),
    liveViolations,
    candidates: [],
    shapes: [],
    addressPair: undefined,
    otherMode: undefined,
    confidence: published.confidence,
    binding: published.binding,
    summary: published.summary,
    evidence: { fromMs: Date.parse(fromTime), toMs: Date.parse(toTime), nodeHours: Number(nodeHours), podStarts },
    evaluatedAtMs: Date.parse(published.evaluationTime),
    unmet:
      published.unmet === undefined
        ? undefined
        : { limit: 'delayedPods', relativeExcess: 0, sentence: published.unmet },
  };
}

function rangesIn(status: Observation['object']['status']): SettingRanges {
  const rows = status?.settings ?? [];
  const ranges = SETTING_NAMES.map((setting): SettingRanges => {
    const { lowerBound: lower, upperBound: upper } = rows.find(({ name }) => name === variableOf(setting)) ?? {};
    return lower === undefined || upper === undefined ? {} : { [setting]: { lower, upper } };
  });
  return Object.assign({}, ...ranges);
}

function valuesOf(status: Observation['object']['status'], field: 'recommended' | 'uncapped'): SettingValues {
  const rows = status?.settings ?? [];
  return Object.fromEntries(
    SETTING_NAMES.flatMap((setting) => {
      const value = rows.find(({ name }) => name === variableOf(setting))?.[field];
      return value === undefined ? [] : [[setting, value] as const];
    }),
  );
}

function figuresOf(figures: FiguresStatus): Figures {
  return {
    heldAddressesPerNode: numberOf(figures.heldAddressesPerNode),
    assignedAddressesPerNode: numberOf(figures.assignedAddressesPerNode),
    idleAddressesPerNode: numberOf(figures.idleAddressesPerNode),
    delayedPodsShare: numberOf(figures.delayedPods) / 100,
    unavoidableDelayedPodsShare: numberOf(figures.unavoidableDelayedPods) / 100,
    ec2CallsPerNodeHour: numberOf(figures.ec2CallsPerNodeHour),
    mutatingEc2CallsPerNodeHour: numberOf(figures.mutatingEC2CallsPerNodeHour),
    eniCyclesPerNodeDay: numberOf(figures.eniCyclesPerNodeDay),
    scorePerNodeHour: numberOf(figures.scorePerNodeHour),
  };
}

/** `1,235` → 1235, `0.05%` → 0.05, `<0.0001%` → 0.0001. */
function numberOf(text: string): number {
  return Number(text.replace(/[,%<]/g, ''));
}
