/** A small working cluster behind the ports: state in, state out. Its clock stands until it is moved. */
import { replay } from '../../src/ipamd/simulate.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { PassRecord, PassResult } from '../../src/reconcile/pass-record.ts';
import type { HistoryKeeping, Ports, TuningEvent, TuningObject } from '../../src/reconcile/ports.ts';
import { PortError } from '../../src/reconcile/ports.ts';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { DemandHistory } from '../../src/tuning/demand.ts';
import { evaluate } from '../../src/tuning/evaluate.ts';
import { ReplayMemo } from '../../src/tuning/evaluate/replay-memo.ts';
import { Forecaster } from '../../src/tuning/forecast.ts';
import type { Evaluation, EvaluationRequest } from '../../src/tuning/evaluation.ts';
import type {
  AccountView,
  AwsNodePodView,
  ClusterSnapshot,
  DaemonSetView,
  NodeView,
} from '../../src/tuning/snapshot.ts';
import { aDaemonSet, anAccount, aSpec, MONDAY_MS } from './builders.ts';
import { expectSoundStatus } from './condition-check.ts';
import { FakeDaemonSet } from './fake-daemon-set.ts';

export class FakeCluster {
  nowMs = MONDAY_MS;
  readonly tunings = new Map<string, TuningObject>();
  readonly daemonSet: FakeDaemonSet;
  readonly memory = new DemandHistory({ seed: 1 });
  readonly forecaster = new Forecaster();
  keeping: HistoryKeeping | undefined;
  readonly events: TuningEvent[] = [];
  account: AccountView | undefined;
  nodes: readonly NodeView[] = [];
  readonly podsByNode = new Map<string, number>();
  /** Nodes whose pod of the DaemonSet runs the newest template, and those whose pod is ready. */
  updatedNodes: ReadonlySet<string> = new Set();
  readyPods: ReadonlySet<string> | undefined;
  daemonSetExists = true;
  /** What the watch still shows of the DaemonSet while it lags behind; undefined: all. */
  lateDaemonSet: DaemonSetView | undefined;
  synced = true;
  staleSinceMs: number | undefined;
  refusedWatches: readonly string[] = [];
  failuresObserved = true;
  statusWrites = 0;
  /** Thrown by the next status write, once. */
  failNextStatus: PortError | undefined;
  #generation = 1;
  readonly #evaluations = new Map<string, Evaluation>();
  readonly #memo = new ReplayMemo();

  constructor(options: { readonly nodes?: readonly NodeView[]; readonly daemonSet?: Partial<DaemonSetView> } = {}) {
    this.nodes = options.nodes ?? [];
    this.account = anAccount();
    this.daemonSet = new FakeDaemonSet(aDaemonSet(options.daemonSet));
    this.finishRollout();
  }

  /** As `kubectl apply` of a CniTuning: made, or its spec replaced. */
  applyTuning(name: string, spec: Partial<TuningObject['spec']> = {}, more: Partial<TuningObject> = {}): void {
    const known = this.tunings.get(name);
    const version = Number(known?.resourceVersion ?? 0) + 1;
    const made = {
      name,
      uid: `uid-${name}`,
      generation: (known?.generation ?? 0) + 1,
      createdAtMs: known?.createdAtMs ?? this.nowMs,
      deletionRequested: false,
      hasFinalizer: known?.hasFinalizer ?? false,
      annotations: {},
      status: known?.status,
    };
    this.tunings.set(name, { ...made, ...more, resourceVersion: String(version), spec: aSpec(spec) });
  }

  /** As `kubectl annotate`; undefined takes an annotation away. */
  annotateTuning(name: string, annotations: Readonly<Record<string, string | undefined>>): void {
    const known = this.tunings.get(name);
    if (known === undefined) return;
    const all = Object.entries({ ...known.annotations, ...annotations });
    const kept = Object.fromEntries(all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
    const resourceVersion = String(Number(known.resourceVersion) + 1);
    this.tunings.set(name, { ...known, annotations: kept, resourceVersion });
  }

  deleteTuning(name: string): void {
    const known = this.tunings.get(name);
    if (known === undefined) return;
    if (known.hasFinalizer) this.tunings.set(name, { ...known, deletionRequested: true });
    else this.tunings.delete(name);
  }

  /** One pass, and the check that every status it leaves is sound. */
  async pass(name = 'default'): Promise<PassResult> {
    const before = this.tunings.get(name)?.status;
    const result = await reconcile(name, this.ports(), () => this.nowMs);
    const after = this.tunings.get(name);
    if (after?.status !== undefined) expectSoundStatus(after.status, after.generation, before);
    return result;
  }

  /** Passes until one writes nothing, at most eight; returns the last record. */
  async settle(name = 'default'): Promise<PassRecord> {
    for (let turn = 0; turn < 8; turn++) {
      const writes = this.#writes();
      const { record } = await this.pass(name);
      if (writes === this.#writes() && record !== undefined) return record;
    }
    throw new Error('Eight passes, and each wrote something.');
  }

  #writes(): string {
    return JSON.stringify([
      this.statusWrites,
      this.daemonSet.templateChanges,
      this.tunings.get('default')?.hasFinalizer,
    ]);
  }

  /** The DaemonSet controller is done: every pod runs the newest template. */
  finishRollout(): void {
    this.updatedNodes = new Set(this.nodes.map(({ name }) => name));
    this.#generation = this.daemonSet.view.generation;
    this.#counters();
  }

  /** The DaemonSet controller has seen the newest template and replaced the pods on these nodes only. */
  progressRollout(names: readonly string[]): void {
    this.updatedNodes = new Set(names);
    this.#generation = this.daemonSet.view.generation;
    this.#counters();
  }

  #counters(): void {
    const { length: desired } = this.nodes;
    const counts = { desired, updated: this.updatedNodes.size, ready: desired, available: desired };
    this.daemonSet.view = { ...this.daemonSet.view, ...counts, observedGeneration: this.#generation };
  }

  snapshot(): ClusterSnapshot {
    const { generation } = this.daemonSet.view;
    const updated = (name: string): boolean => generation === this.#generation && this.updatedNodes.has(name);
    const ready = this.readyPods;
    const awsNodePods: readonly AwsNodePodView[] = this.nodes.map(({ name }) => ({
      nodeName: name,
      ready: ready === undefined || ready.has(name),
      updated: updated(name),
    }));
    return {
      takenAtMs: this.nowMs,
      synced: this.synced,
      staleSinceMs: this.staleSinceMs,
      refusedWatches: this.refusedWatches,
      failuresObserved: this.failuresObserved,
      nodes: this.nodes,
      podsByNode: this.podsByNode,
      addressFailures: [],
      daemonSet: this.daemonSetExists ? (this.lateDaemonSet ?? this.daemonSet.view) : undefined,
      awsNodePods: this.daemonSetExists ? awsNodePods : [],
      account: this.account,
    };
  }

  ports(): Ports {
    return {
      tunings: {
        get: (name) => this.tunings.get(name),
        list: () => [...this.tunings.values()].toSorted((a, b) => a.createdAtMs - b.createdAtMs),
        patchStatus: (object, status) => this.#patchStatus(object, status),
        addFinalizer: async (object) => this.#update(object, { hasFinalizer: true }),
        removeFinalizer: async (object) => {
          this.#update(object, { hasFinalizer: false });
          if (object.deletionRequested) this.tunings.delete(object.name);
        },
      },
      cluster: { snapshot: () => this.snapshot() },
      warmSettings: this.daemonSet,
      account: { latest: () => this.account },
      memory: this.memory,
      keeper: { keeping: () => this.keeping },
      evaluator: {
        latest: (key) => this.#evaluations.get(key),
        request: (key, request) => this.#evaluate(key, request),
        forget: (key) => void this.#evaluations.delete(key),
      },
      forecaster: this.forecaster,
      events: { emit: (event) => void this.events.push(event) },
    };
  }

  /** Done at once, as if the thread had answered before the next pass. */
  #evaluate(key: string, request: EvaluationRequest): void {
    const tools = { replay, nowMs: () => this.nowMs, cpuMs: () => 0 };
    this.#evaluations.set(key, evaluate(request, this.#memo, tools));
  }

  async #patchStatus(object: TuningObject, status: CniTuningStatus): Promise<void> {
    const failure = this.failNextStatus;
    this.failNextStatus = undefined;
    if (failure !== undefined) throw failure;
    // Through JSON, as over the wire: absent fields stay absent.
    this.#update(object, { status: JSON.parse(JSON.stringify(status)) as CniTuningStatus });
    this.statusWrites += 1;
  }

  #update(object: TuningObject, change: Partial<TuningObject>): void {
    const known = this.tunings.get(object.name);
    if (known?.uid !== object.uid) throw new PortError('NotFound', `The CniTuning ${object.name} is gone.`);
    if (known.resourceVersion !== object.resourceVersion)
      throw new PortError('Conflict', 'The object has been modified.');
    this.tunings.set(object.name, { ...known, ...change, resourceVersion: String(Number(known.resourceVersion) + 1) });
  }
}
