/** The events of a demand log, gathered by node. */
import { DemandLineError } from './demand-line.ts';
import type { DemandEvent } from './demand-line.ts';

/** One node's life in a log. */
export type DemandNode = {
  readonly name: string;
  readonly instanceType: string;
  /** When it turned Ready, ms from the log's start; 0 = it was there before. */
  readonly addedAtMs: number;
  /** When it went; the log's end if it never did. */
  readonly untilMs: number;
  /** Pods at t_s = 0: the starting state, never counted as starts. */
  readonly startingPods: readonly number[];
  /** Flat triples at, op (1 add, 0 remove), pod; a pod's number is unique within its node. */
  readonly events: Float64Array;
};

export type DemandLog = {
  readonly nodes: readonly DemandNode[];
  readonly endMs: number;
  /** pod-add lines after t_s = 0. */
  readonly podStarts: number;
  /** pod-add and pod-remove lines after t_s = 0. */
  readonly podEvents: number;
};

type Growing = {
  readonly name: string;
  readonly instanceType: string;
  readonly addedAtMs: number;
  readonly startingPods: number[];
  readonly events: number[];
  /** Pods that are there now. */
  readonly pods: Map<string, number>;
  nextPod: number;
};

export class DemandNodes {
  readonly #alive = new Map<string, Growing>();
  readonly #done: DemandNode[] = [];
  #podStarts = 0;
  #podEvents = 0;

  /** Throws a DemandLineError when the event does not fit what came before. */
  take(event: DemandEvent): void {
    if (event.event === 'node-add') this.#addNode(event);
    else if (event.event === 'node-remove') this.#removeNode(event);
    else this.#pod(event);
  }

  /** Nodes that were not removed live until the end. */
  finish(endMs: number): DemandLog {
    for (const node of this.#alive.values()) this.#done.push(finished(node, endMs));
    this.#alive.clear();
    return { nodes: this.#done, endMs, podStarts: this.#podStarts, podEvents: this.#podEvents };
  }

  #addNode({ node, instanceType, atMs }: DemandEvent): void {
    if (this.#alive.has(node)) throw new DemandLineError(2, `the node ${node} is there already`);
    const empty = { startingPods: [], events: [], pods: new Map<string, number>(), nextPod: 0 };
    this.#alive.set(node, { name: node, instanceType, addedAtMs: atMs, ...empty });
  }

  #removeNode({ node, atMs }: DemandEvent): void {
    const gone = this.#node(node);
    if (gone.pods.size > 0) throw new DemandLineError(2, `the node ${node} still has ${gone.pods.size} pods`);
    this.#alive.delete(node);
    this.#done.push(finished(gone, atMs));
  }

  #pod({ event, node, pod, atMs }: DemandEvent): void {
    const at = this.#node(node);
    const known = at.pods.get(pod);
    if (event === 'pod-add') {
      if (known !== undefined) throw new DemandLineError(4, `the pod ${pod} is on node ${node} already`);
      const number = at.nextPod++;
      at.pods.set(pod, number);
      if (atMs === 0) at.startingPods.push(number);
      else this.#note(at, atMs, 1, number);
      return;
    }
    if (known === undefined) throw new DemandLineError(4, `the pod ${pod} is not on node ${node}`);
    at.pods.delete(pod);
    this.#note(at, atMs, 0, known);
  }

  #note(at: Growing, atMs: number, op: 0 | 1, pod: number): void {
    at.events.push(atMs, op, pod);
    this.#podEvents++;
    this.#podStarts += op;
  }

  #node(name: string): Growing {
    const node = this.#alive.get(name);
    if (node === undefined) throw new DemandLineError(2, `the node ${name} is not there`);
    return node;
  }
}

function finished({ name, instanceType, addedAtMs, startingPods, events }: Growing, untilMs: number): DemandNode {
  return { name, instanceType, addedAtMs, untilMs, startingPods, events: Float64Array.from(events) };
}
