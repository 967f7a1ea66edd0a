/** Guards that ask whether the cluster is in a state in which anything may be decided or written. */
import { DO_NOT_TUNE_ANNOTATION } from '../../api/cnituning.ts';
import { timestampOf } from '../../api/conditions.ts';
import { matchesSelector } from '../demand/node-shape.ts';
import { whole } from '../recommend/wording.ts';
import type { AccountGap, AccountView, ClusterSnapshot } from '../snapshot.ts';
import type { Guard } from './guard-input.ts';
import { daemonSetName, wouldWrite } from './guard-input.ts';

/** A watch that breaks is back within seconds; what we know is not old before that. */
const STALE_AFTER_MS = 30_000;
/** EC2 is read every few minutes; readings this old say nothing about free addresses. */
const ACCOUNT_STALE_AFTER_MS = 20 * 60_000;
const THROTTLE_LOOK_AGAIN_MS = 5 * 60_000;
/** One broken CNI in a hundred is daily life on a large cluster; one in twenty is not the time to restart all. */
const UNHEALTHY_SHARE = 0.05;
const PASSING_GAPS: ReadonlySet<AccountGap['reason']> = new Set(['Unavailable', 'Throttled']);

export const snapshotIncomplete: Guard = ({ spec, snapshot }, intent) => {
  const { synced, account } = snapshot;
  if (!synced) return { message: notYetSynced(snapshot) };
  if (spec.mode !== 'Apply' || intent.kind !== 'Change' || !mayYetAnswer(account)) return undefined;
  const why = account?.gaps.map(({ message }) => message).join(' ') ?? '';
  const message = `A change waits until EC2 was read once since the start of the operator. ${why}`.trimEnd();
  return { message };
};

export function notYetSynced({ refusedWatches = [] }: ClusterSnapshot): string {
  return ['Not every watch has delivered its first state yet.', ...refusedWatches].join(' ');
}

/** Missing rights and credentials are an answer: then subnets are not judged. An EC2 that is away for now is none. */
function mayYetAnswer(account: AccountView | undefined): boolean {
  if (account === undefined) return true;
  return account.subnets === undefined && account.gaps.some(({ reason }) => PASSING_GAPS.has(reason));
}

export const snapshotStale: Guard = ({ snapshot, nowMs }) => {
  const { staleSinceMs = nowMs, account, refusedWatches = [] } = snapshot;
  if (isWatchStale(snapshot, nowMs)) {
    const message = `A watch has been broken since ${timestampOf(staleSinceMs)}; nothing is decided on what was known then.`;
    return { message: [message, ...refusedWatches].join(' ') };
  }
  if (account?.subnets === undefined || nowMs - account.takenAtMs <= ACCOUNT_STALE_AFTER_MS) return undefined;
  const message = `EC2 was last read at ${timestampOf(account.takenAtMs)}; nothing is decided on what was known then.`;
  return { message };
};

export function isWatchStale({ staleSinceMs }: ClusterSnapshot, nowMs: number): boolean {
  return staleSinceMs !== undefined && nowMs - staleSinceMs > STALE_AFTER_MS;
}

export const suspended: Guard = ({ spec }) =>
  spec.suspend ? { message: 'spec.suspend is true: observing, but neither deciding nor writing.' } : undefined;

export const doNotTune: Guard = ({ spec, snapshot }) => {
  if (snapshot.daemonSet?.annotations[DO_NOT_TUNE_ANNOTATION] !== 'true') return undefined;
  const { namespace, name } = spec.daemonSetRef;
  return {
    message:
      `DaemonSet ${daemonSetName(spec)} carries the annotation ${DO_NOT_TUNE_ANNOTATION}: "true"; to allow changes ` +
      `again: kubectl annotate daemonset ${name} -n ${namespace} ${DO_NOT_TUNE_ANNOTATION}-`,
  };
};

export const conflict: Guard = ({ spec, conflictWith }) => {
  if (conflictWith === undefined) return undefined;
  const { container } = spec.daemonSetRef;
  return {
    message:
      `The older CniTuning ${conflictWith} tunes the same container ${container} of DaemonSet ${daemonSetName(spec)}; ` +
      `delete one of the two.`,
  };
};

export const selectorNarrowerThanDaemonSet: Guard = ({ spec, snapshot }, intent) => {
  if (intent.kind !== 'Change') return undefined;
  const labels = new Map(snapshot.nodes.map((node) => [node.name, node.labels]));
  const outside = snapshot.awsNodePods.filter(
    ({ nodeName }) => !matchesSelector(labels.get(nodeName) ?? {}, spec.nodeSelector),
  ).length;
  if (outside === 0) return undefined;
  return {
    message:
      `DaemonSet ${daemonSetName(spec)} also runs on ${whole(outside)} nodes outside spec.nodeSelector, whose pools a ` +
      `change would alter unjudged; widen the selector, or use mode Recommend.`,
  };
};

export const rolloutStrategyUnsupported: Guard = ({ spec, snapshot }, intent) => {
  if (!wouldWrite(intent) || snapshot.daemonSet?.updateStrategy !== 'OnDelete') return undefined;
  return {
    message:
      `DaemonSet ${daemonSetName(spec)} has the update strategy OnDelete: a change would reach no node until its pod is ` +
      `deleted; set spec.updateStrategy.type of the DaemonSet to RollingUpdate.`,
  };
};

export const rolloutInProgress: Guard = ({ spec, rollout, ownRolloutOpen }) => {
  if (rollout === undefined || !(ownRolloutOpen || rollout.inProgress)) return undefined;
  const { updated, desired, waitingFor } = rollout;
  const left =
    waitingFor.length > 0
      ? `; waiting for ${waitingFor.join(', ')}${updated + waitingFor.length < desired ? ' and more' : ''}`
      : '';
  return {
    message: `DaemonSet ${daemonSetName(spec)} is rolling out: ${whole(updated)} of ${whole(desired)} nodes are done${left}.`,
  };
};

export const daemonSetUnhealthy: Guard = ({ spec, rollout }, intent) => {
  if (!wouldWrite(intent) || rollout === undefined) return undefined;
  if (rollout.unhealthy <= rollout.desired * UNHEALTHY_SHARE) return undefined;
  return {
    message:
      `${whole(rollout.unhealthy)} of ${whole(rollout.desired)} pods of DaemonSet ${daemonSetName(spec)} on Ready nodes ` +
      `are not ready (${rollout.waitingFor.join(', ')}); a change waits until they are.`,
  };
};

export const ec2Throttled: Guard = ({ snapshot: { account } }, intent) => {
  if (!wouldWrite(intent) || account === undefined) return undefined;
  const throttled = Object.entries(account.throttledCallsByAction ?? {}).filter(([, calls]) => calls > 0);
  if (throttled.length === 0) return undefined;
  const calls = throttled.map(([action, count]) => `${whole(count)} ${action}`).toSorted();
  return {
    message: `EC2 is throttling this account now (${calls.join(', ')}); restarting the CNI on every node would add to it.`,
    recheckAtMs: account.takenAtMs + THROTTLE_LOOK_AGAIN_MS,
  };
};
