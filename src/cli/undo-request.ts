/** A request to undo from a terminal: what it will do, the question, the request, and what came of it. */
import { ORIGINALS_ANNOTATION, ROLLBACK_ANNOTATION } from '../api/cnituning.ts';
import type { Desk } from '../kube/desk.ts';
import type { TuningObject } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import type { Undo } from '../tuning/advice.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import { parseOriginals } from '../tuning/originals.ts';
import { duration } from '../tuning/recommend/wording.ts';
import type { DaemonSetView } from '../tuning/snapshot.ts';
import { undoOf } from '../tuning/undo.ts';
import type { Answered, Surroundings } from './command.ts';
import { CannotAnswer, WrongInput } from './command.ts';
import { tuningOf } from './state-input.ts';
import { nothingUndone, undoneAnswer } from './undo-answer.ts';

export type Asking = {
  readonly name: string;
  readonly isConfirmed: boolean;
  readonly timeoutMs: number;
  readonly surroundings: Surroundings;
};

const LOOK_MS = 500;
const MOST_TRIES = 5;

/** Throws WrongInput, CannotAnswer and PortError. */
export async function undoByRequest(desk: Desk, asking: Asking): Promise<Answered> {
  const { name, surroundings } = asking;
  const object = tuningOf({ tunings: await desk.tunings() }, name);
  const token = `undo-${new Date(surroundings.nowMs()).toISOString()}`;
  const daemonSet = await desk.daemonSet(object.spec.daemonSetRef);
  const expected = expectedOf(object, daemonSet, token);
  if (expected === undefined || expected.undone === '') return nothingUndone(object.name, expected?.message);
  await confirmed(question(object, daemonSet, expected), asking);
  await request(desk, object, { token, expected });
  const handled = await untilHandled(desk, object.name, { token, asking });
  const after = await desk.daemonSet(object.spec.daemonSetRef);
  return undoneAnswer(handled, after, token);
}

/** The operator's own decision, by what is on record now. */
function expectedOf(object: TuningObject, daemonSet: DaemonSetView | undefined, token: string): Undo | undefined {
  return undoOf({
    token,
    lastHandled: undefined,
    noted: undefined,
    changes: object.status?.changes ?? [],
    forbidden: object.deletionRequested ? 'it is being deleted, which gives every variable back.' : undefined,
    daemonSet,
    live: daemonSet?.containerFound === true ? liveSettingsOf(daemonSet) : undefined,
    originals: parseOriginals(daemonSet?.annotations[ORIGINALS_ANNOTATION]),
  });
}

function question(
  { name }: TuningObject,
  daemonSet: DaemonSetView | undefined,
  { way, message, undone }: Undo,
): string {
  const { ref, desired = 0 } = daemonSet ?? {};
  const restart =
    way === 'Answer'
      ? ''
      : ` ${ref?.name ?? 'aws-node'} restarts on ${desired} nodes, as many at once as its maxUnavailable allows.`;
  return `${name}: ${message}${restart} cni-tuner does not write ${undone} again until you allow it.`;
}

async function confirmed(sentence: string, { isConfirmed, surroundings }: Asking): Promise<void> {
  if (isConfirmed) return;
  if (surroundings.ask === undefined) {
    throw new WrongInput(`${sentence} There is no terminal to ask on: add --yes to do it.`);
  }
  if (!(await surroundings.ask(`${sentence}\nDo it? [y/N] `))) throw new CannotAnswer('Nothing was done.');
}

/** Of the version that the person has agreed to: a change in between must be agreed to anew. */
async function request(
  desk: Desk,
  first: TuningObject,
  { token, expected }: { readonly token: string; readonly expected: Undo },
): Promise<void> {
  let object = first;
  for (let run = 1; ; run += 1) {
    try {
      return await desk.annotate(object, { [ROLLBACK_ANNOTATION]: token });
    } catch (error) {
      if (!(error instanceof PortError) || error.kind !== 'Conflict' || run >= MOST_TRIES) throw error;
    }
    const now = await desk.tuning(first.name);
    const seen = now && expectedOf(now, await desk.daemonSet(now.spec.daemonSetRef), token);
    if (now === undefined || now.uid !== first.uid || seen?.message !== expected.message) {
      throw new CannotAnswer(`${first.name} has changed meanwhile, and nothing was asked for; run it again.`);
    }
    object = now;
  }
}

type Waiting = { readonly token: string; readonly asking: Asking };

async function untilHandled(desk: Desk, name: string, { token, asking }: Waiting): Promise<TuningObject> {
  const { timeoutMs, surroundings } = asking;
  const progress = surroundings.progress('Waiting for the operator');
  const startMs = surroundings.nowMs();
  try {
    for (;;) {
      const object = await desk.tuning(name);
      if (object === undefined)
        throw new CannotAnswer(`${name} was deleted meanwhile, which gives every variable back.`);
      if (object.status?.lastHandledRollback === token) return object;
      const waitedMs = surroundings.nowMs() - startMs;
      if (waitedMs >= timeoutMs) throw new CannotAnswer(unheard(name, timeoutMs));
      progress.at(waitedMs, timeoutMs);
      await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, timeoutMs - waitedMs)));
    }
  } finally {
    progress.end();
  }
}

function unheard(name: string, timeoutMs: number): string {
  return (
    `The operator has not handled the request within ${duration(timeoutMs)}. It stands, and is carried out as soon as one ` +
    `runs; \`cni-tuner doctor\` says whether one does. To withdraw it: kubectl annotate cnit ${name} ${ROLLBACK_ANNOTATION}-`
  );
}
