/** What stands in the way of good advice and safe changes, thing by thing, from what is known of a cluster. */
import type { CniTuningStatus } from '../api/cnituning.ts';
import { FINALIZER } from '../api/cnituning.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { TuningObject } from '../reconcile/ports.ts';
import { censusOf } from '../tuning/census.ts';
import { variableOf } from '../tuning/counting-settings.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import type { AccountView, ClusterSnapshot, DaemonSetView } from '../tuning/snapshot.ts';
import type { ClusterState, ObservedDaemonSet, OperatorSeen } from './cluster-state.ts';
import { nextStep } from './next-step.ts';
import type { Answer } from './output.ts';

export type Finding = {
  readonly about: string;
  /** `look`: it works, but not as well as it could, or not yet. */
  readonly verdict: 'ok' | 'look' | 'bad';
  readonly says: string;
};

type Said = Omit<Finding, 'about'>;
type Condition = NonNullable<CniTuningStatus['conditions']>[number];

const ok = (says: string): Said => ({ verdict: 'ok', says });
const look = (says: string): Said => ({ verdict: 'look', says });
const bad = (says: string): Said => ({ verdict: 'bad', says });

export function doctorAnswer(state: ClusterState): { readonly answer: Answer; readonly isBad: boolean } {
  const findings = findingsOf(state);
  const isBad = findings.some(({ verdict }) => verdict === 'bad');
  const columns = [
    { key: 'about', title: 'WHAT' },
    { key: 'verdict', title: 'VERDICT' },
    { key: 'says', title: 'BECAUSE' },
  ];
  const table = { kind: 'Table', title: '', columns, rows: findings } as const;
  const value = { takenAt: new Date(state.takenAtMs).toISOString(), isBad, findings };
  const steps = findings.flatMap(({ verdict, says }) => (verdict === 'bad' ? nextStep(says) : []));
  return { answer: { value, sections: [{ kind: 'Paragraph', text: summaryOf(findings) }, table, ...steps] }, isBad };
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']): number => findings.filter((each) => each.verdict === verdict).length;
  return `${count('bad')} bad, ${count('look')} worth a look, ${count('ok')} ok.`;
}

export function findingsOf({ tunings, daemonSets, operator, takenAtMs }: ClusterState): readonly Finding[] {
  const [first] = daemonSets;
  return [
    ...(operator === undefined ? [] : [{ about: 'operator', ...operatorOf(operator, takenAtMs, tunings.length > 0) }]),
    ...(tunings.length === 0 ? [{ about: 'CniTunings', ...look(NO_TUNING) }] : []),
    ...daemonSets.flatMap(daemonSetFindings),
    ...(first === undefined ? [] : accountFindings(first.snapshot.account)),
    ...tunings.flatMap((tuning) => tuningFindings(tuning, takenAtMs)),
  ];
}

/** The chart's Lease runs out after half a minute; the rest is for clocks that differ. */
const RUN_OUT_AFTER_MS = 120_000;

function operatorOf(
  { lease, kind, holder = '', renewedAtMs = 0 }: OperatorSeen,
  nowMs: number,
  isWanted: boolean,
): Said {
  if (kind === 'NotReadable') return look(`Whether one runs cannot be told: you may not read the Lease ${lease}.`);
  if (kind === 'Leads' && holder !== '' && nowMs - renewedAtMs <= RUN_OUT_AFTER_MS) return ok(`${holder} leads.`);
  const seen = `The Lease ${lease} was last renewed at ${new Date(renewedAtMs).toISOString()}`;
  const since = kind === 'NoLease' ? `There is no Lease ${lease}` : seen;
  return (isWanted ? bad : look)(`${since}, so none runs there (another place: --operator); ${DOES_ONE_RUN}`);
}

const NO_TUNING = 'There is none, so nothing is advised; `kubectl apply` one: the README shows the shortest.';

function daemonSetFindings({ ref, snapshot }: ObservedDaemonSet): readonly Finding[] {
  const name = `${ref.namespace}/${ref.name}`;
  const { daemonSet } = snapshot;
  if (daemonSet === undefined) return [{ about: name, ...bad('There is no such DaemonSet; see spec.daemonSetRef.') }];
  if (!daemonSet.containerFound)
    return [{ about: name, ...bad(`It has no container ${ref.container}; see spec.daemonSetRef.container.`) }];
  return [
    { about: name, ...podsOf(daemonSet) },
    { about: `${name}, environment`, ...environmentOf(daemonSet) },
    { about: 'nodes', ...nodesOf(snapshot) },
    { about: 'pods without an address', ...failuresOf(snapshot) },
  ];
}

function podsOf({ desired, ready, updated, updateStrategy }: DaemonSetView): Said {
  const state = `${ready} of ${desired} pods are ready, ${updated} of the newest template.`;
  if (updateStrategy === 'OnDelete')
    return look(`${state} Its update strategy is OnDelete: a change reaches no node by itself.`);
  return ready < desired || updated < desired ? look(state) : ok(state);
}

/** What the CNI makes of it, and who owns the values. */
function environmentOf(daemonSet: DaemonSetView): Said {
  const { refusal, problems, entries } = liveSettingsOf(daemonSet);
  if (refusal !== undefined) return bad(`The container does not start with it: ${refusal}`);
  const owned = SETTING_NAMES.flatMap((name) => {
    const entry = entries[name];
    if (entry === undefined) return [];
    const owners = entry.valueOwners.map(({ manager }) => manager).join(', ') || 'nobody';
    return [`${variableOf(name)}=${entry.value ?? '(from elsewhere)'} of ${owners}`];
  });
  const values = owned.length === 0 ? 'No warm target is set.' : `${owned.join('; ')}.`;
  if (problems.length === 0) return ok(values);
  return look(`${problems.map(({ sentence }) => sentence).join('; ')}. ${values}`);
}

function nodesOf(snapshot: ClusterSnapshot): Said {
  const { total, tuned, skipped, unknownInstanceTypes } = censusOf(snapshot, {});
  const left = Object.entries(skipped).map(([reason, nodes]) => `${nodes} ${reason}`);
  const types = unknownInstanceTypes.length === 0 ? '' : ` (${unknownInstanceTypes.join(', ')})`;
  const said = `${tuned.length} of ${total} can be judged${left.length === 0 ? '' : `; left out: ${left.join(', ')}${types}`}.`;
  if (tuned.length === 0) return bad(`${said} There is nothing to tune.`);
  return left.length === 0 ? ok(said) : look(said);
}

function failuresOf({ addressFailures, failuresObserved }: ClusterSnapshot): Said {
  const pods = addressFailures.reduce((sum, failing) => sum + failing.pods, 0);
  if (pods > 0)
    return bad(`${pods} on ${addressFailures.length} nodes; \`cni-tuner top subnets\` says where room is left.`);
  return failuresObserved === false ? look('Nobody can tell: events may not be read.') : ok('None.');
}

function accountFindings(account: AccountView | undefined): readonly Finding[] {
  const about = 'EC2, read as you';
  if (account === undefined) return [{ about, ...look('It was not read.') }];
  const { gaps, subnets, throttledCallsByAction } = account;
  const throttled = Object.entries(throttledCallsByAction ?? {}).map(([action, calls]) => `${action} (${calls} calls)`);
  const read = ok(`Subnets with nodes of this cluster: ${subnets?.length ?? 0}.`);
  return [
    { about, ...(gaps.length === 0 ? read : look(gaps.map(({ message }) => message).join(' '))) },
    ...(throttled.length === 0 ? [] : [{ about: 'EC2 throttles', ...look(`${throttled.join(', ')}; changes wait.`) }]),
  ];
}

function tuningFindings(tuning: TuningObject, nowMs: number): readonly Finding[] {
  const { name, status } = tuning;
  return [
    { about: name, ...(deletionOf(tuning) ?? silenceOf(tuning, nowMs) ?? readinessOf(tuning)) },
    ...informing(status).map(({ type, message }) => ({ about: `${name}, ${type}`, ...look(message) })),
    ...(status?.subnets ?? []).flatMap((subnet) => subnetFindings(name, subnet)),
  ];
}

/** An operator that runs writes its advice anew every hour; what a stopped one said last may look well for ever. */
const SILENT_AFTER_MS = 3 * 3_600_000;
const DOES_ONE_RUN = '`kubectl get pods -A -l app.kubernetes.io/name=cni-tuner` says whether one runs.';

function silenceOf({ spec, status }: TuningObject, nowMs: number): Said | undefined {
  const advisedAt = status?.recommendation?.evaluationTime;
  if (status === undefined || advisedAt === undefined || spec.suspend) return undefined;
  const advises = conditionOf(status, 'Recommended')?.status === 'True';
  if (!advises || nowMs - Date.parse(advisedAt) <= SILENT_AFTER_MS) return undefined;
  return look(`Its advice is of ${advisedAt}, and an operator renews it every hour; ${DOES_ONE_RUN}`);
}

/** What a deletion waits for is the finalizer's owner: the operator, or another program. */
function deletionOf({ deletionRequested, hasFinalizer, status }: TuningObject): Said | undefined {
  if (!deletionRequested) return undefined;
  if (!hasFinalizer) return look("It is being deleted, and waits for a finalizer that is not the operator's.");
  const waits = `It is being deleted, and waits for the operator to give back what it wrote (finalizer ${FINALIZER}).`;
  const ready = status === undefined ? undefined : conditionOf(status, 'Ready');
  if (ready?.reason === 'Restoring') return look(`${waits} The operator reports: ${ready.message}`);
  return bad(`${waits} It has not reported that it does; ${DOES_ONE_RUN} Without one: docs/how-to/uninstall.md.`);
}

function readinessOf({ generation, status }: TuningObject): Said {
  if (status === undefined || status.observedGeneration < 0)
    return bad(`No operator has reported on it; ${DOES_ONE_RUN}`);
  if (status.observedGeneration < generation) return look('The operator has not seen its newest spec yet.');
  const ready = conditionOf(status, 'Ready');
  if (ready?.status === 'True') return ok(ready.message);
  return (conditionOf(status, 'Stalled') === undefined ? look : bad)(ready?.message ?? 'It has no condition Ready.');
}

/** Conditions that do not touch Ready and say no; an operator that was told to leave AWS alone is not in want of it. */
function informing(status: CniTuningStatus | undefined): readonly Condition[] {
  return ['SubnetsObserved', 'FailuresObserved', 'HistoryKept'].flatMap((type) => {
    const found = status === undefined ? undefined : conditionOf(status, type);
    return found?.status === 'False' && found.reason !== 'SwitchedOff' ? [found] : [];
  });
}

function conditionOf({ conditions = [] }: CniTuningStatus, type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

type Subnet = NonNullable<CniTuningStatus['subnets']>[number];

function subnetFindings(name: string, { id, free, reserve, outlook, exhaustionTime }: Subnet): readonly Finding[] {
  const about = `${name}, subnet ${id}`;
  if (outlook === 'InReserve')
    return [{ about, ...look(`${free} addresses are free, less than its reserve of ${reserve ?? 0}.`) }];
  if (outlook === 'Expected')
    return [{ about, ...look(`It will likely run into its reserve at ${exhaustionTime ?? 'an unknown time'}.`) }];
  return [];
}
