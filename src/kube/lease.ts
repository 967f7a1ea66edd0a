/**
 * Leader election on a coordination.k8s.io Lease. Time is the monotonic clock of this process: another holder's lease
 * ends when its renewTime has not changed here for its whole duration, whatever the wall clocks say.
 */
import type { KubeClient, KubeLog } from './client.ts';
import { jittered, pause } from './watch/backoff.ts';
import { PortError } from '../reconcile/ports.ts';

export type LeadershipOptions = {
  readonly namespace: string;
  readonly name: string;
  /** Who we are; must differ between replicas. */
  readonly identity: string;
  readonly leaseMs: number;
  /** Gives up leading when no renewal came through for so long; must be below `leaseMs`. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  readonly onGained: () => void;
  /** Called once when the lead is lost or given back. */
  readonly onLost: () => void;
};

export type Leadership = {
  readonly identity: string;
  isLeader(): boolean;
  /** May a write that can take `timeoutMs` still be sent? False unless the lease outlives it. */
  mayWrite(timeoutMs: number): boolean;
  /** Who holds the lease as last seen; empty when nobody. */
  holder(): string;
  /**
   * Stops and gives the lease back, so that another replica need not wait. While one of our writes may still be on its
   * way the lease is left to run out: nobody else may write before that write has ended.
   */
  stop(last?: { readonly isWriting: boolean }): Promise<void>;
};

type LeaseSpec = {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
};
type Lease = {
  readonly metadata: { readonly resourceVersion: string; readonly uid: string };
  readonly spec?: LeaseSpec;
};

type Seen = { readonly lease: Lease; readonly changedAtMs: number };

/** Lease times have microseconds. */
function microTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z');
}

class Campaign implements Leadership {
  readonly #client: KubeClient;
  readonly #log: KubeLog;
  readonly #options: LeadershipOptions;
  readonly #path: string;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #seen: Seen | undefined;
  /** Start of the last renewal that succeeded; undefined while not leading. */
  #renewedAtMs: number | undefined;

  constructor(client: KubeClient, log: KubeLog, options: LeadershipOptions) {
    this.#client = client;
    this.#log = log;
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
    this.#running = this.#run();
  }

  get identity(): string {
    return this.#options.identity;
  }

  isLeader(): boolean {
    return this.mayWrite(0);
  }

  mayWrite(timeoutMs: number): boolean {
    return this.#renewedAtMs !== undefined && performance.now() + timeoutMs < this.#renewedAtMs + this.#options.leaseMs;
  }

  holder(): string {
    return this.#seen?.lease.spec?.holderIdentity ?? '';
  }

  async stop({ isWriting } = { isWriting: false }): Promise<void> {
    if (this.#stopping.signal.aborted) return await this.#running;
    this.#stopping.abort();
    await this.#running;
    const led = this.#renewedAtMs !== undefined;
    this.#renewedAtMs = undefined;
    if (!led) return;
    this.#options.onLost();
    if (!isWriting) await this.#release();
  }

  async #run(): Promise<void> {
    const { retryMs } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const startedMs = performance.now();
      try {
        await this.#attempt(startedMs);
      } catch (error) {
        this.#troubled(error);
      }
      this.#giveUpIfLate();
      // Renewing keeps its beat; waiting candidates scatter.
      const pauseMs = this.#renewedAtMs === undefined ? jittered(1, retryMs * 2, retryMs * 2, Math.random) : retryMs;
      await pause(pauseMs, this.#stopping.signal);
    }
  }

  async #attempt(startedMs: number): Promise<void> {
    const renewed = await this.#renew();
    if (renewed !== undefined) return this.#won(renewed, startedMs);
    const lease = await this.#read();
    if (lease === undefined) return this.#won(await this.#create(), startedMs);
    this.#note(lease);
    if (!this.#isOurs(lease) && !this.#hasEnded()) return this.#lostTo(lease);
    this.#won(await this.#write(lease, this.#claim(lease)), startedMs);
  }

  /** The leader writes over what it wrote last; undefined when that is no longer what is there. */
  async #renew(): Promise<Lease | undefined> {
    const lease = this.#renewedAtMs === undefined ? undefined : this.#seen?.lease;
    if (lease === undefined) return undefined;
    try {
      return await this.#write(lease, this.#claim(lease));
    } catch (error) {
      if (error instanceof PortError && (error.kind === 'Conflict' || error.kind === 'NotFound')) return undefined;
      throw error;
    }
  }

  #troubled(error: unknown): void {
    if (!(error instanceof PortError)) {
      this.#log('error', 'Bug: the lease could not be handled', { error });
      return;
    }
    // Somebody else was quicker: the next reading tells who.
    const level = error.kind === 'Conflict' ? 'debug' : 'warn';
    this.#log(level, 'The lease could not be written', { because: error.message });
  }

  #giveUpIfLate(): void {
    if (this.#renewedAtMs === undefined || performance.now() - this.#renewedAtMs < this.#options.renewDeadlineMs)
      return;
    this.#lose('no renewal came through in time');
  }

  #isOurs(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.identity;
  }

  #note(lease: Lease): void {
    const changed = this.#seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion;
    if (changed) this.#seen = { lease, changedAtMs: performance.now() };
  }

  /** Given back, or not renewed for its whole duration since we first saw it so. */
  #hasEnded(): boolean {
    if (this.#seen === undefined) return true;
    const { lease, changedAtMs } = this.#seen;
    if ((lease.spec?.holderIdentity ?? '') === '') return true;
    const durationMs = (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    return performance.now() - changedAtMs >= durationMs;
  }

  #claim(lease: Lease | undefined): LeaseSpec {
    const now = microTime(Date.now());
    const kept = lease !== undefined && this.#isOurs(lease);
    const transitions = lease?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: this.identity,
      leaseDurationSeconds: Math.ceil(this.#options.leaseMs / 1000),
      acquireTime: kept ? (lease.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: lease === undefined || kept ? transitions : transitions + 1,
    };
  }

  #won(lease: Lease, startedMs: number): void {
    this.#note(lease);
    const first = this.#renewedAtMs === undefined;
    this.#renewedAtMs = startedMs;
    if (!first || this.#stopping.signal.aborted) return;
    this.#log('info', 'This replica leads', { identity: this.identity });
    this.#options.onGained();
  }

  #lostTo(lease: Lease): void {
    if (this.#renewedAtMs !== undefined) this.#lose(`${lease.spec?.holderIdentity ?? 'nobody'} holds the lease`);
  }

  #lose(because: string): void {
    this.#renewedAtMs = undefined;
    this.#log('warn', 'This replica leads no more', { identity: this.identity, because });
    this.#options.onLost();
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return await this.#client.request<Lease>('GET', `${this.#path}/${this.#options.name}`, this.#limits());
    } catch (error) {
      if (error instanceof PortError && error.kind === 'NotFound') return undefined;
      throw error;
    }
  }

  async #create(): Promise<Lease> {
    const { name, namespace } = this.#options;
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec: this.#claim(undefined),
    };
    return await this.#client.request<Lease>('POST', this.#path, { ...this.#limits(), body });
  }

  async #write(lease: Lease, spec: LeaseSpec): Promise<Lease> {
    const { uid, resourceVersion } = lease.metadata;
    const body = { metadata: { uid, resourceVersion }, spec };
    const options = { ...this.#limits(), body, contentType: 'application/merge-patch+json' } as const;
    return await this.#client.request<Lease>('PATCH', `${this.#path}/${this.#options.name}`, options);
  }

  async #release(): Promise<void> {
    const lease = this.#seen?.lease;
    if (lease === undefined || !this.#isOurs(lease)) return;
    try {
      const spec = { ...this.#claim(lease), holderIdentity: '', leaseDurationSeconds: 1 };
      await this.#write(lease, spec);
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      this.#log('warn', 'The lease could not be given back; it will run out by itself', { because });
    }
  }

  /** Repetitions included, so that one attempt cannot use up the time in which others would have got through. */
  #limits(): { readonly unfenced: true; readonly timeoutMs: number; readonly signal: AbortSignal } {
    const timeoutMs = Math.ceil(Math.min(5_000, this.#options.renewDeadlineMs / 2));
    return { unfenced: true, timeoutMs, signal: AbortSignal.timeout(timeoutMs) };
  }
}

/** Starts to campaign at once; errors are logged and tried again. */
export function campaign(client: KubeClient, log: KubeLog, options: LeadershipOptions): Leadership {
  return new Campaign(client, log, options);
}
