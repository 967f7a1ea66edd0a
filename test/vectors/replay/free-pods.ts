/** The script's pods as the kubelet would try them: a refused add again and again, until it works or the pod goes. */
import type { PodOutcome, ScriptStep, VectorLine } from './vector-line.ts';
import type { VirtualNode } from './virtual-node.ts';

type Try = { readonly t: number; readonly pod: string };

export class FreePods {
  readonly outcomes: PodOutcome[] = [];
  readonly #steps: readonly ScriptStep[];
  readonly #retryMs: number;
  /** Refused pods by their next try; tries that a served or deleted pod left behind do nothing. */
  #tries: Try[] = [];
  readonly #waiting = new Map<string, Try>();
  readonly #placed = new Set<string>();
  #step = 0;

  constructor(line: VectorLine) {
    this.#steps = line.script.filter((step) => step.op === 'add' || step.op === 'del');
    this.#retryMs = line.addRetryMs;
  }

  nextMs(): number {
    const step = this.#steps[this.#step]?.t ?? Number.POSITIVE_INFINITY;
    return Math.min(step, this.#tries[0]?.t ?? Number.POSITIVE_INFINITY);
  }

  /** All that is due at the node's time: the script's operations, then the tries. */
  happen(node: VirtualNode): void {
    const { nowMs } = node;
    for (;;) {
      const step = this.#steps[this.#step];
      if (step === undefined || step.t > nowMs) break;
      this.#step++;
      if (step.op === 'add') this.#add(node, step.pod ?? '', step.t);
      else this.#delete(node, step.pod ?? '', step.t);
    }
    for (;;) {
      const next = this.#tries[0];
      if (next === undefined || next.t > nowMs) return;
      this.#tries.shift();
      if (this.#waiting.get(next.pod) === next) this.#add(node, next.pod, next.t);
    }
  }

  #add(node: VirtualNode, pod: string, t: number): void {
    const isDown = node.phase !== 'run';
    const given = node.addPod(pod);
    if (given !== undefined) {
      this.#waiting.delete(pod);
      this.#placed.add(pod);
      this.outcomes.push({ t, op: 'add', pod, ok: true });
      return;
    }
    this.outcomes.push({ t, op: 'add', pod, ok: false, err: isDown ? 'ipamd-down' : 'no-address' });
    const next = { t: t + this.#retryMs, pod };
    this.#waiting.set(pod, next);
    if (this.#retryMs > 0) this.#tries.push(next);
  }

  #delete(node: VirtualNode, pod: string, t: number): void {
    this.#waiting.delete(pod);
    if (!this.#placed.delete(pod)) {
      this.outcomes.push({ t, op: 'del', pod, ok: false, err: 'not-placed' });
      return;
    }
    const given = node.deletePod(pod);
    if (typeof given === 'string') this.outcomes.push({ t, op: 'del', pod, ok: false, err: given });
    else this.outcomes.push({ t, op: 'del', pod, ok: true });
  }
}
