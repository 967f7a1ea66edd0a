/**
 * What nobody asked for, replayed to be told beside the advice: the IP pair where it may not be set, and the other mode
 * (prefix delegation on for off). Bounded: a few values on a sample of the segments, and the best of them on all.
 */
import type { SettingValues } from '../advice.ts';
import { rulesByAddresses } from '../counting-settings.ts';
import type { Aside, CandidateSums, EvaluationRequest } from '../evaluation.ts';
import { lacksRoom } from '../recommend/choose.ts';
import { figuresOf } from '../score.ts';
import { CandidateTally } from './candidate-tally.ts';
import { tunesPair } from './address-pairs.ts';
import type { ReplayBench } from './replay-bench.ts';
import type { EvaluationProgress } from './replay-round.ts';
import { mixedOrder, replayRound } from './replay-round.ts';

/** Stretches on which all values are tried. */
const SAMPLE = 16;
const PAIRS: readonly SettingValues[] = [1, 3, 8].flatMap((warmIP) =>
  [0, 8, 24].map((minimumIP) => ({ warmIP, minimumIP })),
);
/** The first is what aws-node does when nobody sets anything. */
const PREFIXES: readonly SettingValues[] = [{ warmPrefix: 1 }, { warmPrefix: 2 }, { warmPrefix: 3 }];
const ENIS: readonly SettingValues[] = [{ warmENI: 1 }, { warmENI: 0 }, { warmENI: 2 }];

type Benches = {
  readonly counting: readonly string[];
  /** With the settings as they are live. */
  readonly live: ReplayBench;
  /** With prefix delegation on where it is off, and off where it is on, and the IP pair off. */
  readonly otherMode: ReplayBench;
};

/** The settings of the other mode. */
export function otherModeOf(live: EvaluationRequest['liveSettings']): EvaluationRequest['liveSettings'] {
  return { ...live, prefixDelegation: !live.prefixDelegation, warmIP: 0, minimumIP: 0 };
}

export function* asideSteps(request: EvaluationRequest, benches: Benches): Generator<EvaluationProgress, Aside> {
  const { liveSettings, shapes } = request;
  const isPairOpen = benches.counting.length > 0 && !tunesPair(benches.counting) && !rulesByAddresses(liveSettings);
  const [pair] = isPairOpen ? yield* bestOf(PAIRS, request, benches.live) : [];
  const toPrefix = !liveSettings.prefixDelegation;
  const isPossible = Object.values(shapes).some(({ prefixCapable }) => prefixCapable);
  if (!isPossible) return { addressPair: pair, otherMode: undefined };
  const choices = toPrefix ? PREFIXES : ENIS;
  const [best, byDefault] = yield* bestOf(choices, request, benches.otherMode, choices[0]);
  const otherMode = best === undefined || byDefault === undefined ? undefined : { toPrefix, best, byDefault };
  return { addressPair: pair, otherMode };
}

/** The better one of the sample's two best on all segments; and what `always` did there. */
function* bestOf(
  choices: readonly SettingValues[],
  request: EvaluationRequest,
  bench: ReplayBench,
  always?: SettingValues,
): Generator<EvaluationProgress, readonly CandidateSums[]> {
  const { delayedPodsShare } = request.spec.objectives;
  const mixed = mixedOrder(request.segments);
  const tallies = choices.map((values) => new CandidateTally(values));
  yield* replayRound(mixed.slice(0, SAMPLE), { ...request, bench, tallies });
  const promising = ranked(tallies, delayedPodsShare).slice(0, 2);
  const last = tallies.filter((tally) => promising.includes(tally) || tally.values === always);
  yield* replayRound(mixed.slice(SAMPLE), { ...request, bench, tallies: last });
  const [best] = ranked(last, delayedPodsShare);
  const usual = last.find(({ values }) => values === always);
  return [best, usual].flatMap((tally) => tally?.sums() ?? []);
}

function ranked(tallies: readonly CandidateTally[], allowedShare: number): readonly CandidateTally[] {
  const judged = tallies.map((tally) => {
    const sums = tally.sums();
    const figures = figuresOf(sums, {}, false);
    const excess = Math.max(0, figures.delayedPodsShare - allowedShare);
    const isClose = Number(lacksRoom(figures, sums, allowedShare) !== undefined);
    return { tally, excess, isClose, score: figures.scorePerNodeHour };
  });
  const sorted = judged.toSorted((a, b) => a.excess - b.excess || a.isClose - b.isClose || a.score - b.score);
  return sorted.map(({ tally }) => tally);
}
