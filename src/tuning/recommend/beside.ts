/** What is told beside the advice: what the IP pair and the other mode would have done on the same demand. */
import type { AddressPairAdvice, Figures, OtherModeAdvice, SettingValues } from '../advice.ts';
import { assignments, valuesThatCount } from '../counting-settings.ts';
import type { CandidateSums, Evaluation } from '../evaluation.ts';
import type { PriceByShape } from '../score.ts';
import { figuresOf } from '../score.ts';
import type { Contender } from './choose.ts';
import type { SubnetNodes } from './node-subnets.ts';
import { amount, listed, percent, whole } from './wording.ts';

/** Worth a sentence: a tenth, as changes.minimumGain asks by default. */
const WORTH_TELLING = 0.9;
const MOST_NAMED = 5;
const ADDRESSES_PER_PREFIX = 16;

type Beside = {
  readonly evaluation: Evaluation;
  readonly winner: Contender;
  readonly prices: PriceByShape;
  readonly subnets: readonly SubnetNodes[];
  readonly allowedShare: number;
};

export function addressPairOf({ evaluation, winner, prices, allowedShare }: Beside): AddressPairAdvice | undefined {
  const sums = evaluation.aside.addressPair;
  if (sums === undefined) return undefined;
  const figures = figuresOf(sums, prices, true);
  const isBetter = betters(figures, winner.figures, allowedShare);
  const values = valuesThatCount(sums.values);
  const effect = compared(figures, winner.figures);
  const sentence = isBetter
    ? `${assignments(values)} would do better: ${effect}; spec.settings.warmIP and minimumIP would allow it.`
    : `WARM_IP_TARGET and MINIMUM_IP_TARGET would not do better; the best pair tried, ${assignments(values)}: ${effect}.`;
  return { values, figures, isBetter, sentence };
}

/** Keeps what the recommended values break, or keeps as much at a lower cost. */
function betters(figures: Figures, than: Figures, allowedShare: number): boolean {
  const excess = (of: Figures): number => Math.max(0, of.delayedPodsShare - allowedShare);
  if (excess(figures) !== excess(than)) return excess(figures) < excess(than);
  return figures.scorePerNodeHour < than.scorePerNodeHour * WORTH_TELLING;
}

function compared(figures: Figures, advised: Figures): string {
  const delayed = [figures, advised].map(({ delayedPodsShare }) => percent(delayedPodsShare));
  const calls = [figures, advised].map(({ ec2CallsPerNodeHour }) => amount(ec2CallsPerNodeHour));
  const against = (what: string, [would = '', is = '']: readonly string[]): string =>
    would === is ? `${what} ${would} as well` : `${what} ${would} instead of ${is}`;
  const idle = [figures, advised].map(({ idleAddressesPerNode }) => amount(idleAddressesPerNode));
  return [
    against('idle addresses per node', idle),
    against('delayed pod starts', delayed),
    against('EC2 calls per node-hour', calls),
  ].join(', ');
}

export function otherModeOf(beside: Beside): OtherModeAdvice | undefined {
  const { evaluation, winner, prices } = beside;
  const { otherMode } = evaluation.aside;
  if (otherMode === undefined) return undefined;
  const told = (sums: CandidateSums): { readonly values: SettingValues; readonly figures: Figures } => ({
    values: sums.values,
    figures: figuresOf(sums, prices, true),
  });
  const [best, byDefault] = [told(otherMode.best), told(otherMode.byDefault)];
  const needs = otherMode.toPrefix ? needsOfPrefixes(otherMode.best, beside) : needsOfSingleAddresses(evaluation);
  const mode = otherMode.toPrefix ? 'With prefix delegation' : 'Without prefix delegation';
  const sentence = `${mode} and ${assignments(best.values)}: ${compared(best.figures, winner.figures)}. It needs ${needs.join('; ')}.`;
  return { mode: otherMode.toPrefix ? 'prefix' : 'secondary-ip', best, byDefault, needs, sentence };
}

function needsOfPrefixes(sums: CandidateSums, { evaluation, subnets }: Beside): readonly string[] {
  const shapes = Object.values(evaluation.request.shapes);
  const without = [...new Set(shapes.filter((shape) => !shape.prefixCapable).map(({ instanceType }) => instanceType))];
  const nitro =
    without.length === 0
      ? []
      : [`Nitro instances, which ${listed(without.toSorted().slice(0, MOST_NAMED))} are not: they stay as they are`];
  return [...nitro, blocksNeeded(sums, { evaluation, subnets }), MAX_PODS_STAY];
}

const MAX_PODS_STAY = 'no other max-pods, but only nodes made with a higher one take more pods';

/** The subnet with the fewest blocks to spare. Blocks come free, too, as nodes give single addresses back: not counted. */
function blocksNeeded(sums: CandidateSums, { evaluation, subnets }: Pick<Beside, 'evaluation' | 'subnets'>): string {
  const blocksOn = (key: string): number =>
    evaluation.request.shapes[key]?.prefixCapable === true
      ? Math.ceil((sums.byShape[key]?.p99HeldAddresses ?? 0) / ADDRESSES_PER_PREFIX)
      : 0;
  const asked = subnets.flatMap(({ subnet, nodesByShape }) => {
    const needed = Object.entries(nodesByShape).reduce((sum, [key, nodes]) => sum + nodes * blocksOn(key), 0);
    return needed === 0 || subnet.freePrefixes === undefined ? [] : [{ subnet, needed, free: subnet.freePrefixes }];
  });
  const [tightest] = asked.toSorted(
    (a, b) => a.free - a.needed - (b.free - b.needed) || (a.subnet.id < b.subnet.id ? -1 : 1),
  );
  if (tightest === undefined) return 'free /28 blocks in each subnet, which could not be counted';
  const { subnet, needed, free } = tightest;
  return `${whole(Math.ceil(needed))} free /28 blocks in subnet ${subnet.id}, which has ${whole(free)}`;
}

function needsOfSingleAddresses({ request }: Evaluation): readonly string[] {
  const tooMany = Object.values(request.shapes).flatMap(({ instanceType, maxPods, maxENIs, ipv4PerENI }) => {
    const addresses = maxENIs * (ipv4PerENI - 1);
    return maxPods > addresses + 2 ? [`${instanceType} (${maxPods} pods, ${addresses} addresses)`] : [];
  });
  if (tooMany.length === 0) return ['no other max-pods'];
  return [`a lower max-pods on ${listed([...new Set(tooMany)].toSorted().slice(0, MOST_NAMED))}`];
}
