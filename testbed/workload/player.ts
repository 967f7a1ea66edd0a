/**
 * Plays demand against a cluster: at its time each pod is created on its node, or deleted. Plain pods bound to their
 * node, so that what a node is asked for is exactly what the events say.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../control-plane/api-client.ts';
import { atMost } from './at-most.ts';
import type { DemandEvent } from './demand.ts';

export type NodeCalls = {
  /** Launches a node; the name by which the cluster knows it. */
  readonly add: (node: string, instanceType: string) => Promise<string>;
  readonly remove: (clusterNode: string) => Promise<void>;
};

export type PlayerOptions = {
  readonly api: ApiClient;
  readonly events: Iterable<DemandEvent> | AsyncIterable<DemandEvent>;
  /** It must exist. */
  readonly namespace: string;
  /** 60 plays an hour in a minute; default 1. */
  readonly speed?: number;
  /** For events that add and remove nodes; without it such events name nodes that exist already. */
  readonly nodes?: NodeCalls;
};

export type PlayerCounts = {
  readonly created: number;
  readonly deleted: number;
  /** Requests that the API server refused or did not answer. */
  readonly failed: number;
};

export type Player = {
  readonly counts: () => PlayerCounts;
  /** The events have ended, or `stop` was called. Rejects when the events cannot be read. */
  readonly done: Promise<void>;
  /** No more events; requests under way are awaited. Pods stay. */
  readonly stop: () => Promise<void>;
};

const REQUESTS_AT_A_TIME = 16;
/** Falling behind, the player waits instead of piling up requests. */
const MOST_WAITING = 400;
const CONTAINERS = [{ name: 'work', image: 'registry.k8s.io/pause:3.10' }];

export function playDemand(options: PlayerOptions): Player {
  const stopping = new AbortController();
  const playing = new Playing(options, stopping.signal);
  const done = playing.run();
  return {
    counts: () => ({ ...playing.counts }),
    done,
    stop: async () => {
      stopping.abort();
      await done.catch(() => {});
    },
  };
}

class Playing {
  readonly counts = { created: 0, deleted: 0, failed: 0 };
  readonly #options: PlayerOptions;
  readonly #signal: AbortSignal;
  readonly #limited = atMost(REQUESTS_AT_A_TIME);
  readonly #underWay = new Set<Promise<void>>();
  /** By the events' names, only while they live. */
  readonly #pods = new Map<string, { readonly name: string; readonly created: Promise<void> }>();
  readonly #nodes = new Map<string, Promise<string>>();
  readonly #run = randomBytes(3).toString('hex');
  #made = 0;

  constructor(options: PlayerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const startedMs = performance.now();
    const speed = this.#options.speed ?? 1;
    for await (const event of this.#options.events) {
      const waitMs = startedMs + event.atMs / speed - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal: this.#signal }).catch(() => {});
      if (this.#signal.aborted) break;
      this.#follow(this.#play(event));
      while (this.#underWay.size >= MOST_WAITING) await Promise.race(this.#underWay);
    }
    await Promise.all(this.#underWay);
  }

  #follow(work: Promise<void>): void {
    const ended = work
      .catch(() => {
        this.counts.failed += 1;
      })
      .finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
  }

  async #play(event: DemandEvent): Promise<void> {
    switch (event.event) {
      case 'node-add': {
        const added = this.#options.nodes?.add(event.node, event.instanceType) ?? Promise.resolve(event.node);
        this.#nodes.set(event.node, added);
        await added;
        return;
      }
      case 'node-remove': {
        const node = await (this.#nodes.get(event.node) ?? event.node);
        this.#nodes.delete(event.node);
        await this.#options.nodes?.remove(node);
        return;
      }
      case 'pod-add':
        return await this.#createPod(event.node, event.pod);
      case 'pod-remove':
        return await this.#deletePod(event.pod);
    }
  }

  async #createPod(node: string, pod: string): Promise<void> {
    this.#made += 1;
    const name = `work-${this.#run}-${this.#made}`;
    const created = this.#limited(async () => {
      const nodeName = await (this.#nodes.get(node) ?? node);
      await this.#options.api.create(this.#podsPath(), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { app: 'work' } },
        spec: {
          nodeName,
          containers: CONTAINERS,
          terminationGracePeriodSeconds: 2,
          automountServiceAccountToken: false,
          tolerations: [{ operator: 'Exists' }],
        },
      });
      this.counts.created += 1;
    });
    this.#pods.set(pod, { name, created });
    await created;
  }

  async #deletePod(pod: string): Promise<void> {
    const known = this.#pods.get(pod);
    if (known === undefined) return;
    this.#pods.delete(pod);
    // A pod that was never created needs no deletion; its failure has been counted.
    if (!(await known.created.then(() => true).catch(() => false))) return;
    await this.#limited(async () => {
      await this.#options.api.delete(`${this.#podsPath()}/${known.name}`);
      this.counts.deleted += 1;
    });
  }

  #podsPath(): string {
    return `/api/v1/namespaces/${this.#options.namespace}/pods`;
  }
}
