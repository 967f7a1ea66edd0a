/**
 * From a finished evaluation to a recommendation: every candidate's figures, limits and score, and the best of them.
 * Nothing but the replays decides. Deterministic: the same input gives the same recommendation, whatever the time.
 */
import type { TuningSpec } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Candidate, Recommendation, SettingValues, Undecided, Violation } from './advice.ts';
import type { Census } from './census.ts';
import { sameValues, withUnreadAsLive } from './counting-settings.ts';
import { hash32 } from './demand/unit-hash.ts';
import { isWithinBounds, settingOutside } from './evaluate/candidates.ts';
import type { CandidateSums, DroppedCandidate } from './evaluation.ts';
import type { LiveSettings } from './live-settings.ts';
import { liveValues } from './live-settings.ts';
import type { Contender, Ground, Reach } from './recommend/choose.ts';
import { compareContenders, lostBecause, tooCloseToLimits, withinReach } from './recommend/choose.ts';
import { confidenceOf } from './recommend/confidence.ts';
import type { InForce } from './recommend/evaluation-in-force.ts';
import { evaluationInForce } from './recommend/evaluation-in-force.ts';
import { violationsOf } from './recommend/limits.ts';
import type { SubnetNodes } from './recommend/node-subnets.ts';
import { nodesBySubnet, pricesOf } from './recommend/node-subnets.ts';
import { addressPairOf, otherModeOf } from './recommend/beside.ts';
import { rangesOf } from './recommend/possible.ts';
import { shapesOf } from './recommend/by-shape.ts';
import { remedyFor, summaryOf } from './recommend/summary.ts';
import { undecided } from './recommend/undecided.ts';
import type { PriceByShape } from './score.ts';
import { figuresOf } from './score.ts';
import type { ClusterSnapshot } from './snapshot.ts';
import type { Evaluation } from './evaluation.ts';

export type RecommendInput = {
  readonly spec: TuningSpec;
  readonly snapshot: ClusterSnapshot;
  /** Undefined when there is no such DaemonSet or container. */
  readonly live: LiveSettings | undefined;
  readonly census: Census;
  /** How much of `spec.history.window` was watched, ms. */
  readonly watchedMs: number;
  /** The last finished evaluation, whatever it was asked. */
  readonly evaluation: Evaluation | undefined;
  readonly nowMs: number;
};

const MOST_CANDIDATES = 10;

export function recommend(input: RecommendInput): Recommendation {
  const open = undecided(input);
  if (open !== undefined) return open;
  const { live, spec, evaluation } = input;
  const inForce = live === undefined ? undefined : evaluationInForce(evaluation, live, spec);
  if (live === undefined || inForce === undefined) return evaluating(evaluation);
  const { counting, request } = inForce.evaluation;
  if (counting.length === 0 || request.evidence.nodeHours <= 0) {
    const message = 'No node whose pool can be judged was watched yet.';
    return {
      kind: 'Undecided',
      reason: 'CollectingHistory',
      message,
      evidence: request.evidence,
      recheckAtMs: undefined,
    };
  }
  return adviceOf(input, live, inForce);
}

function evaluating(evaluation: Evaluation | undefined): Undecided {
  const evidence = evaluation?.request.evidence;
  const message = 'The remembered demand is being replayed under every candidate value; this takes seconds to minutes.';
  return { kind: 'Undecided', reason: 'Evaluating', message, evidence, recheckAtMs: undefined };
}

function adviceOf(input: RecommendInput, live: LiveSettings, inForce: InForce): Recommendation {
  const { spec, watchedMs } = input;
  const { evaluation } = inForce;
  const { evidence } = evaluation.request;
  const ground: Ground = {
    live: liveValues(live, evaluation.counting),
    liveHeld: figuresOf(inForce.live, {}, false).heldAddressesPerNode,
    bounds: spec.settings,
    allowedDelayedShare: spec.objectives.delayedPodsShare,
    confidence: confidenceOf(evidence, watchedMs, spec.objectives.delayedPodsShare),
  };
  const contenders = contendersOf(input, inForce, ground);
  const ranked = contenders.candidates.toSorted((a, b) => compareContenders(a, b, ground.live));
  const inside = ranked.filter(({ values }) => isWithinBounds(values, spec.settings));
  const reach = withinReach(inside, ground);
  if (!evaluation.dropped.every(({ by }) => stillBeats(by, reach, ground.live))) return evaluating(evaluation);
  const winner = reach[0] ?? contenders.live;
  const best = ranked[0] ?? winner;
  const unmet = unmetOf(winner, ranked);
  const among = { winner, inside, ...contenders, allowedShare: ground.allowedDelayedShare };
  const beside = { ...among, evaluation, subnets: contenders.subnets };
  const told = { live: ground.live, values: winner.values, current: contenders.live.figures, expected: winner.figures };
  return {
    kind: 'Advice',
    id: idOf(input.snapshot.daemonSet?.uid ?? '', ground.live, winner.values),
    values: winner.values,
    uncapped: best.values,
    ranges: rangesOf(winner, inside, ground.allowedDelayedShare),
    current: told.current,
    expected: told.expected,
    liveViolations: contenders.live.violations,
    candidates: published(ranked, winner, { ground, reach }),
    shapes: shapesOf(evaluation, input.census, among),
    addressPair: addressPairOf(beside),
    otherMode: otherModeOf(beside),
    confidence: ground.confidence,
    binding: bindingOf({ winner, best, inside, ground, dropped: evaluation.dropped, prices: contenders.prices }),
    summary: summaryOf({ ...told, unmet }),
    evidence,
    evaluatedAtMs: evaluation.finishedAtMs,
    unmet,
  };
}

/**
 * A candidate was dropped because this one beats it while it keeps every limit with room. Subnets fill and evidence
 * ages: when it no longer does, all must be weighed again.
 */
function stillBeats(by: SettingValues, reach: readonly Contender[], live: SettingValues): boolean {
  const bar = reach.find(({ values }) => sameValues(values, withUnreadAsLive(by, live)));
  return bar !== undefined && bar.violations.length === 0 && bar.tooClose === undefined;
}

type Contenders = {
  readonly live: Contender;
  readonly candidates: readonly Contender[];
  readonly prices: PriceByShape;
  readonly subnets: readonly SubnetNodes[];
};

function contendersOf(input: RecommendInput, { evaluation, live }: InForce, ground: Ground): Contenders {
  const subnets = nodesBySubnet(input.census, input.snapshot.account);
  const prices = pricesOf(subnets);
  const contenderOf = (sums: CandidateSums): Contender => {
    const values = withUnreadAsLive(sums.values, ground.live);
    const figures = figuresOf(sums, prices, !sameValues(values, ground.live));
    const violations = violationsOf({ figures, sums, live, subnets, objectives: input.spec.objectives });
    return { values, sums, figures, violations, tooClose: tooCloseToLimits(figures, sums, ground) };
  };
  const { candidates } = evaluation;
  const known = candidates.some(({ values }) => sameValues(withUnreadAsLive(values, ground.live), ground.live));
  // The live values stand beside the candidates, so that their figures are compared even outside the bounds.
  return {
    live: contenderOf(live),
    candidates: [...(known ? [] : [live]), ...candidates].map(contenderOf),
    prices,
    subnets,
  };
}

/** Changes only when the proposal does. */
export function idOf(daemonSetUid: string, live: SettingValues, proposed: SettingValues): string {
  const named = SETTING_NAMES.filter((name) => live[name] !== undefined || proposed[name] !== undefined);
  const text = JSON.stringify([daemonSetUid, named.map((name) => [name, live[name] ?? null, proposed[name] ?? null])]);
  return [1, 2].map((seed) => hash32(text, seed).toString(16).padStart(8, '0')).join('');
}

/** The first limit that the winner breaks, with what would help; undefined when it breaks none. */
function unmetOf(winner: Contender, ranked: readonly Contender[]): Violation | undefined {
  const [broken] = winner.violations;
  if (broken === undefined) return undefined;
  const meets = ranked.find(({ violations }) => violations.length === 0);
  return { ...broken, sentence: `${broken.sentence}; ${remedyFor(broken, meets?.values)}.` };
}

type Decided = {
  readonly winner: Contender;
  readonly best: Contender;
  readonly inside: readonly Contender[];
  readonly ground: Ground;
  readonly dropped: readonly DroppedCandidate[];
  readonly prices: PriceByShape;
};

/** What decided: a bound that excludes the best value, a limit that a cheaper value breaks, evidence, or the score. */
function bindingOf(decided: Decided): string {
  const { winner, best, inside, ground, dropped } = decided;
  const outside = settingOutside(best.values, ground.bounds);
  if (outside !== undefined) {
    const side = (best.values[outside] ?? 0) < (ground.bounds[outside]?.min ?? 0) ? 'min' : 'max';
    return `settings.${outside}.${side}`;
  }
  const [broken] = winner.violations;
  if (broken !== undefined) return broken.limit;
  if (inside[0] !== winner) return 'confidence';
  const cheaper = inside.filter(({ figures }) => figures.scorePerNodeHour < winner.figures.scorePerNodeHour);
  const [cheapest] = cheaper.toSorted((a, b) => a.figures.scorePerNodeHour - b.figures.scorePerNodeHour);
  if (cheapest === undefined) return dropped.some((each) => isCheaperDropped(each, decided)) ? 'delayedPods' : 'score';
  return cheapest.violations[0]?.limit ?? 'delayedPods';
}

/** One that was given up for its delays, and was cheaper as far as it went. */
function isCheaperDropped({ values, because, soFar }: DroppedCandidate, { winner, ground, prices }: Decided): boolean {
  if (because !== 'delayedPods' || !isWithinBounds(values, ground.bounds)) return false;
  const { scorePerNodeHour } = figuresOf(soFar, prices, !sameValues(values, ground.live));
  return scorePerNodeHour < winner.figures.scorePerNodeHour;
}

function published(ranked: readonly Contender[], winner: Contender, reach: Reach): readonly Candidate[] {
  const best = ranked.slice(0, MOST_CANDIDATES);
  const shown = best.includes(winner) ? best : [...best.slice(0, -1), winner];
  return shown.map((contender) => ({
    values: contender.values,
    figures: contender.figures,
    violations: contender.violations,
    lostBecause: contender === winner ? undefined : lostBecause(contender, winner, reach),
  }));
}
