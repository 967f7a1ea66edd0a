/** Everything a guard looks at, in order: a test names only what is against a change. */
import type { HoldReason } from '../../src/api/reasons.ts';
import { censusOf } from '../../src/tuning/census.ts';
import type { GuardInput, RecordedChange } from '../../src/tuning/guards/guard-input.ts';
import { liveSettingsOf } from '../../src/tuning/live-settings.ts';
import { rolloutOf } from '../../src/tuning/rollout.ts';
import type { AccountGap, AccountView, ClusterSnapshot, DaemonSetView } from '../../src/tuning/snapshot.ts';
import { anAdvice, someFigures } from './a-pass-record.ts';
import {
  aDaemonSet,
  anAccount,
  anEnvEntry,
  aNode,
  aSnapshot,
  aSpec,
  aSubnet,
  interfacesOf,
  MONDAY_MS,
} from './builders.ts';

const NODES = [aNode('a'), aNode('b')];

/** Apply mode, everything in order, and a change from 1 to 0 waiting: nothing holds. */
export function aGuardInput(more: Partial<GuardInput> = {}, seen: Partial<ClusterSnapshot> = {}): GuardInput {
  const ours = [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', '1', 'cni-tuner')];
  const daemonSet = aDaemonSet({ env: ours, desired: 2, updated: 2 });
  const snapshot = { ...aSnapshot({ nodes: NODES, daemonSet }), ...seen };
  const spec = more.spec ?? aSpec({ mode: 'Apply' });
  return {
    name: 'default',
    spec,
    snapshot,
    live: snapshot.daemonSet === undefined ? undefined : liveSettingsOf(snapshot.daemonSet),
    census: censusOf(snapshot, spec.nodeSelector),
    rollout: rolloutOf(snapshot),
    ownRolloutOpen: false,
    undone: undefined,
    changes: [],
    recommendation: anAdvice({ values: { warmENI: 0 }, expected: someFigures({ scorePerNodeHour: 4 }) }),
    originals: [],
    conflictWith: undefined,
    nowMs: MONDAY_MS,
    ...more,
  };
}

export function undecided(reason: HoldReason, message: string): Partial<GuardInput> {
  return { recommendation: { kind: 'Undecided', reason, message, evidence: undefined, recheckAtMs: undefined } };
}

export const unreadAccount = (reason: AccountGap['reason'], message: string): AccountView =>
  anAccount({ subnets: undefined, nodes: undefined, gaps: [{ reason, action: undefined, message }] });

export function aChangeAgo(ms: number, isEmergency = false): RecordedChange {
  return { atMs: MONDAY_MS - ms, wrote: 'WARM_ENI_TARGET=1', isEmergency };
}

/** A subnet of the nodes under its reserve, pods that wait for an address, or both. */
export function inEmergency(which: 'fewer' | 'more' | 'both'): Partial<ClusterSnapshot> {
  const subnets = [aSubnet('subnet-a', { sizeAddresses: 1_019, freeAddresses: which === 'more' ? 500 : 20 })];
  return {
    account: anAccount({ subnets, nodes: interfacesOf(NODES) }),
    addressFailures: which === 'fewer' ? [] : [{ nodeName: 'a', pods: 3, sinceMs: MONDAY_MS }],
  };
}

export const withEnv = (...env: DaemonSetView['env']): Partial<ClusterSnapshot> => ({
  daemonSet: aDaemonSet({ env, desired: 2 }),
});

/** One thing against a change, and the hold that comes of it. */
export type GuardCase = {
  readonly when: string;
  readonly reason: HoldReason;
  readonly message: string;
  readonly input: GuardInput;
};
