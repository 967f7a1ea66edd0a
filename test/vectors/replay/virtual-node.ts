/**
 * A node in virtual time: ipamd processes that come and go on one instance, with pods, outside hands and faults.
 * What happens is asked of a `Director`: one that reads the recording, or one that plays the script freely.
 */
import type { EC2Request, EC2Response } from '../../../src/ipamd/ec2-calls.ts';
import type { Choices } from '../../../src/ipamd/pool/choices.ts';
import { allocations } from '../../../src/ipamd/pool/pod-addresses.ts';
import type { Allocation } from '../../../src/ipamd/pool/pod-addresses.ts';
import { addNetwork, delNetwork } from '../../../src/ipamd/pool/pod-network.ts';
import { runIpamd, runTimers } from '../../../src/ipamd/pool/pool-manager.ts';
import { newIpamd, setUnschedulable } from '../../../src/ipamd/pool/process.ts';
import type { Ipamd } from '../../../src/ipamd/pool/process.ts';
import { nextTimerMs, resume, startRun, stepMs } from '../../../src/ipamd/pool/run.ts';
import type { Run } from '../../../src/ipamd/pool/run.ts';
import { SimulatedInstance } from '../../../src/ipamd/replay/simulated-instance.ts';
import type { Given, SimulatedSubnet } from '../../../src/ipamd/replay/simulated-eni.ts';
import { SubnetSpace } from '../../../src/ipamd/subnet-space.ts';
import { fromEnv } from '../../../src/ipamd/warm-settings.ts';
import { eniNumber, stateOf } from './node-state.ts';
import { outsideStep } from './outside.ts';
import { isTrunkCompatible } from './vector-line.ts';
import type { RecordedSubnet, ScriptStep, StateRecord, VectorLine } from './vector-line.ts';

/** A call as the node made it. */
export type MadeCall = { readonly t: number; readonly request: EC2Request };

export type Director = {
  readonly choices: Choices;
  /** How long a call takes, and its result if that is not up to the instance. */
  readonly onCall: (call: MadeCall, node: VirtualNode) => CallFate;
  /** The answer, before ipamd sees it. */
  readonly onAnswer?: (call: MadeCall, answer: EC2Response, node: VirtualNode) => void;
  readonly onState: (state: StateRecord, node: VirtualNode) => void;
  readonly onLifecycle: (what: string, node: VirtualNode) => void;
  /** When the next pod operation is due, and doing it. */
  readonly podMs: () => number;
  readonly pods: (node: VirtualNode) => void;
  readonly random: () => number;
};

export type CallFate = { readonly ms: number; readonly code?: string | undefined; readonly given?: Given };

const SAMPLE_AT_MS = 950;
const SAMPLE_EVERY_MS = 1000;
const RESTART_GRID_MS = 500;
const FIRST_RESTART_MS = 10_000;
const LONGEST_RESTART_MS = 300_000;
const INSTANCE_ID = 'i-recorded';

export class VirtualNode {
  readonly line: VectorLine;
  readonly instance: SimulatedInstance;
  readonly subnets: readonly SimulatedSubnet[];
  readonly #director: Director;
  readonly #steps: readonly ScriptStep[];
  ipamd: Ipamd | undefined;
  nowMs = 0;
  /** Pods with a veth: an allocation without one is dropped at the next start. */
  readonly #veths = new Set<string>();
  #runs: Run[] = [];
  #answers: { readonly atMs: number; readonly call: MadeCall; readonly fate: CallFate; readonly run: Run }[] = [];
  #checkpoint: readonly Allocation[] = [];
  #settings: Readonly<Record<string, string>>;
  #startMs = 0;
  #restarts = 0;
  #step = 0;
  #sampleMs = SAMPLE_AT_MS;
  #unschedulable = false;
  #toldReady = false;

  constructor(line: VectorLine, director: Director) {
    this.line = line;
    this.#director = director;
    this.#settings = line.settings;
    this.#steps = line.script.filter((step) => step.op !== 'add' && step.op !== 'del');
    this.subnets = line.ec2.subnets.map(subnetOf);
    this.instance = new SimulatedInstance({
      limits: line.limits,
      subnets: this.subnets,
      metadataLagMs: line.ec2.imdsLagMs,
      createPrefixError: line.ec2.createPrefixError,
      nowMs: 0,
    });
    for (const { tags = {}, secondaries = 0 } of line.ec2.preattached ?? []) {
      this.instance.attachOther({ trunk: false, tags, secondaries, nowMs: Number.NEGATIVE_INFINITY });
    }
  }

  /** Until the end of the line. */
  run(): void {
    for (;;) {
      const nextMs = this.#nextMs();
      if (nextMs > this.line.durationMs) return;
      this.nowMs = nextMs;
      if (this.ipamd !== undefined) this.ipamd.nowMs = nextMs;
      this.#happen();
    }
  }

  get phase(): 'init' | 'run' | 'down' {
    return this.ipamd === undefined || this.ipamd.phase === 'failed' ? 'down' : this.ipamd.phase;
  }

  /** A CNI ADD; `undefined` when it is refused. */
  addPod(pod: string): { readonly eni: number; readonly addr: number } | undefined {
    if (this.ipamd === undefined || this.phase !== 'run') return undefined;
    const given = addNetwork(this.ipamd, pod);
    if (given === undefined) return undefined;
    this.#veths.add(pod);
    return { eni: eniNumber(given.cidr.eni.id), addr: given.address };
  }

  /** A CNI DEL: the address given back, or why not. The veth goes in any case. */
  deletePod(pod: string): { readonly addr: number } | 'ipamd-down' | 'unknown-pod' {
    this.#veths.delete(pod);
    if (this.ipamd === undefined || this.phase !== 'run') return 'ipamd-down';
    const given = delNetwork(this.ipamd, pod);
    if (given === undefined) return 'unknown-pod';
    if (given.steps !== undefined) {
      const run = startRun(this.ipamd, given.steps);
      this.#runs.push(run);
      this.#ask(run);
    }
    return { addr: given.address };
  }

  #nextMs(): number {
    const { ipamd } = this;
    const next = [
      this.#startMs,
      this.#sampleMs,
      this.#director.podMs(),
      this.#steps[this.#step]?.t ?? Number.POSITIVE_INFINITY,
      ...this.#answers.map((answer) => answer.atMs),
    ];
    if (ipamd !== undefined) next.push(nextTimerMs(ipamd), ...this.#runs.map((run) => stepMs(ipamd, run)));
    return Math.min(...next);
  }

  /** Pods first: an ipamd time after a jittered pause lies up to a millisecond after the printed one. */
  #happen(): void {
    const { nowMs } = this;
    while ((this.#steps[this.#step]?.t ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const step = this.#steps[this.#step];
      this.#step++;
      if (step !== undefined) this.#scripted(step);
    }
    if (this.#director.podMs() <= nowMs) this.#director.pods(this);
    if (this.#startMs <= nowMs) this.#start();
    this.#answer();
    if (this.ipamd !== undefined) {
      runTimers(this.ipamd);
      for (const run of [...this.#runs]) {
        if (this.ipamd !== undefined && stepMs(this.ipamd, run) <= nowMs) this.#resume(run, undefined);
      }
    }
    if (this.#sampleMs <= nowMs) {
      this.#director.onState(stateOf(this, this.#sampleMs), this);
      this.#sampleMs += SAMPLE_EVERY_MS;
    }
  }

  #scripted(step: ScriptStep): void {
    if (step.op === 'restart') this.#stop(step);
    else if (step.op === 'cordon' || step.op === 'uncordon') this.#cordon(step.op === 'cordon');
    else outsideStep(this, step);
  }

  #cordon(unschedulable: boolean): void {
    this.#unschedulable = unschedulable;
    if (this.ipamd !== undefined) setUnschedulable(this.ipamd, unschedulable);
  }

  #stop(step: ScriptStep): void {
    const wasUp = this.ipamd !== undefined;
    this.#end();
    if (wasUp) this.#director.onLifecycle('stop', this);
    this.#settings = step.settings ?? this.#settings;
    this.#startMs = this.nowMs + (step.downMs ?? 0);
    this.#restarts = 0;
  }

  /** The process is gone: calls under way still take effect, nobody hears of them. */
  #end(): void {
    if (this.ipamd?.restored === true) this.#checkpoint = this.ipamd.stores.flatMap(allocations);
    this.ipamd = undefined;
    this.#runs = [];
  }

  #start(): void {
    this.#startMs = Number.POSITIVE_INFINITY;
    this.#toldReady = false;
    const { limits, instanceType } = this.line;
    this.ipamd = newIpamd({
      shape: { instanceType, ...limits, prefixCapable: true, trunkCompatible: isTrunkCompatible(this.line) },
      settings: fromEnv({ ENABLE_IPv4: 'true', CLUSTER_NAME: 'c', ...this.#settings }).settings,
      choices: this.#director.choices,
      metadata: () => this.instance.metadata(this.nowMs),
      nowMs: this.nowMs,
      random: this.#director.random,
      podSubnet: this.subnets[1]?.id,
      checkpoint: () => this.#checkpoint.filter(({ pod }) => this.#veths.has(String(pod))),
      unschedulable: this.#unschedulable,
      instanceId: INSTANCE_ID,
    });
    this.#director.onLifecycle('start', this);
    const run = startRun(this.ipamd, runIpamd(this.ipamd));
    this.#runs.push(run);
    this.#settled(run);
  }

  #resume(run: Run, answer: EC2Response | undefined): void {
    if (this.ipamd === undefined || !this.#runs.includes(run)) return;
    resume(this.ipamd, run, answer);
    this.#settled(run);
  }

  /** After each step of a run: what it asks for, or that the start is over. */
  #settled(run: Run): void {
    this.#ask(run);
    if (run.waiting.kind === 'ended') this.#runs = this.#runs.filter((other) => other !== run);
    const [first] = this.#runs;
    if (this.ipamd === undefined || (run.waiting.kind !== 'nap' && run.waiting.kind !== 'ended')) return;
    if (this.ipamd.phase === 'failed') this.#failed();
    else if (run === first && run.waiting.kind === 'nap' && !this.#toldReady) this.#tellReady();
  }

  #tellReady(): void {
    this.#toldReady = true;
    this.#restarts = 0;
    this.#director.onLifecycle('ready', this);
  }

  #failed(): void {
    this.#director.onLifecycle('init-failed', this);
    this.#end();
    const backOffMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#restarts);
    this.#restarts++;
    this.#startMs = Math.ceil((Math.floor(this.nowMs) + backOffMs) / RESTART_GRID_MS) * RESTART_GRID_MS;
  }

  #ask(run: Run): void {
    if (run.waiting.kind !== 'call') return;
    const call = { t: this.nowMs, request: run.waiting.request };
    const fate = this.#director.onCall(call, this);
    if (fate.ms > 0) this.#answers.push({ atMs: this.nowMs + fate.ms, call, fate, run });
    else this.#finish({ call, fate, run });
  }

  #answer(): void {
    for (;;) {
      const due = this.#answers.find((answer) => answer.atMs <= this.nowMs);
      if (due === undefined) return;
      this.#answers.splice(this.#answers.indexOf(due), 1);
      this.#finish(due);
    }
  }

  #finish({ call, fate, run }: { readonly call: MadeCall; readonly fate: CallFate; readonly run: Run }): void {
    const answer: EC2Response =
      fate.code === undefined
        ? this.instance.respond(call.request, this.nowMs, fate.given)
        : { ok: false, code: fate.code };
    this.#director.onAnswer?.(call, answer, this);
    this.#resume(run, answer);
  }
}

/** An address is the low 24 bits of the IPv4 address. */
function subnetOf(recorded: RecordedSubnet): SimulatedSubnet {
  const [network = '', length = '32'] = recorded.cidr.split('/');
  const base = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) % 2 ** 24;
  const size = 2 ** (32 - Number(length));
  const space = new SubnetSpace({ base, size });
  const { freeRanges } = recorded;
  if (freeRanges !== undefined) {
    const isFree = new Uint8Array(size);
    for (const [offset, count] of freeRanges) isFree.fill(1, offset, offset + count);
    for (let offset = 0; offset < size; offset++) if (isFree[offset] === 0) space.takeExactly([base + offset]);
  }
  return { id: recorded.id, space, tags: recorded.tags ?? {} };
}
