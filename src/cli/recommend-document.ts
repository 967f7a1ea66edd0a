/** What `recommend` answers: the documented value (docs/reference/recommend.schema.json), and tables for people. */
import { DEFAULT_LATENCIES, DEFAULT_LEAD_MS, DEFAULT_METADATA_LAG_MS, DEFAULT_RETRY_MS } from '../ipamd/simulate.ts';
import { toEnv } from '../ipamd/warm-settings.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { Advice, Candidate, Figures, SettingRanges, SettingValues, ShapeAdvice } from '../tuning/advice.ts';
import { assignments, valuesThatCount, variableOf } from '../tuning/counting-settings.ts';
import { duration, percent } from '../tuning/recommend/wording.ts';
import type { DemandAdvice } from './demand-advice.ts';
import type { DemandMode } from './demand-shapes.ts';
import type { Answer, Section } from './output.ts';

/** The released version whose behaviour the model was proved against. */
const MODELLED_CNI = 'v1.23.1';
const DIGITS = 6;

type Figured = Readonly<Record<string, number>>;

export type RecommendDocument = {
  readonly mode: DemandMode;
  /** What would be written; empty when there is no advice. */
  readonly env: Readonly<Record<string, string>>;
  readonly expected: Figured | null;
  readonly current: ({ readonly env: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>) | null;
  readonly confidence: 'None' | 'Low' | 'Medium' | 'High';
  readonly binding: string;
  readonly summary: string;
  readonly unmet: string | null;
  readonly uncapped: Readonly<Record<string, string>>;
  readonly ranges: Readonly<Record<string, { readonly lower: number; readonly upper: number }>>;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly candidates: readonly Readonly<Record<string, unknown>>[];
  readonly shapes: readonly Readonly<Record<string, unknown>>[];
  readonly addressPair: Readonly<Record<string, unknown>> | null;
  readonly otherMode: Readonly<Record<string, unknown>> | null;
};

export function documentOf(advised: DemandAdvice, mode: DemandMode): RecommendDocument {
  const { recommendation, live } = advised;
  const evidence = evidenceOf(advised);
  if (recommendation.kind === 'Undecided') {
    const { reason: binding } = recommendation;
    const summary = whyNothing(advised);
    const nothing = {
      env: {},
      expected: null,
      current: null,
      unmet: null,
      uncapped: {},
      ranges: {},
      candidates: [],
      shapes: [],
      addressPair: null,
      otherMode: null,
    };
    return { mode, ...nothing, confidence: 'None', binding, summary, evidence };
  }
  const { values, uncapped, current, expected, confidence, binding, summary, unmet, candidates } = recommendation;
  const { ranges, shapes, liveViolations } = recommendation;
  return {
    mode,
    env: envOf(values),
    expected: figuresOf(expected),
    current: { env: envOf(live), ...figuresOf(current), breaks: liveViolations.map(({ sentence }) => sentence) },
    confidence,
    binding,
    summary,
    unmet: unmet?.sentence ?? null,
    uncapped: envOf(uncapped),
    ranges: rangesOf(ranges),
    evidence,
    candidates: candidates.map(candidateOf),
    shapes: shapes.map(shapeOf),
    addressPair: addressPairOf(recommendation),
    otherMode: otherModeOf(recommendation),
  };
}

function whyNothing({ recommendation, watchedMs, minimumMs }: DemandAdvice): string {
  if (recommendation.kind === 'Advice') return '';
  if (recommendation.reason !== 'CollectingHistory' || watchedMs >= minimumMs) return recommendation.message;
  const [seen, asked] = [duration(watchedMs), duration(minimumMs)];
  return `Too little history for a number: the log covers ${seen} and --minimum-history asks for ${asked}. Record for longer.`;
}

function envOf(values: SettingValues): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(toEnv(values)).map(([name, value]) => [name, String(value)]));
}

function candidateOf({ values, figures, violations, lostBecause }: Candidate): Readonly<Record<string, unknown>> {
  const broken = violations.map(({ sentence }) => sentence);
  return { env: envOf(values), ...figuresOf(figures), breaks: broken, lostBecause: lostBecause ?? null };
}

function rangesOf(ranges: SettingRanges): RecommendDocument['ranges'] {
  return Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const range = ranges[name];
      return range === undefined ? [] : [[variableOf(name), range]];
    }),
  );
}

function shapeOf(shape: ShapeAdvice): Readonly<Record<string, unknown>> {
  const { instanceType, maxPods, nodes, podsP50, podsP99, current, expected, best, regretPerNodeHour } = shape;
  return {
    instanceType,
    maxPods,
    nodes,
    podsP50,
    podsP99,
    current: figuresOf(current),
    expected: figuresOf(expected),
    best: envOf(valuesThatCount(best)),
    regretPerNodeHour: rounded(regretPerNodeHour),
  };
}

function addressPairOf({ addressPair }: Advice): RecommendDocument['addressPair'] {
  if (addressPair === undefined) return null;
  const { values, figures, isBetter, sentence } = addressPair;
  return { env: envOf(values), ...figuresOf(figures), isBetter, summary: sentence };
}

function otherModeOf({ otherMode }: Advice): RecommendDocument['otherMode'] {
  if (otherMode === undefined) return null;
  const { mode, best, byDefault, needs, sentence } = otherMode;
  const told = ({ values, figures }: typeof best): Readonly<Record<string, unknown>> => ({
    env: envOf(values),
    ...figuresOf(figures),
  });
  return { mode, best: told(best), byDefault: told(byDefault), needs, summary: sentence };
}

function figuresOf(figures: Figures): Figured {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)]));
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}

function evidenceOf({ recalled, watchedMs }: DemandAdvice): Readonly<Record<string, unknown>> {
  const { evidence, unknownInstanceTypes, shapes } = recalled;
  return {
    fromSeconds: evidence.fromMs / 1000,
    toSeconds: evidence.toMs / 1000,
    watchedSeconds: watchedMs / 1000,
    nodeHours: rounded(evidence.nodeHours),
    podStarts: evidence.podStarts,
    shapes: Object.keys(shapes).toSorted(),
    unknownInstanceTypes,
    model: {
      cni: MODELLED_CNI,
      latenciesMs: DEFAULT_LATENCIES,
      metadataLagMs: DEFAULT_METADATA_LAG_MS,
      retryMs: DEFAULT_RETRY_MS,
      leadMs: DEFAULT_LEAD_MS,
    },
  };
}

export function answerOf(advised: DemandAdvice, mode: DemandMode): Answer {
  const value = documentOf(advised, mode);
  const { recommendation } = advised;
  const unknown = advised.recalled.unknownInstanceTypes;
  const skipped: readonly Section[] =
    unknown.length === 0
      ? []
      : [paragraph(`Left out, because nobody knows their limits: nodes of type ${unknown.join(', ')}.`)];
  if (recommendation.kind === 'Undecided') {
    return { value, sections: [paragraph(`No advice (${recommendation.reason}): ${value.summary}`), ...skipped] };
  }
  const evidence = `Confidence ${value.confidence}: ${Math.round(recommendation.evidence.nodeHours)} node-hours, ${recommendation.evidence.podStarts} pod starts. Decided by ${value.binding}.`;
  return {
    value,
    sections: [
      paragraph(value.summary),
      paragraph(`${evidence} ${possibleText(recommendation.ranges)}`),
      ...skipped,
      tableOf(recommendation.candidates),
      shapesTable(recommendation.shapes),
      ...[recommendation.addressPair, recommendation.otherMode].flatMap((beside) =>
        beside === undefined ? [] : [paragraph(beside.sentence)],
      ),
    ],
  };
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}

/** `The evidence leaves possible: WARM_ENI_TARGET 0 to 1.` */
function possibleText(ranges: SettingRanges): string {
  const texts = SETTING_NAMES.flatMap((name) => {
    const { lower, upper } = ranges[name] ?? {};
    if (lower === undefined || upper === undefined) return [];
    return [lower === upper ? `${variableOf(name)} ${lower}` : `${variableOf(name)} ${lower} to ${upper}`];
  });
  return `The evidence leaves possible: ${texts.join(', ')}.`;
}

function shapesTable(shapes: readonly ShapeAdvice[]): Section {
  return {
    kind: 'Table',
    title: 'By instance type',
    columns: [
      { key: 'type', title: 'Type' },
      { key: 'pods', title: 'Pods p50/p99' },
      { key: 'idle', title: 'Idle/node' },
      { key: 'delayed', title: 'Delayed' },
      { key: 'best', title: 'Best alone' },
      { key: 'regret', title: 'Regret' },
    ],
    rows: shapes.map(({ instanceType, maxPods, podsP50, podsP99, expected, best, regretPerNodeHour }) => ({
      type: `${instanceType}/${maxPods}`,
      pods: `${podsP50}/${podsP99}`,
      idle: Number(expected.idleAddressesPerNode.toFixed(1)),
      delayed: percent(expected.delayedPodsShare),
      best: assignments(valuesThatCount(best)),
      regret: Number(regretPerNodeHour.toFixed(2)),
    })),
  };
}

function tableOf(candidates: readonly Candidate[]): Section {
  return {
    kind: 'Table',
    title: 'Candidates, best first',
    columns: [
      { key: 'setting', title: 'Setting' },
      { key: 'idle', title: 'Idle/node' },
      { key: 'delayed', title: 'Delayed' },
      { key: 'calls', title: 'Calls/h' },
      { key: 'score', title: 'Score' },
      { key: 'why', title: 'Why not', wideOnly: true },
    ],
    rows: candidates.map(({ values, figures, lostBecause }) => ({
      setting: assignments(values),
      idle: Number(figures.idleAddressesPerNode.toFixed(1)),
      delayed: percent(figures.delayedPodsShare),
      calls: Number(figures.ec2CallsPerNodeHour.toFixed(2)),
      score: Number(figures.scorePerNodeHour.toFixed(2)),
      why: lostBecause ?? 'recommended',
    })),
  };
}
