/** A cluster's demand told to a memory, minute by minute: the same seed tells the same. */
import type { DemandHistory } from '../../src/tuning/demand.ts';
import type { SettledStretch } from '../../src/tuning/demand/settled-sample.ts';
import { seededRandom } from '../../src/ipamd/random.ts';
import { aNode, MINUTE_MS, MONDAY_MS } from './builders.ts';

export type ToldCluster = {
  readonly nodes: number;
  readonly instanceTypes?: readonly string[];
  readonly podEventsPerNodeMinute: number;
  readonly seed?: number;
};

/** Pods come and go at random; about as many go as come. */
export class DemandTeller {
  readonly #memory: DemandHistory;
  readonly #options: ToldCluster;
  readonly #random: () => number;
  readonly #pods = new Map<string, number[]>();
  #lastPod = 0;
  nowMs = MONDAY_MS;

  constructor(memory: DemandHistory, options: ToldCluster) {
    this.#memory = memory;
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    const types = options.instanceTypes ?? ['m5.large'];
    for (let at = 0; at < options.nodes; at++) {
      const name = `node-${at}`;
      const labels = { pool: `pool-${at % 3}`, 'kubernetes.io/hostname': name };
      const instanceType = types[at % types.length] ?? '';
      const uid = uuidOf(at);
      memory.record({ kind: 'NodeSeen', atMs: this.nowMs, node: aNode(name, { uid, labels, instanceType }) });
      this.#pods.set(name, []);
    }
  }

  tell(minutes: number): void {
    for (let minute = 0; minute < minutes; minute++) {
      const changes: { readonly atMs: number; readonly nodeName: string }[] = [];
      for (const nodeName of this.#pods.keys()) {
        const rate = this.#options.podEventsPerNodeMinute;
        const events = Math.floor(rate) + (this.#random() < rate % 1 ? 1 : 0);
        for (let event = 0; event < events; event++) {
          changes.push({ atMs: this.nowMs + Math.floor(this.#random() * MINUTE_MS), nodeName });
        }
      }
      for (const { atMs, nodeName } of changes.toSorted((a, b) => a.atMs - b.atMs)) this.#change(nodeName, atMs);
      this.nowMs += MINUTE_MS;
    }
  }

  #change(nodeName: string, atMs: number): void {
    const pods = this.#pods.get(nodeName) ?? [];
    const goes = pods.length > 20 || (pods.length > 0 && this.#random() < 0.45);
    if (goes) {
      const [pod = 0] = pods.splice(Math.floor(this.#random() * pods.length), 1);
      return this.#memory.record({ kind: 'PodGone', atMs, nodeName, pod });
    }
    this.#lastPod += 1;
    pods.push(this.#lastPod);
    this.#memory.record({ kind: 'PodBound', atMs, nodeName, pod: this.#lastPod, alreadyRunning: false });
  }
}

/** Pods numbered anew within the stretch, as a checkpoint does: nothing else of them counts. */
export function withOwnPodNumbers(stretch: SettledStretch): SettledStretch {
  const numbers = new Map(stretch.startingPods.map((pod, number) => [pod, number]));
  let next = stretch.startingPods.length;
  const events = Float64Array.from(stretch.events);
  for (let at = 0; at < events.length; at += 3) {
    const pod = events[at + 2] ?? 0;
    if (events[at + 1] === 1) numbers.set(pod, next++);
    events[at + 2] = numbers.get(pod) ?? -1;
  }
  return { ...stretch, startingPods: stretch.startingPods.map((_, number) => number), events };
}

function uuidOf(at: number): string {
  return `00000000-0000-4000-8000-${at.toString(16).padStart(12, '0')}`;
}
