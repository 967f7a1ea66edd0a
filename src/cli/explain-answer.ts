/** The story of one CniTuning: status as the operator writes it, told in the order in which people ask. */
import type { CniTuningStatus, FiguresStatus, RecommendationStatus } from '../api/cnituning.generated.ts';
import type { PassRecord } from '../reconcile/pass-record.ts';
import { statusOf } from '../reconcile/status.ts';
import { windowsAt } from '../tuning/windows.ts';
import type { DryPass } from './dry-pass.ts';
import type { Answer, Section, Table } from './output.ts';
import { nextStep } from './next-step.ts';
import { runsOutText } from './runs-out.ts';
import { headline, settingsTable, settingSteps, stalledWrite } from './plan-answer.ts';
import { windowText } from './window-text.ts';

export function explainAnswer({ record }: DryPass): Answer {
  const status = withPublished(statusOf(record), record.object.status);
  const undo = undoCommands(record);
  const windows = windowsAt(record.object.spec.changes.windows, record.startedAtMs);
  return {
    value: { tuning: record.object.name, spec: record.object.spec, status, plan: record.plan, windows, undo },
    sections: [
      paragraph(headline(record)),
      ...troubleSections(record, status),
      settingsTable(settingSteps(record)),
      ...recommendationSections(status.recommendation),
      ...rangeSections(status),
      ...besideSections(status.recommendation),
      ...shapesTable(status),
      ...holdSections(status.hold),
      ...[windowText(windows)].flatMap((text) => (text === undefined ? [] : [paragraph(text)])),
      ...subnetsTable(record),
      conditionsTable(status),
      ...changesTable(status),
      ...originalsTable(status),
      paragraph('To undo:'),
      {
        kind: 'Paragraph',
        isVerbatim: true,
        text: undo.map(({ command, says }) => `  # ${says}\n  ${command}`).join('\n'),
      },
    ],
  };
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}

/** A dry pass meets no refusal and no broken write; only what the operator published tells of them. */
function withPublished(seen: CniTuningStatus, published: CniTuningStatus | undefined): CniTuningStatus {
  return published?.conditions === undefined ? seen : { ...seen, conditions: published.conditions };
}

/** What a dry pass does not come to: a deletion under way, and what went wrong when the operator wrote. */
function troubleSections(record: PassRecord, { conditions = [], hold }: CniTuningStatus): readonly Section[] {
  const { object } = record;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const isTrouble = ready?.status === 'False' && ready.reason !== hold?.reason && stalledWrite(record) === undefined;
  return [
    ...(object.deletionRequested ? [paragraph(DELETED)] : []),
    ...(isTrouble ? [paragraph(`The operator reports ${ready.reason}: ${ready.message}`)] : []),
  ];
}

const DELETED =
  'It is being deleted, and goes when the operator has given back what it wrote; docs/how-to/uninstall.md tells what to do where no operator is left.';

function recommendationSections(recommendation: RecommendationStatus | undefined): readonly Section[] {
  if (recommendation === undefined) return [paragraph('There is no recommendation yet.')];
  const { summary, confidence, binding, evidence, unmet, current, expected } = recommendation;
  const { nodeHours, podStarts, fromTime, toTime } = evidence;
  return [
    paragraph(
      `Recommendation: ${summary} Confidence ${confidence}: ${nodeHours} node-hours and ${podStarts} pod starts between ${fromTime} and ${toTime}. Decided by ${binding}.${unmet === undefined ? '' : ` Not met: ${unmet}`}`,
    ),
    figuresTable(current, expected),
  ];
}

function rangeSections({ settings }: CniTuningStatus): readonly Section[] {
  const ranges = (settings ?? []).flatMap(({ name, lowerBound, upperBound }) => {
    if (lowerBound === undefined || upperBound === undefined) return [];
    return [lowerBound === upperBound ? `${name} ${lowerBound}` : `${name} ${lowerBound} to ${upperBound}`];
  });
  return ranges.length === 0 ? [] : [paragraph(`The evidence leaves possible: ${ranges.join(', ')}.`)];
}

/** What is broken now, and what else could be done: told, never written. */
function besideSections(recommendation: RecommendationStatus | undefined): readonly Section[] {
  const { currentBreaks = [], addressPair, otherMode } = recommendation ?? {};
  const broken = currentBreaks.map((sentence) => paragraph(`The live values break an objective: ${sentence}.`));
  return [...broken, ...[addressPair, otherMode].flatMap((text) => (text === undefined ? [] : [paragraph(text)]))];
}

function shapesTable({ shapes }: CniTuningStatus): readonly Table[] {
  if (shapes === undefined || shapes.length === 0) return [];
  return [
    {
      kind: 'Table',
      title: 'By instance type (idle: now; regret: what one value for all costs it)',
      columns: [
        { key: 'type', title: 'TYPE' },
        { key: 'nodes', title: 'NODES' },
        { key: 'pods', title: 'PODS P50/P99' },
        { key: 'held', title: 'HELD', wideOnly: true },
        { key: 'idle', title: 'IDLE' },
        { key: 'delayed', title: 'DELAYED', wideOnly: true },
        { key: 'best', title: 'BEST ALONE' },
        { key: 'regret', title: 'REGRET' },
      ],
      rows: shapes.map((shape) => ({
        type: `${shape.instanceType}/${shape.maxPods}`,
        nodes: shape.nodes,
        pods: `${shape.podsP50}/${shape.podsP99}`,
        held: shape.heldAddressesPerNode,
        idle: shape.idleAddressesPerNode,
        delayed: shape.delayedPods,
        best: shape.best,
        regret: shape.regretPerNodeHour,
      })),
    },
  ];
}

const FIGURES: readonly (readonly [keyof FiguresStatus, string])[] = [
  ['heldAddressesPerNode', 'addresses held per node'],
  ['assignedAddressesPerNode', 'addresses used by pods, per node'],
  ['idleAddressesPerNode', 'idle addresses per node'],
  ['delayedPods', 'pod starts that wait, avoidably'],
  ['unavoidableDelayedPods', 'pod starts that wait anyway'],
  ['mutatingEC2CallsPerNodeHour', 'changing EC2 calls per node and hour'],
  ['ec2CallsPerNodeHour', 'EC2 calls per node and hour'],
  ['scorePerNodeHour', 'cost per node-hour, lower is better'],
];

function figuresTable(current: FiguresStatus, expected: FiguresStatus): Table {
  return {
    kind: 'Table',
    title: 'On the remembered demand',
    columns: [
      { key: 'figure', title: 'FIGURE' },
      { key: 'live', title: 'LIVE' },
      { key: 'advised', title: 'ADVISED' },
    ],
    rows: FIGURES.map(([key, figure]) => ({ figure, live: current[key], advised: expected[key] })),
  };
}

function holdSections(hold: CniTuningStatus['hold']): readonly Section[] {
  if (hold === undefined) return [];
  const again = hold.recheckTime === undefined ? '' : ` It looks again at ${hold.recheckTime}.`;
  return [
    paragraph(`Held by ${hold.reason} (docs/runbook.md explains each reason).${again}`),
    ...nextStep(hold.message),
  ];
}

function subnetsTable({ snapshot, forecast }: PassRecord): readonly Table[] {
  const subnets = snapshot?.account?.subnets ?? [];
  if (subnets.length === 0) return [];
  const rows = subnets.map(({ id, freeAddresses }) => {
    const found = forecast?.find(({ subnetId }) => subnetId === id);
    const { reserveAddresses: reserve, growthPerDay } = found ?? {};
    return { subnet: id, free: freeAddresses, reserve, growth: growthPerDay, runsOut: runsOutText(found) };
  });
  return [
    {
      kind: 'Table',
      title: 'Subnets, and when they run into their reserve',
      columns: [
        { key: 'subnet', title: 'SUBNET' },
        { key: 'free', title: 'FREE' },
        { key: 'reserve', title: 'RESERVE' },
        { key: 'growth', title: 'PER DAY' },
        { key: 'runsOut', title: 'RUNS OUT (UTC)' },
      ],
      rows,
    },
  ];
}

function conditionsTable({ conditions }: CniTuningStatus): Table {
  return {
    kind: 'Table',
    title: 'Conditions',
    columns: [
      { key: 'type', title: 'TYPE' },
      { key: 'status', title: 'STATUS' },
      { key: 'reason', title: 'REASON' },
      { key: 'message', title: 'MESSAGE', wideOnly: true },
      { key: 'since', title: 'SINCE' },
    ],
    rows: (conditions ?? []).map(({ type, status, reason, message, lastTransitionTime: since }) => ({
      type,
      status,
      reason,
      message,
      since,
    })),
  };
}

function changesTable({ changes }: CniTuningStatus): readonly Table[] {
  if (changes === undefined) return [];
  return [
    {
      kind: 'Table',
      title: 'Changes, newest first',
      columns: [
        { key: 'time', title: 'TIME' },
        { key: 'from', title: 'FROM' },
        { key: 'to', title: 'TO' },
        { key: 'result', title: 'RESULT' },
        { key: 'because', title: 'BECAUSE', wideOnly: true },
      ],
      rows: changes.map(({ time, from, to, result, because }) => ({ time, from, to, result, because })),
    },
  ];
}

function originalsTable({ settings }: CniTuningStatus): readonly Table[] {
  const rows = (settings ?? []).flatMap(({ name, original }) =>
    original === undefined
      ? []
      : [{ variable: name, before: original.state === 'Absent' ? 'absent' : original.value, owner: original.owner }],
  );
  if (rows.length === 0) return [];
  return [
    {
      kind: 'Table',
      title: 'Before our first write',
      columns: [
        { key: 'variable', title: 'VARIABLE' },
        { key: 'before', title: 'VALUE' },
        { key: 'owner', title: 'OWNER' },
      ],
      rows,
    },
  ];
}

/** Is there a change of ours that is not an undo itself? */
function takesBack({ status }: PassRecord['object']): boolean {
  const [last, before] = status?.changes ?? [];
  return last !== undefined && before?.result !== 'Undone';
}

type Undo = { readonly says: string; readonly command: string };

function undoCommands({ object }: PassRecord): readonly Undo[] {
  const { name, spec } = object;
  const patch = (change: object): string =>
    `kubectl patch cnit ${name} --type=merge -p '${JSON.stringify({ spec: change })}'`;
  const end =
    spec.deletionPolicy === 'Restore'
      ? 'end it, and give the variables the values they had before our first write'
      : 'end it, and leave the variables as they are (deletionPolicy is Retain)';
  return [
    { says: 'write nothing more, keep everything as it is', command: patch({ suspend: true }) },
    ...(takesBack(object) ? [{ says: 'take the last change back', command: `cni-tuner undo ${name}` }] : []),
    { says: 'advise only from now on', command: patch({ mode: 'Recommend' }) },
    { says: end, command: `kubectl delete cnit ${name}` },
  ];
}
