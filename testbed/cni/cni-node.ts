/**
 * The CNI of one node: an ipamd process that comes and goes with its aws-node pod, on an instance whose interfaces
 * and running pods stay. It steps the model in real time and makes the calls that the model asks for.
 */
import type { Agent, CreateAgent, DeleteOutcome, PodPlacement, PoolStats } from '../../src/ipamd/agent.ts';
import type { DescribedENI, EC2Request } from '../../src/ipamd/ec2-calls.ts';
import type { NodeShape } from '../../src/ipamd/instance-limits.ts';
import { fromEnv } from '../../src/ipamd/warm-settings.ts';
import { type Ec2Access, heldBy, interfaceOf } from './ec2-access.ts';
import type { Timer, TimerHeap } from './timer-heap.ts';

export type NodeTools = {
  readonly createAgent: CreateAgent;
  readonly now: () => number;
  readonly heap: TimerHeap;
  readonly ec2: Ec2Access;
  /** 0 <= x < 1 */
  readonly random: () => number;
  /** From a pod bound to its ipamd started: image there, init container run. */
  readonly containerStartMs: number;
};

export type NodeEvents = {
  /** The CNI serves pods from now on. */
  readonly onReady: () => void;
  /** The container has exited; it is started again after the back-off. */
  readonly onCrash: (sentence: string, restarts: number) => void;
};

/** A pod that runs, with the address it was given. */
export type RunningPod = { readonly pod: string; readonly address: number };

export type AddRefusal = 'not-initialized' | 'ipamd-down' | 'no-address';
export type AddResult = { readonly address: number } | { readonly refused: AddRefusal };

/** One run of the aws-node container. */
type Container = {
  readonly env: Readonly<Record<string, string>>;
  restarts: number;
  agent: Agent | undefined;
  /** Its `onReady` was told. */
  ready: boolean;
  timer: Timer | undefined;
};

/** An instance that EC2 does not know yet is looked for again after this long. */
const METADATA_RETRY_MS = 1000;
/** CrashLoopBackOff: 10 s, doubling, at most 5 minutes. */
const FIRST_BACK_OFF_MS = 10_000;
const LONGEST_BACK_OFF_MS = 300_000;

export class CniNode {
  readonly name: string;
  readonly instanceId: string;
  readonly #shape: NodeShape;
  readonly #tools: NodeTools;
  readonly #events: NodeEvents;
  #container: Container | undefined;
  /** Between two processes: what ipam.json says of pods that still run. */
  #placements: readonly PodPlacement[] = [];
  /** Pods that ended while no ipamd answered. */
  readonly #ended = new Set<string>();
  #adopted: RunningPod[] = [];
  /** The CNI's configuration file has been written once: the kubelet asks the plugin from then on. */
  #initialized = false;
  #unschedulable: boolean;

  constructor(
    node: {
      readonly name: string;
      readonly instanceId: string;
      readonly shape: NodeShape;
      readonly unschedulable: boolean;
    },
    tools: NodeTools,
    events: NodeEvents,
  ) {
    this.name = node.name;
    this.instanceId = node.instanceId;
    this.#shape = node.shape;
    this.#unschedulable = node.unschedulable;
    this.#tools = tools;
    this.#events = events;
  }

  get serves(): boolean {
    return this.#container?.ready ?? false;
  }

  /** Addresses this node takes from its subnets. */
  get heldAddresses(): number {
    return heldBy(this.#interfaces());
  }

  stats(): PoolStats | undefined {
    return this.#container?.agent?.stats(this.#tools.now());
  }

  start(env: Readonly<Record<string, string>>): void {
    this.stop();
    const container: Container = { env, restarts: 0, agent: undefined, ready: false, timer: undefined };
    this.#container = container;
    const dueMs = this.#tools.now() + this.#tools.containerStartMs;
    container.timer = this.#tools.heap.at(dueMs, () => this.#startProcess(container));
  }

  /** The container is gone; addresses, interfaces and pods stay as they are. */
  stop(): void {
    const container = this.#container;
    this.#container = undefined;
    container?.timer?.cancel();
    if (container !== undefined) this.#endProcess(container);
  }

  /** A pod that had its address before this stand-in was started. To be told before the first `start`. */
  adopt(running: RunningPod): void {
    this.#adopted.push(running);
  }

  addPod(pod: string): AddResult {
    this.#ended.delete(pod);
    const agent = this.#container?.agent;
    if (agent === undefined) return { refused: this.#initialized ? 'ipamd-down' : 'not-initialized' };
    const outcome = agent.addPod(pod, this.#tools.now());
    if (outcome.ok) return { address: outcome.address };
    return { refused: outcome.reason === 'ipamd-down' && !this.#initialized ? 'not-initialized' : outcome.reason };
  }

  deletePod(pod: string): void {
    const container = this.#container;
    const outcome: DeleteOutcome = container?.agent?.deletePod(pod, this.#tools.now()) ?? {
      ok: false,
      reason: 'ipamd-down',
    };
    if (outcome.ok && container !== undefined) this.#follow(container, outcome.requests);
    if (!outcome.ok && outcome.reason === 'ipamd-down') this.#ended.add(pod);
  }

  setUnschedulable(unschedulable: boolean): void {
    this.#unschedulable = unschedulable;
    this.#container?.agent?.setUnschedulable(unschedulable);
  }

  #startProcess(container: Container): void {
    const { settings, refusal } = fromEnv(container.env);
    if (refusal !== undefined) {
      this.#crash(container, refusal);
      return;
    }
    if (this.#tools.ec2.metadata(this.instanceId) === undefined) {
      const dueMs = this.#tools.now() + METADATA_RETRY_MS;
      container.timer = this.#tools.heap.at(dueMs, () => this.#startProcess(container));
      return;
    }
    const agent = this.#tools.createAgent({
      shape: this.#shape,
      settings,
      nowMs: this.#tools.now(),
      random: this.#tools.random,
      metadata: () => this.#interfaces(),
      pods: this.#placementsNow(),
      unschedulable: this.#unschedulable,
    });
    container.agent = agent;
    this.#follow(container, agent.wake(this.#tools.now()));
  }

  #interfaces(): readonly DescribedENI[] {
    return this.#tools.ec2.metadata(this.instanceId) ?? [];
  }

  #placementsNow(): readonly PodPlacement[] {
    const adopted = this.#adopted.flatMap(({ pod, address }) => {
      const eni = interfaceOf(this.#interfaces(), address);
      return eni === undefined ? [] : [{ pod, address, eni }];
    });
    this.#adopted = [];
    const placements = [...this.#placements, ...adopted].filter(({ pod }) => !this.#ended.has(pod));
    this.#ended.clear();
    return placements;
  }

  #endProcess(container: Container): void {
    const agent = container.agent;
    if (agent === undefined) return;
    this.#placements = agent.snapshot();
    container.agent = undefined;
    container.ready = false;
    agent.stop();
  }

  #crash(container: Container, sentence: string): void {
    this.#endProcess(container);
    const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** container.restarts, LONGEST_BACK_OFF_MS);
    container.restarts += 1;
    this.#events.onCrash(sentence, container.restarts);
    container.timer = this.#tools.heap.at(this.#tools.now() + backOffMs, () => this.#startProcess(container));
  }

  /** Makes the calls and looks what has become of the process. */
  #follow(container: Container, requests: readonly EC2Request[]): void {
    for (const request of requests) void this.#call(container, request);
    const agent = container.agent;
    if (agent === undefined) return;
    if (agent.phase === 'failed') {
      this.#crash(container, agent.failure ?? 'ipamd gave up while starting');
      return;
    }
    container.timer?.cancel();
    const nextMs = agent.nextWakeMs();
    container.timer = nextMs === undefined ? undefined : this.#tools.heap.at(nextMs, () => this.#wake(container));
    if (agent.phase === 'run' && !container.ready) this.#becomeReady(container, agent);
  }

  #becomeReady(container: Container, agent: Agent): void {
    container.ready = true;
    this.#initialized = true;
    for (const pod of this.#ended) agent.deletePod(pod, this.#tools.now());
    this.#ended.clear();
    this.#events.onReady();
  }

  #wake(container: Container): void {
    if (this.#container !== container || container.agent === undefined) return;
    this.#follow(container, container.agent.wake(this.#tools.now()));
  }

  async #call(container: Container, request: EC2Request): Promise<void> {
    const agent = container.agent;
    const response = await this.#tools.ec2.call(request, this.instanceId);
    if (agent === undefined || this.#container !== container || container.agent !== agent) return;
    this.#follow(container, agent.respond(request.id, response, this.#tools.now()));
  }
}
