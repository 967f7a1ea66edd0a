/**
 * A whole node in virtual time: an instance in subnets, ipamd on it step by step through `createAgent`, pods that
 * the kubelet tries again every ten seconds. EC2 answers at once, the metadata follows at once.
 */
import { createAgent } from '../../src/ipamd/agent.ts';
import type { Agent, PodPlacement, PoolStats } from '../../src/ipamd/agent.ts';
import type { EC2Action, EC2Request, EC2Response } from '../../src/ipamd/ec2-calls.ts';
import { limitsOf, maxPodsOf } from '../../src/ipamd/instance-limits.ts';
import type { NodeShape } from '../../src/ipamd/instance-limits.ts';
import { seededRandom } from '../../src/ipamd/random.ts';
import { SimulatedInstance } from '../../src/ipamd/replay/simulated-instance.ts';
import { SubnetSpace } from '../../src/ipamd/subnet-space.ts';
import { fromEnv } from '../../src/ipamd/warm-settings.ts';

export type NodeWanted = {
  readonly instanceType: string;
  readonly env: Readonly<Record<string, string>>;
  readonly maxPods?: number;
  readonly seed?: number;
  readonly subnet?: SubnetSpace;
};

const RETRY_MS = 10_000;
const SUBNET_SIZE = 65_536;

export class TestNode {
  readonly subnet: SubnetSpace;
  readonly shape: NodeShape;
  readonly instance: SimulatedInstance;
  readonly calls: { readonly atMs: number; readonly action: EC2Action }[] = [];
  /** Codes that calls fail with from now on. */
  failures: Partial<Record<EC2Action, string>> = {};
  nowMs = 0;
  agent: Agent;
  readonly #random: () => number;
  readonly #waiting = new Map<string, number>();
  #pods = 0;

  constructor(wanted: NodeWanted) {
    const limits = limitsOf(wanted.instanceType);
    if (limits === undefined) throw new Error(`${wanted.instanceType} is in the table`);
    this.shape = { ...limits, maxPods: wanted.maxPods ?? maxPodsOf(limits) };
    this.subnet = wanted.subnet ?? new SubnetSpace({ base: 0, size: SUBNET_SIZE });
    this.#random = seededRandom(wanted.seed ?? 1);
    this.instance = new SimulatedInstance({
      limits,
      subnets: [{ id: 'subnet-0', space: this.subnet, tags: {} }],
      metadataLagMs: 0,
      createPrefixError: 'InvalidParameterValue',
      nowMs: 0,
    });
    this.agent = this.#start(wanted.env, []);
  }

  /** Another process with other settings, a moment later; pods keep running. */
  restart(env: Readonly<Record<string, string>>): void {
    const pods = this.agent.snapshot();
    this.agent.stop();
    this.agent = this.#start(env, pods);
  }

  #start(env: Readonly<Record<string, string>>, pods: readonly PodPlacement[]): Agent {
    const agent = createAgent({
      shape: this.shape,
      settings: fromEnv({ ENABLE_IPv4: 'true', ...env }).settings,
      nowMs: this.nowMs,
      random: this.#random,
      metadata: () => this.instance.metadata(this.nowMs),
      instanceId: 'i-1',
      pods,
    });
    return agent;
  }

  /** Names of the new pods, which are tried at once. */
  addPods(count: number): readonly string[] {
    const pods = Array.from({ length: count }, (_, index) => `pod-${this.#pods + index}`);
    this.#pods += count;
    for (const pod of pods) this.#try(pod);
    return pods;
  }

  deletePod(pod: string): void {
    if (this.#waiting.delete(pod)) return;
    const outcome = this.agent.deletePod(pod, this.nowMs);
    if (outcome.ok) this.#make(outcome.requests);
  }

  get refusedPods(): number {
    return this.#waiting.size;
  }

  /** Lives on for a while. */
  pass(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (;;) {
      const nextMs = Math.min(this.agent.nextWakeMs() ?? Number.POSITIVE_INFINITY, ...this.#waiting.values());
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      for (const [pod, atMs] of [...this.#waiting]) if (atMs <= this.nowMs) this.#try(pod);
      if ((this.agent.nextWakeMs() ?? Number.POSITIVE_INFINITY) <= this.nowMs) this.#make(this.agent.wake(this.nowMs));
    }
    this.nowMs = untilMs;
  }

  get stats(): PoolStats {
    return this.agent.stats(this.nowMs);
  }

  /** What each attached ENI carries, in the order of creation: addresses and prefixes beside its own. */
  get cidrsByENI(): readonly number[] {
    return this.#described().map((eni) => eni.addresses.length + eni.prefixes.length);
  }

  get enis(): number {
    return this.instance.attachedENIs;
  }

  #described() {
    const attached = this.instance.metadata(this.nowMs).map((eni) => eni.eni);
    return attached.sort().flatMap((id) => this.instance.describe(id) ?? []);
  }

  #try(pod: string): void {
    if (this.agent.addPod(pod, this.nowMs).ok) this.#waiting.delete(pod);
    else this.#waiting.set(pod, this.nowMs + RETRY_MS);
  }

  #make(requests: readonly EC2Request[]): void {
    for (const request of requests) {
      this.calls.push({ atMs: this.nowMs, action: request.action });
      this.#make(this.agent.respond(request.id, this.#answer(request), this.nowMs));
    }
  }

  #answer(request: EC2Request): EC2Response {
    const code = this.failures[request.action];
    return code === undefined ? this.instance.respond(request, this.nowMs) : { ok: false, code };
  }
}
