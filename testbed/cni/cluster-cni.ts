/**
 * Joins what the watches show of nodes and pods to one CNI a node: the aws-node pod of a node decides whether its
 * ipamd runs and with which env, every other pod asks it for an address.
 */
import { limitsOf } from '../../src/ipamd/instance-limits.ts';
import { CniNode, type NodeTools } from './cni-node.ts';
import { type CniCounters, newCounters } from './counters.ts';
import { PodReports } from './pod-reports.ts';
import { PodSandboxes } from './pod-sandboxes.ts';
import type { NodeTotals } from './start-cni.ts';
import type { NodeView, PodView } from './views.ts';
import type { ApiClient } from '../control-plane/api-client.ts';

export type ClusterTools = NodeTools & {
  readonly api: ApiClient;
  readonly retryMs: number;
  readonly counters?: CniCounters;
};

type Place = { readonly view: NodeView; readonly cni: CniNode };

export class ClusterCni {
  readonly counters: CniCounters;
  readonly #tools: ClusterTools;
  readonly #places = new Map<string, Place>();
  /** Nodes whose pods run for real; as on Fargate, no CNI of ours serves them. */
  readonly #others = new Set<string>();
  /** The aws-node pod bound to a node, by node name. */
  readonly #awsNodes = new Map<string, PodView>();
  readonly #reports: PodReports;
  readonly #sandboxes: PodSandboxes;
  /** Agents start only once every running pod is known: they must not hand out an address that is in use. */
  #podsKnown = false;

  constructor(tools: ClusterTools) {
    this.#tools = tools;
    this.counters = tools.counters ?? newCounters();
    this.#reports = new PodReports(tools);
    this.#sandboxes = new PodSandboxes({
      ...tools,
      reports: this.#reports,
      counters: this.counters,
      node: (name) => this.#places.get(name)?.cni,
    });
  }

  nodeSeen(view: NodeView): void {
    if (view.runsPods) this.#others.add(view.name);
    const known = this.#places.get(view.name);
    if (known !== undefined) {
      known.cni.setUnschedulable(view.unschedulable);
      return;
    }
    const limits = limitsOf(view.instanceType);
    if (limits === undefined || view.instanceId === '') return;
    const shape = { ...limits, maxPods: view.maxPods };
    const cni = new CniNode({ ...view, shape }, this.#tools, {
      onReady: () => this.#becameReady(view),
      onCrash: (sentence, restarts) => this.#crashed(view.name, sentence, restarts),
    });
    this.#places.set(view.name, { view, cni });
    this.#startAgent(view.name);
  }

  nodeGone(view: NodeView): void {
    this.#places.get(view.name)?.cni.stop();
    this.#places.delete(view.name);
    this.#others.delete(view.name);
  }

  podSeen(pod: PodView): void {
    if (this.#others.has(pod.nodeName)) return;
    if (pod.awsNodeEnv === undefined) this.#sandboxes.seen(pod);
    else if (pod.ended) this.#awsNodeGone(pod);
    else if (pod.nodeName !== '' && this.#awsNodes.get(pod.nodeName)?.uid !== pod.uid) {
      this.#awsNodes.set(pod.nodeName, pod);
      this.#startAgent(pod.nodeName);
    }
  }

  podGone(pod: PodView): void {
    if (pod.awsNodeEnv === undefined) this.#sandboxes.gone(pod);
    else this.#awsNodeGone(pod);
  }

  /** Every pod that existed has been seen. */
  podsSynced(): void {
    this.#podsKnown = true;
    for (const nodeName of this.#awsNodes.keys()) this.#startAgent(nodeName);
  }

  totals(): readonly NodeTotals[] {
    const waiting = this.#sandboxes.waitingByNode();
    return [...this.#places.values()].map(({ view, cni }) => ({
      name: view.name,
      instanceId: view.instanceId,
      serves: cni.serves,
      heldAddresses: cni.heldAddresses,
      waitingPods: waiting.get(view.name) ?? 0,
      pool: cni.stats(),
    }));
  }

  stop(): void {
    this.#reports.stop();
    for (const { cni } of this.#places.values()) cni.stop();
  }

  #startAgent(nodeName: string): void {
    const env = this.#awsNodes.get(nodeName)?.awsNodeEnv;
    if (this.#podsKnown && env !== undefined) this.#places.get(nodeName)?.cni.start(env);
  }

  #awsNodeGone(pod: PodView): void {
    if (this.#awsNodes.get(pod.nodeName)?.uid !== pod.uid) return;
    this.#awsNodes.delete(pod.nodeName);
    this.#reports.forget(pod.uid);
    this.#places.get(pod.nodeName)?.cni.stop();
  }

  #becameReady(node: NodeView): void {
    this.counters.agentStarts += 1;
    const pod = this.#awsNodes.get(node.name);
    if (pod !== undefined) this.#reports.awsNodeReady(pod, node.internalIp);
    this.#sandboxes.retryUninitialized(node.name);
  }

  #crashed(nodeName: string, sentence: string, restarts: number): void {
    this.counters.agentCrashes += 1;
    const pod = this.#awsNodes.get(nodeName);
    if (pod !== undefined) this.#reports.awsNodeCrashed(pod, sentence, restarts);
  }
}
