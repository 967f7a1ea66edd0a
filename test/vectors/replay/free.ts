/** Free run: the model makes its own choices from a seed; what the recording calls deterministic must come out. */
import { seededChoices } from '../../../src/ipamd/pool/choices.ts';
import { seededRandom } from '../../../src/ipamd/random.ts';
import { callRecord, stateDifferences, tellCall } from './difference.ts';
import type { Difference } from './difference.ts';
import { FreePods } from './free-pods.ts';
import { recordedStates } from './recorded-states.ts';
import { VirtualNode } from './virtual-node.ts';
import type { CallFate, MadeCall } from './virtual-node.ts';
import type { PodOutcome, RecordedCall, StateRecord, VectorLine } from './vector-line.ts';

/** Lines whose totals depend on chance are not compared. */
export function isFreelyComparable(line: VectorLine): boolean {
  return !line.nondeterministic.includes('totals');
}

/** The first difference, or `undefined` when all that the line calls deterministic came out the same. */
export function replayFreely(line: VectorLine, seed: number): Difference | undefined {
  const run = freeRun(line, seed);
  const differences = [run.stateDifference, differenceOf(line, run)].filter((difference) => difference !== undefined);
  return differences.sort((a, b) => a.t - b.t)[0];
}

type FreeRun = {
  readonly calls: readonly RecordedCall[];
  readonly outcomes: readonly PodOutcome[];
  readonly lifecycle: readonly { readonly t: number; readonly what: string }[];
  readonly stateDifference: Difference | undefined;
};

function freeRun(line: VectorLine, seed: number): FreeRun {
  const random = seededRandom(seed);
  const pods = new FreePods(line);
  const calls: RecordedCall[] = [];
  const lifecycle: { t: number; what: string }[] = [];
  const recordedAt = recordedStates(line.trajectory);
  const subnets = line.ec2.subnets.map((subnet) => subnet.id);
  let stateDifference: Difference | undefined;
  const node = new VirtualNode(line, {
    choices: seededChoices(random),
    random,
    onCall: (call) => {
      const fate = fateOf(line, call);
      calls.push({
        ...callRecord(call.t, call.request, subnets),
        ...(fate.code === undefined ? {} : { err: fate.code }),
      });
      made.set(call.request, calls.length - 1);
      return fate;
    },
    onAnswer: ({ request }, answer) => {
      const index = made.get(request) ?? -1;
      const call = calls[index];
      if (call !== undefined && !answer.ok) calls[index] = { ...call, err: answer.code };
    },
    onState: (state) => {
      stateDifference ??= stateDifferenceAt(line, state, recordedAt(state.t));
    },
    onLifecycle: (what, { nowMs }) => {
      lifecycle.push({ t: Math.floor(nowMs), what });
    },
    podMs: () => pods.nextMs(),
    pods: (at) => pods.happen(at),
  });
  const made = new WeakMap<object, number>();
  node.run();
  return { calls, outcomes: pods.outcomes, lifecycle, stateDifference };
}

function fateOf(line: VectorLine, { t, request }: MadeCall): CallFate {
  const ms = line.ec2.latencyMs[request.action] ?? 0;
  const fault = line.ec2.faults.find(
    ({ fromMs, toMs, ops }) => fromMs <= t && t < toMs && (ops.includes('*') || ops.includes(request.action)),
  );
  return { ms, code: fault?.code };
}

function stateDifferenceAt(
  line: VectorLine,
  state: StateRecord,
  recorded: StateRecord | undefined,
): Difference | undefined {
  if (recorded === undefined) return undefined;
  const freePrefixes = !line.nondeterministic.includes('freePrefixes');
  const [first] = stateDifferences(state, recorded, { freePrefixes, perENI: false });
  if (first === undefined) return undefined;
  return { t: state.t, what: `state (${first.field})`, recorded: first.recorded, model: first.model };
}

function differenceOf(line: VectorLine, run: FreeRun): Difference | undefined {
  const isOpen = (what: string): boolean => line.nondeterministic.includes(what);
  const lifecycle = line.lifecycle.filter(({ what }) => what !== 'outsideAssign');
  const parts = [
    isOpen('calls') ? undefined : firstListDifference('call', line.ec2Calls, run.calls, tellBare),
    isOpen('outcomes') ? undefined : firstListDifference('pod', inOrder(line), ordered(run.outcomes), tellOutcome),
    isOpen('lifecycle')
      ? undefined
      : firstListDifference('lifecycle', lifecycle, run.lifecycle, ({ t, what }) => `${what} at ${t}`),
  ];
  return parts.filter((part) => part !== undefined).sort((a, b) => a.t - b.t)[0];
}

/** Time, name, size and error of a call: what does not depend on chance. */
function tellBare({ t, op, n, kind, err }: RecordedCall): string {
  return tellCall({
    t,
    op,
    ...(n === undefined || n === 0 ? {} : { n }),
    ...(kind === undefined ? {} : { kind }),
    ...(err === undefined ? {} : { err }),
  });
}

function tellOutcome({ t, op, pod, ok, err }: PodOutcome): string {
  return `${op} ${pod} ${ok ? 'done' : (err ?? 'refused')} at ${t}`;
}

function inOrder(line: VectorLine): readonly PodOutcome[] {
  return ordered(line.podOutcomes);
}

/** At one time the order of pods is by chance. */
function ordered(outcomes: readonly PodOutcome[]): readonly PodOutcome[] {
  return outcomes.toSorted((a, b) => a.t - b.t || (a.pod < b.pod ? -1 : 1));
}

function firstListDifference<T extends { readonly t: number }>(
  what: string,
  recorded: readonly T[],
  model: readonly T[],
  tell: (entry: T) => string,
): Difference | undefined {
  for (let index = 0; index < Math.max(recorded.length, model.length); index++) {
    const theirs = recorded[index];
    const ours = model[index];
    const texts = [theirs, ours].map((entry) => (entry === undefined ? 'nothing' : tell(entry)));
    const [theirText = '', ourText = ''] = texts;
    if (theirText !== ourText) {
      const t = Math.min(theirs?.t ?? Number.POSITIVE_INFINITY, ours?.t ?? Number.POSITIVE_INFINITY);
      return { t, what, recorded: theirText, model: ourText };
    }
  }
  return undefined;
}
