/** Was the advice as good as the goal asks? */
import type { AdviceRow, Judged, JudgedLog } from './judgement.ts';

/** At most this share of the pod starts may be delayed (the default of objectives.delayedPods). */
export const OBJECTIVE_SHARE = 0.001;
/** Of the best static setting in hindsight. */
const MOST_FACTOR = 1.1;
/** The real one's own chance moves small delayed shares by a quarter and idle by 4 %: no verdict inside that. */
const SHARE_CHANCE = 0.25;
const SCORE_CHANCE = 0.04;

/** Whose delays count: `delayedShare` those on nodes older than two minutes, `delayedAllShare` all. */
export type CountedShare = 'delayedShare' | 'delayedAllShare';

export type AdviceVerdict = { readonly met: boolean; readonly within: boolean; readonly sentence: string };

export function meets(judged: Judged, counted: CountedShare = 'delayedShare'): boolean {
  return judged[counted] <= OBJECTIVE_SHARE;
}

/** The cheapest that meets the objective, else the one with the fewest delays. */
export function bestOf(statics: readonly Judged[], counted: CountedShare = 'delayedShare'): Judged | undefined {
  const good = statics.filter((each) => meets(each, counted));
  if (good.length > 0) return good.toSorted((a, b) => a.score - b.score)[0];
  return statics.toSorted((a, b) => a[counted] - b[counted] || a.score - b.score)[0];
}

export function verdictOf(
  { byDefault }: JudgedLog,
  row: Pick<AdviceRow, 'advice' | 'statics'>,
  counted: CountedShare = 'delayedShare',
): AdviceVerdict {
  const as = (judged: Judged): Judged => ({ ...judged, delayedShare: judged[counted] });
  const [advice, statics] = [as(row.advice), row.statics.map(as)];
  const checks = [againstBest(advice, bestOf(statics)), againstDefault(advice, as(byDefault))];
  const missed = checks.filter(({ beyond }) => beyond > 0);
  const failed = missed.filter(({ beyond, chance }) => beyond > chance);
  return {
    met: missed.length === 0,
    within: failed.length === 0,
    sentence: missed.map(({ sentence }) => sentence).join('; '),
  };
}

/** `beyond`: by how much of itself the goal is missed; `chance`: as much may be chance. */
type Check = { readonly beyond: number; readonly chance: number; readonly sentence: string };
const PASSED: Check = { beyond: 0, chance: 0, sentence: '' };

function againstBest(advice: Judged, best: Judged | undefined): Check {
  if (best === undefined) return PASSED;
  if (!meets(best)) return fewerDelays(advice, best, MOST_FACTOR, 'the least reachable');
  if (!meets(advice)) {
    const sentence = `${share(advice)} delayed, and ${best.setting} would have met ${OBJECTIVE_SHARE * 100} %`;
    return { beyond: advice.delayedShare / OBJECTIVE_SHARE - 1, chance: SHARE_CHANCE, sentence };
  }
  return cheaper(advice, best, MOST_FACTOR);
}

function againstDefault(advice: Judged, byDefault: Judged): Check {
  if (advice.setting === byDefault.setting) return PASSED;
  return meets(byDefault) ? cheaper(advice, byDefault, 1) : fewerDelays(advice, byDefault, 1, 'the default');
}

function cheaper(advice: Judged, other: Judged, factor: number): Check {
  const beyond = advice.score / Math.max(other.score * factor, 1e-9) - 1;
  const ratio = (advice.score / Math.max(other.score, 1e-9)).toFixed(2);
  return { beyond, chance: SCORE_CHANCE, sentence: `score ${ratio} of that of ${other.setting}` };
}

function fewerDelays(advice: Judged, other: Judged, factor: number, name: string): Check {
  const beyond = advice.delayedShare / Math.max(other.delayedShare * factor, 1e-9) - 1;
  if (advice.delayedShare <= other.delayedShare * factor) return PASSED;
  return {
    beyond,
    chance: SHARE_CHANCE,
    sentence: `${share(advice)} delayed, ${name} ${share(other)} (${other.setting})`,
  };
}

function share({ delayedShare }: Judged): string {
  return `${(100 * delayedShare).toFixed(3)} %`;
}
