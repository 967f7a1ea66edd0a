/** What the stand-in CNI has seen since it was started. */
import { EC2_ACTIONS, type EC2Action } from '../../src/ipamd/ec2-calls.ts';

export type CniCounters = {
  /** Pods that asked for an address. */
  podStarts: number;
  /** Pods whose first try found no free address. */
  podsDelayedForAddress: number;
  /** Pods whose first try found no CNI that answers: not set up yet, or restarting. */
  podsDelayedForCni: number;
  /** Of pods that were delayed: from the first try until they had an address or were deleted. */
  waitMs: number;
  longestWaitMs: number;
  readonly ec2CallsByAction: Record<EC2Action, number>;
  ec2CallsFailed: number;
  /** Containers of aws-node that became ready. */
  agentStarts: number;
  agentCrashes: number;
};

export function newCounters(): CniCounters {
  const none = EC2_ACTIONS.map((action) => [action, 0] as const);
  return {
    podStarts: 0,
    podsDelayedForAddress: 0,
    podsDelayedForCni: 0,
    waitMs: 0,
    longestWaitMs: 0,
    ec2CallsByAction: Object.fromEntries(none) as Record<EC2Action, number>,
    ec2CallsFailed: 0,
    agentStarts: 0,
    agentCrashes: 0,
  };
}
