/** What the watches tell of demand, as the lines of a demand log. Nodes and pods are numbers: no name leaves the cluster. */
import type { DemandChange } from '../tuning/demand-change.ts';
import type { NodeView } from '../tuning/snapshot.ts';

type Recorded = { readonly name: string; readonly pods: Set<number> };

export class DemandRecorder {
  readonly #nodes = new Map<string, Recorded>();
  /** Bound to nodes that are not Ready yet. */
  readonly #early = new Map<string, Set<number>>();
  #beganMs: number | undefined;
  #lastMs = 0;
  #named = 0;
  #podStarts = 0;
  #isBroken = false;

  get nodes(): number {
    return this.#named;
  }

  get podStarts(): number {
    return this.#podStarts;
  }

  /** A watch was broken: what happened meanwhile is not known, so that the log ends before. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The first state is complete: what has come so far was there before, and is second 0. */
  begin(nowMs: number): void {
    this.#beganMs = nowMs;
  }

  /** Whole lines, each with its line feed; none for what the log does not hold. */
  linesOf(change: DemandChange): string {
    if (this.#isBroken) return '';
    switch (change.kind) {
      case 'NodeSeen':
        return this.#nodeSeen(change.node, change.atMs);
      case 'NodeGone':
        return this.#nodeGone(change.nodeName, change.atMs);
      case 'PodBound':
        return this.#podBound(change);
      case 'PodGone': {
        this.#early.get(change.nodeName)?.delete(change.pod);
        const node = this.#nodes.get(change.nodeName);
        return node?.pods.delete(change.pod) === true
          ? this.#line(change.atMs, 'pod-remove', node.name, change.pod)
          : '';
      }
      case 'Blind':
        this.#isBroken = this.#beganMs !== undefined;
        return '';
    }
  }

  #nodeSeen({ name, instanceType, ready, platformSkip }: NodeView, atMs: number): string {
    if (this.#nodes.has(name) || !ready || platformSkip !== undefined) return '';
    this.#named += 1;
    const node = { name: `n${this.#named}`, pods: new Set<number>() };
    this.#nodes.set(name, node);
    const early = [...(this.#early.get(name) ?? [])];
    this.#early.delete(name);
    const added = `${this.#at(atMs)},node-add,${node.name},${instanceType},\n`;
    return added + early.map((pod) => this.#added(node, pod, atMs)).join('');
  }

  #nodeGone(name: string, atMs: number): string {
    this.#early.delete(name);
    const node = this.#nodes.get(name);
    if (node === undefined) return '';
    this.#nodes.delete(name);
    const pods = [...node.pods].map((pod) => this.#line(atMs, 'pod-remove', node.name, pod));
    return `${pods.join('')}${this.#at(atMs)},node-remove,${node.name},,\n`;
  }

  #podBound({ nodeName, pod, atMs }: Extract<DemandChange, { kind: 'PodBound' }>): string {
    const node = this.#nodes.get(nodeName);
    if (node !== undefined) return this.#added(node, pod, atMs);
    this.#early.set(nodeName, (this.#early.get(nodeName) ?? new Set()).add(pod));
    return '';
  }

  #added(node: Recorded, pod: number, atMs: number): string {
    if (node.pods.has(pod)) return '';
    node.pods.add(pod);
    this.#podStarts += this.#beganMs === undefined ? 0 : 1;
    return this.#line(atMs, 'pod-add', node.name, pod);
  }

  #line(atMs: number, event: 'pod-add' | 'pod-remove', node: string, pod: number): string {
    return `${this.#at(atMs)},${event},${node},,p${pod}\n`;
  }

  /** Seconds that never go back, whatever order the two watches tell in. */
  #at(atMs: number): string {
    const sinceMs = this.#beganMs === undefined ? 0 : Math.max(1, atMs - this.#beganMs);
    this.#lastMs = Math.max(this.#lastMs, Math.round(sinceMs));
    return String(this.#lastMs / 1_000);
  }
}
