/** The recommendation and its figures as status shows them. */
import { clipped } from '../../api/clipped.ts';
import type { CniTuningStatus } from '../../api/cnituning.ts';
import type { FiguresStatus, RecommendationStatus } from '../../api/cnituning.generated.ts';
import { timestampOf } from '../../api/conditions.ts';
import type { Advice, Figures } from '../../tuning/advice.ts';
import { assignments, valuesThatCount } from '../../tuning/counting-settings.ts';
import { amount, percent } from '../../tuning/recommend/wording.ts';
import type { PassRecord } from '../pass-record.ts';

/** Evidence and figures drift with every evaluation; while the proposal stands they are written again this seldom. */
const REFRESH_MS = 3_600_000;

/** What was written stays while it says the same: a steady cluster writes no status. */
export function recommendationOf({ recommendation, object }: PassRecord): CniTuningStatus['recommendation'] {
  const written = object.status?.recommendation;
  if (recommendation === undefined) return written;
  if (recommendation.kind === 'Undecided') return undefined;
  if (written !== undefined && !saysMore(recommendation, written)) return written;
  return projected(recommendation);
}

/** Written together with the recommendation, and kept with it. */
export function candidatesOf(
  record: PassRecord,
  shown: CniTuningStatus['recommendation'],
): CniTuningStatus['candidates'] {
  return keptWith(record, shown, {
    written: record.object.status?.candidates,
    made: ({ candidates }) =>
      candidates.map(({ values, figures, lostBecause }) => ({
        settings: assignments(valuesThatCount(values)),
        idleAddressesPerNode: amount(figures.idleAddressesPerNode),
        delayedPods: percent(figures.delayedPodsShare),
        ec2CallsPerNodeHour: amount(figures.ec2CallsPerNodeHour),
        scorePerNodeHour: amount(figures.scorePerNodeHour),
        ...(lostBecause === undefined ? {} : { lostBecause: clipped(lostBecause, 512) }),
      })),
  });
}

/** Written together with the recommendation, and kept with it. */
export function shapesOf(record: PassRecord, shown: CniTuningStatus['recommendation']): CniTuningStatus['shapes'] {
  return keptWith(record, shown, {
    written: record.object.status?.shapes,
    made: ({ shapes }) =>
      shapes.map((shape) => ({
        instanceType: shape.instanceType,
        maxPods: shape.maxPods,
        nodes: shape.nodes,
        podsP50: shape.podsP50,
        podsP99: shape.podsP99,
        heldAddressesPerNode: amount(shape.current.heldAddressesPerNode),
        idleAddressesPerNode: amount(shape.current.idleAddressesPerNode),
        delayedPods: percent(shape.expected.delayedPodsShare),
        best: assignments(valuesThatCount(shape.best)),
        regretPerNodeHour: amount(shape.regretPerNodeHour),
      })),
  });
}

function keptWith<List>(
  { recommendation, object }: PassRecord,
  shown: CniTuningStatus['recommendation'],
  { written, made }: { readonly written: List | undefined; readonly made: (advice: Advice) => List },
): List | undefined {
  if (shown === undefined) return undefined;
  const isKept = shown === object.status?.recommendation && written !== undefined;
  return recommendation?.kind !== 'Advice' || isKept ? written : made(recommendation);
}

/**
 * The record with the sentences that were written, where they differ in nothing but the evaluation's figures: these
 * are written again when the recommendation is.
 */
export function withWrittenFigures(record: PassRecord): PassRecord {
  const { object, plan } = record;
  const written = object.status;
  if (written?.recommendation === undefined || recommendationOf(record) !== written.recommendation) return record;
  const hold = written.hold;
  if (plan?.kind === 'Hold' && plan.reason === 'GainTooSmall' && hold?.reason === plan.reason) {
    return { ...record, plan: { ...plan, message: hold.message } };
  }
  const applied = written.conditions?.find(({ type }) => type === 'Applied');
  if (plan?.kind !== 'Keep' || written.recommendation.unmet === undefined || applied?.reason !== 'Tuned') return record;
  return { ...record, plan: { ...plan, message: applied.message } };
}

/**
 * Another proposal, another verdict, an hour gone by, or twice the evidence: who looks at a young recommendation sees
 * it grow, in about seven writes of its first hour.
 */
function saysMore(advice: Advice, written: RecommendationStatus): boolean {
  return (
    written.id !== advice.id ||
    written.binding !== advice.binding ||
    written.confidence !== advice.confidence ||
    (written.unmet === undefined) !== (advice.unmet === undefined) ||
    advice.evidence.nodeHours >= 2 * Number(written.evidence.nodeHours) ||
    advice.evaluatedAtMs - Date.parse(written.evaluationTime) >= REFRESH_MS
  );
}

function projected(advice: Advice): RecommendationStatus {
  const { evidence } = advice;
  return {
    id: advice.id,
    summary: clipped(withPair(advice), 1_024),
    confidence: advice.confidence,
    current: figuresStatus(advice.current),
    expected: figuresStatus(advice.expected),
    evidence: {
      fromTime: timestampOf(evidence.fromMs),
      toTime: timestampOf(evidence.toMs),
      nodeHours: evidence.nodeHours.toFixed(2),
      podStarts: evidence.podStarts,
    },
    binding: clipped(advice.binding, 128),
    ...(advice.unmet === undefined ? {} : { unmet: clipped(advice.unmet.sentence, 1_024) }),
    ...(advice.liveViolations.length === 0
      ? {}
      : { currentBreaks: advice.liveViolations.map(({ sentence }) => clipped(sentence, 512)) }),
    ...(advice.addressPair === undefined ? {} : { addressPair: clipped(advice.addressPair.sentence, 512) }),
    ...(advice.otherMode === undefined ? {} : { otherMode: clipped(advice.otherMode.sentence, 512) }),
    evaluationTime: timestampOf(advice.evaluatedAtMs),
  };
}

/** Worth knowing even where it may not be done. */
function withPair({ summary, addressPair }: Advice): string {
  if (addressPair?.isBetter !== true) return summary;
  const { values, figures } = addressPair;
  const idle = amount(figures.idleAddressesPerNode);
  return `${summary} With settings.warmIP and minimumIP allowed: ${assignments(values)} and ${idle} idle.`;
}

function figuresStatus(figures: Figures): FiguresStatus {
  return {
    heldAddressesPerNode: amount(figures.heldAddressesPerNode),
    assignedAddressesPerNode: amount(figures.assignedAddressesPerNode),
    idleAddressesPerNode: amount(figures.idleAddressesPerNode),
    delayedPods: percent(figures.delayedPodsShare),
    unavoidableDelayedPods: percent(figures.unavoidableDelayedPodsShare),
    ec2CallsPerNodeHour: amount(figures.ec2CallsPerNodeHour),
    mutatingEC2CallsPerNodeHour: amount(figures.mutatingEc2CallsPerNodeHour),
    eniCyclesPerNodeDay: amount(figures.eniCyclesPerNodeDay),
    scorePerNodeHour: amount(figures.scorePerNodeHour),
  };
}
