/** Joins the account to the cluster: the region and the instances come from the nodes. */
import { createAccount } from '../aws/account.ts';
import type { AwsCall } from '../aws/call-counting.ts';
import type { AccountReader, ClusterReader } from '../reconcile/ports.ts';
import type { AccountView, NodeView } from '../tuning/snapshot.ts';
import { errorFields, type Log } from './log.ts';
import type { Options } from './options.ts';
import type { Timer } from './timer.ts';

export type AccountParts = {
  readonly options: Options['aws'];
  readonly reader: ClusterReader;
  readonly log: Log;
  readonly timer: Timer;
  /** A reading has ended, or the next is due: passes want the first and ask for the second. */
  readonly onReading: () => void;
  readonly onCall: (call: AwsCall) => void;
};

export type ClosableAccount = AccountReader & { readonly close: () => void };

/** A timeout may ring this much before its time. */
const EARLY_MS = 2;

/** Any DaemonSet will do: only the nodes are looked at. */
const NO_DAEMON_SET = { namespace: '', name: '', container: '' };

export function accountReader({ options, reader, log, timer, onReading, onCall }: AccountParts): ClosableAccount {
  if (!options.enabled) return { latest: switchedOff, close: () => {} };
  const nodes = (): readonly NodeView[] => reader.snapshot(NO_DAEMON_SET, undefined, Date.now()).nodes;
  const sayGaps = gapLog(log);
  let callOff = (): void => {};
  const account = createAccount({
    region: () => options.region || mostCommon(nodes().map(({ region }) => region)),
    cluster: () => ({ instanceIds: new Set(nodes().map(({ instanceId }) => instanceId)), name: undefined }),
    now: Date.now,
    random: Math.random,
    refreshMs: options.refreshMs,
    onReading: (view, nextInMs) => {
      sayGaps(view);
      onReading();
      callOff();
      callOff = timer.after(nextInMs + EARLY_MS, onReading);
    },
    onCall,
    onDefect: (error) => log.error('Bug: reading the account threw', errorFields(error)),
  });
  return {
    latest: (nowMs) => account.latest(nowMs),
    close: () => {
      callOff();
      account.close();
    },
  };
}

function switchedOff(nowMs: number): AccountView {
  const message = 'EC2 is not read, because of --no-aws.';
  const gaps = [{ reason: 'SwitchedOff' as const, action: undefined, message }];
  return { takenAtMs: nowMs, subnets: undefined, nodes: undefined, throttledCallsByAction: undefined, gaps };
}

/** Says what cannot be read when that changes, and that all is read again. */
function gapLog(log: Log): (view: AccountView) => void {
  let last = '';
  return ({ gaps }) => {
    const seen = gaps.map(({ message }) => message).join(' ');
    if (seen !== last && seen !== '') log.warn('The AWS account cannot be read in full', { because: seen });
    if (seen === '' && last !== '') log.info('The AWS account is read in full again');
    last = seen;
  };
}

/** The word most nodes say; empty when none says any. */
function mostCommon(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words.filter((each) => each !== '')) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b))[0]?.[0] ?? '';
}
