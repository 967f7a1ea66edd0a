/**
 * The front door: the account as last read, at once, and a new reading in the background when one is due. After
 * trouble that passes, the last good parts stay and `takenAtMs` tells their age; the gap says why.
 */
import type { AccountReader } from '../reconcile/ports.ts';
import type { AccountGap, AccountView } from '../tuning/snapshot.ts';
import type { AwsCall } from './call-counting.ts';
import { type AwsClients, type ClientLimits, DEFAULT_LIMITS, openClients, until } from './clients.ts';
import { isPassing, noRegionGap } from './errors.ts';
import type { ClusterIdentity } from './interfaces.ts';
import { Pacer, READ_PACE } from './pacing.ts';
import { NO_MEMORY, readAccount, type ReadingMemory } from './reading.ts';

export type AccountOptions = {
  /** From the flag, the environment or the nodes' labels; empty = not known. */
  readonly region: () => string;
  /** Asked at the start of every reading. */
  readonly cluster: () => ClusterIdentity;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Time between readings, with a tenth of jitter. */
  readonly refreshMs: number;
  /** After every reading, good or bad; whoever asks for the latest after `nextInMs` milliseconds starts the next. */
  readonly onReading: (view: AccountView, nextInMs: number) => void;
  /** A bug of ours in a reading; the reading counts as failed and is tried again. */
  readonly onDefect: (error: unknown) => void;
  /** After every finished call, for the metrics. */
  readonly onCall?: (call: AwsCall) => void;
  readonly limits?: Partial<ClientLimits>;
};

export type Account = AccountReader & {
  /** Ends connections; a reading under way is not reported any more. */
  close(): void;
};

/** First wait after trouble that passes; doubles up to the refresh time. */
const FIRST_RETRY_MS = 2_000;

export function createAccount(options: AccountOptions): Account {
  return new BackgroundAccount(options);
}

type OpenClients = { readonly region: string; readonly clients: Promise<AwsClients> };

class BackgroundAccount implements Account {
  readonly #options: AccountOptions;
  readonly #limits: ClientLimits;
  readonly #pacer: Pacer;
  #open: OpenClients | undefined;
  #memory: ReadingMemory = NO_MEMORY;
  #view: AccountView | undefined;
  #reading = false;
  #closed = false;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #dueAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: AccountOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    // Its own clock: after one that is set back an hour, a token would be an hour away.
    this.#pacer = new Pacer(READ_PACE, () => performance.now());
  }

  latest(nowMs: number): AccountView | undefined {
    const isDue = nowMs >= this.#dueAtMs || nowMs < this.#startedAtMs;
    if (!this.#reading && !this.#closed && isDue) {
      this.#reading = true;
      this.#startedAtMs = nowMs;
      void this.#readInBackground(nowMs);
    }
    return this.#view;
  }

  close(): void {
    this.#closed = true;
    closeWhenOpen(this.#open);
  }

  async #readInBackground(nowMs: number): Promise<void> {
    let waitMs = 0;
    try {
      const view = this.#merged(await this.#read(nowMs));
      this.#view = view;
      this.#failures = ec2Gaps(view).some(isPassing) ? this.#failures + 1 : 0;
    } catch (error) {
      this.#failures += 1;
      if (!this.#closed) this.#options.onDefect(error);
    } finally {
      waitMs = this.#waitMs();
      this.#dueAtMs = this.#options.now() + waitMs;
      this.#reading = false;
    }
    if (this.#view !== undefined && !this.#closed) this.#options.onReading(this.#view, waitMs);
  }

  async #read(nowMs: number): Promise<AccountView> {
    const region = this.#options.region();
    if (region === '') return unread(nowMs, noRegionGap());
    const deadline = AbortSignal.timeout(this.#limits.readingTimeoutMs);
    const clients = until(deadline, await this.#clientsFor(region), this.#limits);
    const cluster = this.#options.cluster();
    const reading = await readAccount({ clients, region, cluster, memory: this.#memory, nowMs });
    this.#memory = reading.memory;
    return reading.view;
  }

  async #clientsFor(region: string): Promise<AwsClients> {
    if (this.#open?.region !== region) {
      closeWhenOpen(this.#open);
      this.#memory = NO_MEMORY;
      const clients = openClients(region, this.#limits, { pacer: this.#pacer, onCall: this.#options.onCall });
      this.#open = { region, clients };
      // A failed import must not be remembered.
      clients.catch(() => {
        this.#open = undefined;
      });
    }
    return this.#open.clients;
  }

  /** EC2's parts of last time where this time's trouble will pass; however old, their age holds decisions back. */
  #merged(view: AccountView): AccountView {
    const last = this.#view;
    const missing = view.subnets === undefined || view.nodes === undefined;
    if (last?.subnets === undefined || !missing || !ec2Gaps(view).every(isPassing)) return view;
    return { ...view, takenAtMs: last.takenAtMs, subnets: last.subnets, nodes: last.nodes };
  }

  #waitMs(): number {
    const { refreshMs, random } = this.#options;
    const jitter = 0.9 + 0.2 * random();
    const throttled = this.#view?.gaps.some(({ reason }) => reason === 'Throttled') ?? false;
    const soonMs = FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 20);
    return (this.#failures === 0 || throttled ? refreshMs : Math.min(refreshMs, soonMs)) * jitter;
  }
}

function unread(takenAtMs: number, gap: AccountGap): AccountView {
  return { takenAtMs, subnets: undefined, nodes: undefined, throttledCallsByAction: undefined, gaps: [gap] };
}

/** Gaps in what the subnets' and interfaces' view is made of. */
function ec2Gaps(view: AccountView): readonly AccountGap[] {
  return view.gaps.filter(({ action }) => action === undefined || action.startsWith('ec2:Describe'));
}

function closeWhenOpen(open: OpenClients | undefined): void {
  open?.clients.then(
    (clients) => clients.close(),
    () => undefined,
  );
}
