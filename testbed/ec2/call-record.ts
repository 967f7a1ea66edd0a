/** Who called what, and how it ended: totals for ever, minutes for CloudWatch's metrics. Bounded in every direction. */

export type CallResult = 'ok' | 'throttled' | 'clientError' | 'serverError';

export type CallTotals = {
  readonly calls: number;
  readonly throttled: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
};

export type Call = {
  readonly action: string;
  /** From the user agent's `app/NAME`, else the access key, else `anonymous`. */
  readonly caller: string;
  readonly result: CallResult;
  readonly atMs: number;
  /** The key that signed it. */
  readonly accessKey?: string | undefined;
};

const NONE: CallTotals = { calls: 0, throttled: 0, clientErrors: 0, serverErrors: 0 };
const MOST_CALLERS = 200;
const MOST_ACTIONS = 60;
const MINUTES_KEPT = 180;
const MINUTE_MS = 60_000;

export class CallRecord {
  readonly #byCaller = new Map<string, Map<string, CallTotals>>();
  readonly #accessKeys = new Set<string>();
  /** By action, then by minute since the epoch. */
  readonly #byMinute = new Map<string, Map<number, CallTotals>>();

  add(call: Call): void {
    if (call.accessKey !== undefined && this.#accessKeys.size < MOST_CALLERS) this.#accessKeys.add(call.accessKey);
    const caller = this.#byCaller.has(call.caller) || this.#byCaller.size < MOST_CALLERS ? call.caller : 'others';
    const actions = getOrMake(this.#byCaller, caller);
    const action = actions.has(call.action) || actions.size < MOST_ACTIONS ? call.action : 'Others';
    actions.set(action, plus(actions.get(action), call.result));
    const minutes = getOrMake(this.#byMinute, action);
    const minute = Math.floor(call.atMs / MINUTE_MS);
    minutes.set(minute, plus(minutes.get(minute), call.result));
    for (const old of minutes.keys()) {
      if (old > minute - MINUTES_KEPT) break;
      minutes.delete(old);
    }
  }

  /** Totals since the start, by action; of one caller or of all. */
  totals(caller?: string): Readonly<Record<string, CallTotals>> {
    const sums: Record<string, CallTotals> = {};
    for (const [name, actions] of this.#byCaller) {
      if (caller !== undefined && name !== caller) continue;
      for (const [action, totals] of actions) sums[action] = sum(sums[action] ?? NONE, totals);
    }
    return sums;
  }

  /** All calls of one caller, or of everybody. */
  count(caller?: string): number {
    return Object.values(this.totals(caller)).reduce((calls, totals) => calls + totals.calls, 0);
  }

  /** Keys that calls were signed with. */
  accessKeys(): readonly string[] {
    return [...this.#accessKeys];
  }

  callers(): readonly string[] {
    return [...this.#byCaller.keys()];
  }

  actions(): readonly string[] {
    return [...this.#byMinute.keys()];
  }

  /** Totals of the minutes that begin in [fromMs, toMs), of one action or of all; only minutes with calls. */
  minutes(action: string | undefined, fromMs: number, toMs: number): ReadonlyMap<number, CallTotals> {
    const found = new Map<number, CallTotals>();
    const chosen = action === undefined ? [...this.#byMinute.values()] : [this.#byMinute.get(action) ?? new Map()];
    for (const minutes of chosen) {
      for (const [minute, totals] of minutes) {
        const startMs = minute * MINUTE_MS;
        if (startMs >= fromMs && startMs < toMs) found.set(startMs, sum(found.get(startMs) ?? NONE, totals));
      }
    }
    return found;
  }
}

function getOrMake<Value>(map: Map<string, Map<Value, CallTotals>>, key: string): Map<Value, CallTotals> {
  const found = map.get(key) ?? new Map<Value, CallTotals>();
  map.set(key, found);
  return found;
}

function plus(totals: CallTotals | undefined, result: CallResult): CallTotals {
  return sum(totals ?? NONE, {
    calls: 1,
    throttled: result === 'throttled' ? 1 : 0,
    clientErrors: result === 'clientError' ? 1 : 0,
    serverErrors: result === 'serverError' ? 1 : 0,
  });
}

function sum(one: CallTotals, other: CallTotals): CallTotals {
  return {
    calls: one.calls + other.calls,
    throttled: one.throttled + other.throttled,
    clientErrors: one.clientErrors + other.clientErrors,
    serverErrors: one.serverErrors + other.serverErrors,
  };
}
