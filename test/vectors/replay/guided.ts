/** Guided replay: every free choice is the recording's, everything else must come out the same. */
import type { CallFate, Director, MadeCall } from './virtual-node.ts';
import { VirtualNode } from './virtual-node.ts';
import { Diverged, callRecord, isSameCall, stateDifferences, tellAnswer, tellCall } from './difference.ts';
import type { Difference } from './difference.ts';
import type { EC2Request } from '../../../src/ipamd/ec2-calls.ts';
import { guidedChoices } from './guided-choices.ts';
import { recordedStates } from './recorded-states.ts';
import type { PodOutcome, RecordedCall, StateRecord, VectorLine } from './vector-line.ts';

const NOT_FOUND = 'InvalidNetworkInterfaceID.NotFound';
/** Ends of a wait that the recording does not show are tried one after another, at most so often. */
const MOST_TRIES = 300;

/** The first difference, or `undefined` when the line is replayed exactly. */
export function replayGuided(line: VectorLine, mostTries = MOST_TRIES): Difference | undefined {
  let path: number[] = [];
  let furthest: Difference | undefined;
  for (let tries = 0; tries < mostTries; tries++) {
    const attempt = new GuidedReplay(line, path);
    const difference = attempt.run();
    if (difference === undefined) return undefined;
    if (furthest === undefined || difference.t > furthest.t) furthest = difference;
    const next = nextPath(attempt.taken);
    if (next === undefined) return furthest;
    path = next;
  }
  return furthest;
}

type Taken = { readonly option: number; readonly of: number };

/** Depth first: the last pick that has another option. */
function nextPath(taken: readonly Taken[]): number[] | undefined {
  const last = taken.findLastIndex(({ option, of }) => option + 1 < of);
  return last === -1
    ? undefined
    : taken.slice(0, last + 1).map(({ option }, index) => option + (index === last ? 1 : 0));
}

class GuidedReplay {
  readonly taken: Taken[] = [];
  readonly #line: VectorLine;
  readonly #subnets: readonly string[];
  readonly #node: VirtualNode;
  readonly #recordedAt: (t: number) => StateRecord | undefined;
  readonly #lifecycle: readonly { readonly t: number; readonly what: string }[];
  #call = 0;
  #pod = 0;
  #stage = 0;

  constructor(line: VectorLine, path: readonly number[]) {
    this.#line = line;
    this.#subnets = line.ec2.subnets.map((subnet) => subnet.id);
    this.#recordedAt = recordedStates(line.trajectory);
    this.#lifecycle = line.lifecycle.filter(({ what }) => what !== 'outsideAssign');
    this.#node = new VirtualNode(line, this.#director(path));
  }

  run(): Difference | undefined {
    try {
      this.#node.run();
      this.#expectEnd();
      return undefined;
    } catch (error) {
      if (error instanceof Diverged) return error.difference;
      throw error;
    }
  }

  #director(path: readonly number[]): Director {
    return {
      choices: guidedChoices({
        line: this.#line,
        upcoming: (ahead) => this.#line.ec2Calls[this.#call + ahead],
        outcome: () => this.#line.podOutcomes[this.#pod],
        node: () => this.#node,
        pick: (options) => {
          const option = path[this.taken.length] ?? 0;
          this.taken.push({ option, of: options.length });
          return options[option] ?? 0;
        },
      }),
      random: () => 0,
      onCall: (call) => this.#onCall(call),
      onAnswer: ({ request }, answer) => {
        const recorded = this.#fates.get(request);
        if (recorded === undefined || (recorded.err === undefined) === answer.ok) return;
        this.#diverge('call', tellCall(recorded), `${request.action}: ${tellAnswer(answer)}`);
      },
      onState: (state) => this.#onState(state),
      onLifecycle: (what) => this.#onLifecycle(what),
      podMs: () => this.#line.podOutcomes[this.#pod]?.t ?? Number.POSITIVE_INFINITY,
      pods: () => this.#pods(),
    };
  }

  readonly #fates = new WeakMap<EC2Request, RecordedCall>();

  #onCall({ t, request }: MadeCall): CallFate {
    const recorded = this.#line.ec2Calls[this.#call];
    const made = callRecord(t, request, this.#subnets);
    if (recorded === undefined || !isSameCall(made, recorded)) {
      this.#diverge('call', tellCall(recorded), tellCall(made));
    }
    this.#call++;
    if (recorded === undefined) return { ms: 0 };
    if (recorded.err === NOT_FOUND || recorded.err === undefined) this.#fates.set(request, recorded);
    const given = recorded.op === 'UnassignPrivateIpAddresses' ? undefined : recorded.addr;
    return {
      ms: recorded.ms ?? 0,
      ...(recorded.err === undefined || recorded.err === NOT_FOUND ? { given } : { code: recorded.err }),
    };
  }

  #onState(state: StateRecord): void {
    const recorded = this.#recordedAt(state.t);
    if (recorded === undefined) return;
    const [first] = stateDifferences(state, recorded, { freePrefixes: true, perENI: true });
    if (first !== undefined) this.#diverge(`state (${first.field})`, first.recorded, first.model);
  }

  #onLifecycle(what: string): void {
    const recorded = this.#lifecycle[this.#stage];
    this.#stage++;
    const t = Math.floor(this.#node.nowMs);
    if (recorded?.what === what && recorded.t === t) return;
    this.#diverge(
      'lifecycle',
      recorded === undefined ? 'nothing' : `${recorded.what} at ${recorded.t}`,
      `${what} at ${t}`,
    );
  }

  #pods(): void {
    for (;;) {
      const outcome = this.#line.podOutcomes[this.#pod];
      if (outcome === undefined || outcome.t > this.#node.nowMs) return;
      if (outcome.op === 'add') this.#add(outcome);
      else if (outcome.err !== 'not-placed') this.#delete(outcome);
      this.#pod++;
    }
  }

  #add(outcome: PodOutcome): void {
    const isDown = this.#node.phase !== 'run';
    const given = this.#node.addPod(outcome.pod);
    const model = given === undefined ? (isDown ? 'ipamd-down' : 'no-address') : `address ${given.addr}`;
    const recorded = outcome.ok ? `address ${outcome.addr ?? 0}` : (outcome.err ?? '');
    if (model !== recorded) this.#diverge('pod', `${outcome.pod} ${recorded}`, `${outcome.pod} ${model}`);
  }

  #delete(outcome: PodOutcome): void {
    const given = this.#node.deletePod(outcome.pod);
    const model = typeof given === 'string' ? given : `address ${given.addr}`;
    const recorded = outcome.ok ? `address ${outcome.addr ?? 0}` : (outcome.err ?? '');
    if (model !== recorded)
      this.#diverge('pod', `${outcome.pod} leaves: ${recorded}`, `${outcome.pod} leaves: ${model}`);
  }

  #expectEnd(): void {
    const call = this.#line.ec2Calls[this.#call];
    if (call !== undefined && call.t <= this.#line.durationMs) this.#diverge('call', tellCall(call), 'no call');
    const stage = this.#lifecycle[this.#stage];
    if (stage !== undefined && stage.t <= this.#line.durationMs) {
      this.#diverge('lifecycle', `${stage.what} at ${stage.t}`, 'nothing');
    }
  }

  #diverge(what: string, recorded: string, model: string): never {
    throw new Diverged({ t: Math.floor(this.#node.nowMs), what, recorded, model });
  }
}
