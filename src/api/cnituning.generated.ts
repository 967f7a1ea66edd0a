/**
 * Generated from crds/cnituning.dev_cnitunings.yaml by `npm run generate`; never edited.
 * The object as the API server returns it: a field with a default is always there.
 */

/**
 * CniTuning asks the operator to keep the warm-pool variables of the Amazon VPC CNI (the aws-node DaemonSet) at the best value for what the cluster's pods really need. With an empty spec it only advises.
 */
export interface CniTuning {
  /**
   * The version of this schema, cnituning.dev/v1alpha1.
   */
  readonly apiVersion?: string;
  /**
   * Always CniTuning.
   */
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec: CniTuningSpec;
  readonly status: CniTuningStatus;
}
/**
 * What the operator may do, within which bounds, and which objectives the values must meet.
 */
export interface CniTuningSpec {
  /**
   * What the operator does with its recommendation. Recommend (the default) only writes it to the status; Apply also writes it to the DaemonSet, which restarts the CNI on every node, a few nodes at a time.
   */
  readonly mode: 'Recommend' | 'Apply';
  /**
   * Stop deciding and writing, but keep observing, so that no history is lost. A rollout that is already running is not stopped.
   */
  readonly suspend: boolean;
  readonly daemonSetRef: DaemonSetRefSpec;
  /**
   * Labels that a node must carry for its history to be used. Empty (the default) means every node. It narrows what is learned from, not what is changed: the DaemonSet's environment is the same on every node, so in Apply mode the operator holds while the DaemonSet also runs on nodes outside the selector.
   */
  readonly nodeSelector: {
    /**
     * The value the label must have.
     */
    readonly [k: string]: string;
  };
  readonly settings: SettingsSpec;
  readonly objectives: ObjectivesSpec;
  readonly history: HistorySpec;
  /**
   * When a change may go out. They bind what the operator changes by its recommendation; giving values back (the object is deleted, a setting left spec.settings) waits for none of them.
   */
  readonly changes: {
    /**
     * When changes may go out, at most ten windows. Empty (the default): at any time. A change goes out while at least one window is open. A window bounds the start of a change, not the rollout that follows.
     *
     * Items: One window. It opens at every time of the schedule and stays open for the duration.
     */
    readonly windows: {
      /**
       * The times at which the window opens, as five cron fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), each a number, a range, a step or a list of them; months and days of the week also by name, such as `0 2 * * mon-fri`. When both kinds of day are given, either opens it. A time that the clocks skip in spring counts as the end of the skipped hour; a time that comes twice in autumn opens once, at the first.
       */
      readonly schedule: string;
      /**
       * How long the window stays open, from 1m to 168h, such as 4h or 1h30m. It is time that passes: 4h are four hours also in the night in which the clocks change.
       */
      readonly duration: string;
      /**
       * The time zone of the schedule by its IANA name, such as Europe/Berlin. UTC unless set.
       */
      readonly timeZone: string;
    }[];
    /**
     * The least time between two changes, from 0s (none) to 720h. Every change in status.changes counts, one that gave a setting back too.
     */
    readonly minimumInterval: string;
    /**
     * How many changes there may be within any 24 hours, not from midnight to midnight; at most the ten that status.changes remembers. Changes in an emergency count too: with 1 there is one only when nothing else was changed in the last 24 hours.
     */
    readonly maxPerDay: number;
    /**
     * Which way the operator may go. IncreaseOnly: only to values that keep more addresses on the nodes; DecreaseOnly: only to values that keep fewer.
     */
    readonly allowed: 'Both' | 'IncreaseOnly' | 'DecreaseOnly';
    /**
     * By how much of the live values' cost (scorePerNodeHour) a change must lower it, as a percentage such as 10%. Not asked while the live values break an objective or lie outside the bounds.
     */
    readonly minimumGain: string;
    /**
     * What a change may skip in an emergency: while a subnet of the pods is under its reserve, a change that keeps fewer addresses; while pods wait for an address, one that keeps more; both at once: neither, the operator holds and says so. Never: nothing. WithinWindow (the default): minimumInterval and minimumGain. Always: the windows too. One change in two hours may do so, and it counts in maxPerDay.
     */
    readonly emergency: 'Never' | 'WithinWindow' | 'Always';
  };
  readonly ownership: OwnershipSpec;
  /**
   * What happens to the DaemonSet when this object is deleted. Restore (the default) gives back the values found before the operator's first write, unless somebody has changed them since; Retain leaves them.
   */
  readonly deletionPolicy: 'Restore' | 'Retain';
}
/**
 * The container whose environment is tuned. Immutable: to tune another DaemonSet, create another CniTuning. When two objects name the same container, the older one works and the younger one stalls.
 */
export interface DaemonSetRefSpec {
  /**
   * Namespace of the DaemonSet.
   */
  readonly namespace: string;
  /**
   * Name of the DaemonSet.
   */
  readonly name: string;
  /**
   * Name of the container in the DaemonSet's pod template that runs the CNI.
   */
  readonly container: string;
}
/**
 * The settings that this object owns, each with the bounds inside which the operator may choose. Left out: warmENI from 0 to 3 and warmPrefix from 1 to 4. Present: exactly what is listed and nothing else; a setting that is taken out of the list gets its original value back. `kubectl apply` without --server-side adds to the stored list instead of replacing it.
 */
export interface SettingsSpec {
  /**
   * WARM_ENI_TARGET: how many whole network interfaces with unused addresses a node keeps attached. It counts on nodes without prefix delegation.
   */
  readonly warmENI?: {
    /**
     * The smallest value the operator may choose.
     */
    readonly min: number;
    /**
     * The largest value the operator may choose. No instance type attaches more than 15 to a network card.
     */
    readonly max: number;
  };
  /**
   * WARM_PREFIX_TARGET: how many unused /28 prefixes (16 addresses each) a node keeps attached. It counts on nodes with prefix delegation.
   */
  readonly warmPrefix?: {
    /**
     * The smallest value the operator may choose. At least 1: with 0 and no other warm target the aws-node container exits at start in prefix mode.
     */
    readonly min: number;
    /**
     * The largest value the operator may choose. 32 prefixes are 512 addresses, more than any node has pods.
     */
    readonly max: number;
  };
  /**
   * WARM_IP_TARGET: how many unused addresses a node keeps attached. Not owned unless listed. Where it is above 0 the CNI does not read WARM_ENI_TARGET, and WARM_PREFIX_TARGET no longer sizes the pool. The operator may also choose 0, which turns both address targets off.
   */
  readonly warmIP?: {
    /**
     * The smallest value above 0 the operator may choose.
     */
    readonly min: number;
    /**
     * The largest value the operator may choose.
     */
    readonly max: number;
  };
  /**
   * MINIMUM_IP_TARGET: how many addresses, used or not, a node keeps attached at least. Needs warmIP: a minimum without warm addresses stops the growth of the pool.
   */
  readonly minimumIP?: {
    /**
     * The smallest value the operator may choose while warmIP is above 0.
     */
    readonly min: number;
    /**
     * The largest value the operator may choose.
     */
    readonly max: number;
  };
}
/**
 * What a value must achieve before its cost counts. When no value inside the bounds can, the operator takes the one that comes closest and says which objective is not met and what would help.
 */
export interface ObjectivesSpec {
  /**
   * The share of pod starts that may find no free address on their node and have to wait, as a percentage such as 0.1%. Starts that would wait even with the largest pool the node can hold are shown, but not counted against it.
   */
  readonly delayedPods: string;
  /**
   * Addresses to keep free in each subnet that the cluster's pods use: a count such as 256, or a percentage of the subnet's size such as 10%. Not judged while the subnets cannot be read.
   */
  readonly subnetReserve: number | string;
}
/**
 * How much remembered demand the recommendation rests on. Durations are written as in Go, such as 90m or 1h30m; the largest unit is h.
 */
export interface HistorySpec {
  /**
   * How far back the history goes. Older demand is forgotten. From 1h to 2160h (90 days).
   */
  readonly window: string;
  /**
   * The age at which remembered demand weighs half as much as demand of now. From 10m to 2160h, and not longer than the window.
   */
  readonly halfLife: string;
  /**
   * How much history there must be before the first recommendation. From 1m to 720h, and not longer than the window. Less than a few hours is for trying the operator out: it has not seen a busy day.
   */
  readonly minimum: string;
}
/**
 * What the operator may do about variables that somebody else wrote.
 */
export interface OwnershipSpec {
  /**
   * Field managers whose value of a tuned variable may be overwritten, such as eks (the EKS add-on) or kubectl-client-side-apply. Empty (the default): when anybody else owns the value, the operator holds and its message names the owner and the command that would allow it.
   *
   * Items: The name of a field manager, as `kubectl get --show-managed-fields` prints it.
   */
  readonly takeOverFrom: readonly string[];
}
/**
 * What the operator observed, advises and did. Written by the operator only.
 */
export interface CniTuningStatus {
  /**
   * The metadata.generation that this status describes; -1 until the operator has seen the object.
   */
  readonly observedGeneration: number;
  /**
   * The state in the form that tools wait for. Ready summarizes; Reconciling and Stalled are present only while true; Recommended, Applied, SubnetsObserved, FailuresObserved and HistoryKept inform and do not touch Ready.
   */
  readonly conditions?: readonly Condition[];
  /**
   * The variables that count with their live and recommended value, such as `WARM_ENI_TARGET 1→0`; one value when they agree.
   */
  readonly settingSummary?: string;
  /**
   * Each variable this object owns.
   */
  readonly settings?: readonly SettingStatus[];
  readonly recommendation?: RecommendationStatus;
  /**
   * The values that were compared for the recommendation, best first, at most ten: the first but the recommended one is the runner-up. Absent until there is enough history.
   */
  readonly candidates?: readonly CandidateStatus[];
  /**
   * The kinds of node, those with the most nodes first, at most twenty: how full they are, and which values would be best for each alone. Absent until there is enough history.
   *
   * Items: One instance type with one number of pods.
   */
  readonly shapes?: {
    /**
     * The instance type.
     */
    readonly instanceType: string;
    /**
     * The most pods the kubelet accepts.
     */
    readonly maxPods: number;
    /**
     * Nodes of this kind when the recommendation was written.
     */
    readonly nodes: number;
    /**
     * Half of the time a node had at most so many pods that need an address.
     */
    readonly podsP50: number;
    /**
     * 99 % of the time a node had at most so many.
     */
    readonly podsP99: number;
    /**
     * Mean number of addresses attached to such a node under the live values.
     */
    readonly heldAddressesPerNode: string;
    /**
     * Mean number of addresses attached to such a node and used by no pod, under the live values.
     */
    readonly idleAddressesPerNode: string;
    /**
     * Share of pod starts on such nodes that would wait under the recommended values and not with the largest pool.
     */
    readonly delayedPods: string;
    /**
     * The values that would be best if there were no other kind of node, such as `WARM_ENI_TARGET=0`.
     */
    readonly best: string;
    /**
     * By how much the recommended values cost more per node and hour than the best ones for this kind of node; 0 where they are the best, or where the best ones cost more and wait less.
     */
    readonly regretPerNodeHour: string;
  }[];
  readonly nodes?: NodesStatus;
  readonly addresses?: AddressesStatus;
  /**
   * The subnets of the cluster's nodes and pods; the 50 with the fewest free addresses. Absent while EC2 cannot be read.
   */
  readonly subnets?: readonly SubnetStatus[];
  readonly rollout?: RolloutStatus;
  readonly hold?: HoldStatus;
  /**
   * The last 10 changes the operator made to the DaemonSet, newest first.
   */
  readonly changes?: readonly ChangeStatus[];
  readonly rollback?: RollbackStatus;
  /**
   * The last value of the annotation cnituning.dev/rollback that the operator has carried out or answered. No value is carried out twice.
   */
  readonly lastHandledRollback?: string;
  /**
   * The last value of the annotation cnituning.dev/reconcile that the operator acted on.
   */
  readonly lastHandledReconcile?: string;
}
/**
 * One aspect of the state.
 */
export interface Condition {
  /**
   * Name of the condition.
   */
  readonly type: string;
  /**
   * Whether the condition holds.
   */
  readonly status: 'True' | 'False' | 'Unknown';
  /**
   * The metadata.generation this condition was set for.
   */
  readonly observedGeneration?: number;
  /**
   * When the status of the condition last changed.
   */
  readonly lastTransitionTime: string;
  /**
   * Why, as one word; the runbook has a section for each.
   */
  readonly reason: string;
  /**
   * Why, as a sentence.
   */
  readonly message: string;
}
/**
 * One variable of the container.
 */
export interface SettingStatus {
  /**
   * Name of the environment variable.
   */
  readonly name: string;
  /**
   * The value in the DaemonSet now, as written there; absent when there is none.
   */
  readonly live?: string;
  /**
   * The value the operator advises.
   */
  readonly recommended?: number;
  /**
   * What it would advise without the bounds in spec.settings.
   */
  readonly uncapped?: number;
  /**
   * The smallest value inside the bounds that the evidence leaves possible. Few pod starts and little watched time leave a wide range.
   */
  readonly lowerBound?: number;
  /**
   * The largest value inside the bounds that the evidence leaves possible.
   */
  readonly upperBound?: number;
  readonly original?: OriginalStatus;
  /**
   * The field managers that own the value now, separated by commas; absent when nobody does.
   */
  readonly owner?: string;
  /**
   * False when the CNI does not use the variable in the cluster's mode or another variable overrides it.
   */
  readonly effective: boolean;
}
/**
 * What the DaemonSet held before the operator's first write; absent while nothing was written.
 */
export interface OriginalStatus {
  /**
   * Absent when there was no such variable, Value when there was.
   */
  readonly state: 'Absent' | 'Value';
  /**
   * The value it had.
   */
  readonly value?: string;
  /**
   * The field managers that owned the value, separated by commas.
   */
  readonly owner?: string;
}
/**
 * What the operator advises and why; absent until there is enough history.
 */
export interface RecommendationStatus {
  /**
   * Changes only when what is proposed changes.
   */
  readonly id: string;
  /**
   * The advice in one sentence, with numbers.
   */
  readonly summary: string;
  /**
   * How much evidence there is.
   */
  readonly confidence: 'Low' | 'Medium' | 'High';
  readonly current: FiguresStatus;
  /**
   * What the recommended values would do on the same demand.
   */
  readonly expected: FiguresStatus;
  readonly evidence: EvidenceStatus;
  /**
   * The objective or bound that decided, such as delayedPods or settings.warmENI.min; score when none did.
   */
  readonly binding: string;
  /**
   * The objective that no value inside the bounds meets, and what would help; absent when all are met.
   */
  readonly unmet?: string;
  /**
   * The objectives that the live values break, in words; absent when they keep all.
   *
   * Items: One objective, and by how much it is broken.
   */
  readonly currentBreaks?: readonly string[];
  /**
   * What WARM_IP_TARGET and MINIMUM_IP_TARGET would do on the same demand, where spec.settings does not allow them. Told, never written.
   */
  readonly addressPair?: string;
  /**
   * What the nodes would do on the same demand with prefix delegation switched on, or off where it is on, and what that needs. Told, never written.
   */
  readonly otherMode?: string;
  /**
   * When the evaluation behind the recommendation finished.
   */
  readonly evaluationTime: string;
}
/**
 * What the live values do on the remembered demand.
 */
export interface FiguresStatus {
  /**
   * Mean number of addresses attached to a node.
   */
  readonly heldAddressesPerNode: string;
  /**
   * Mean number of addresses in use by pods of a node.
   */
  readonly assignedAddressesPerNode: string;
  /**
   * Mean number of addresses attached to a node and used by no pod.
   */
  readonly idleAddressesPerNode: string;
  /**
   * Share of pod starts that wait for an address and would not with the largest pool, such as 0.05%.
   */
  readonly delayedPods: string;
  /**
   * Share of pod starts that wait for an address even with the largest pool the node can hold.
   */
  readonly unavoidableDelayedPods: string;
  /**
   * EC2 calls of the CNI per node and hour.
   */
  readonly ec2CallsPerNodeHour: string;
  /**
   * Those of the EC2 calls that create, attach, assign, free or delete.
   */
  readonly mutatingEC2CallsPerNodeHour: string;
  /**
   * Network interfaces created and freed again per node and day while demand is steady.
   */
  readonly eniCyclesPerNodeDay: string;
  /**
   * Idle addresses and EC2 calls weighed into one cost per node and hour; lower is better.
   */
  readonly scorePerNodeHour: string;
}
/**
 * What the recommendation rests on.
 */
export interface EvidenceStatus {
  /**
   * Start of the history used.
   */
  readonly fromTime: string;
  /**
   * End of the history used.
   */
  readonly toTime: string;
  /**
   * Hours of node life replayed.
   */
  readonly nodeHours: string;
  /**
   * Pod starts replayed.
   */
  readonly podStarts: number;
}
/**
 * One set of values and what it would do on the remembered demand.
 */
export interface CandidateStatus {
  /**
   * The values that count, such as `WARM_ENI_TARGET=0`.
   */
  readonly settings: string;
  /**
   * Mean number of addresses attached to a node and used by no pod.
   */
  readonly idleAddressesPerNode: string;
  /**
   * Share of pod starts that wait for an address and would not with the largest pool.
   */
  readonly delayedPods: string;
  /**
   * EC2 calls of the CNI per node and hour.
   */
  readonly ec2CallsPerNodeHour: string;
  /**
   * Idle addresses and EC2 calls weighed into one cost; lower is better.
   */
  readonly scorePerNodeHour: string;
  /**
   * Why it is not the recommendation; absent for the one that is.
   */
  readonly lostBecause?: string;
}
/**
 * How many nodes there are and how many count.
 */
export interface NodesStatus {
  /**
   * Nodes of the cluster.
   */
  readonly total: number;
  /**
   * Nodes whose demand is remembered and judged.
   */
  readonly tuned: number;
  /**
   * The other nodes, by the reason for leaving them out.
   */
  readonly skipped?: readonly SkippedNodes[];
}
/**
 * Nodes left out for one reason.
 */
export interface SkippedNodes {
  /**
   * Why, as one word, such as Fargate or UnknownInstanceType.
   */
  readonly reason: string;
  /**
   * How many.
   */
  readonly nodes: number;
}
/**
 * The addresses of the tuned nodes now.
 */
export interface AddressesStatus {
  /**
   * Addresses taken from the subnets by interfaces of these nodes; absent while EC2 cannot be read.
   */
  readonly attached?: number;
  /**
   * Pods on these nodes that need an address.
   */
  readonly assigned?: number;
  /**
   * Attached and not assigned; absent while EC2 cannot be read.
   */
  readonly idle?: number;
}
/**
 * One subnet.
 */
export interface SubnetStatus {
  /**
   * Subnet id.
   */
  readonly id: string;
  /**
   * Availability zone.
   */
  readonly zone: string;
  /**
   * IPv4 address range.
   */
  readonly cidr: string;
  /**
   * Addresses a user can have, which are all but five.
   */
  readonly size: number;
  /**
   * Addresses nobody has.
   */
  readonly free: number;
  /**
   * Free aligned /28 blocks, what prefix delegation can still take; absent while the interfaces cannot be read.
   */
  readonly freePrefixes?: number;
  /**
   * Addresses held by interfaces of this cluster's nodes; absent while the interfaces cannot be read.
   */
  readonly held?: number;
  /**
   * Addresses held by anything else; absent while the interfaces cannot be read.
   */
  readonly heldByOthers?: number;
  /**
   * Addresses that objectives.subnetReserve keeps free here.
   */
  readonly reserve?: number;
  /**
   * Whether the subnet will run into its reserve within 30 days, from its use over the last week: InReserve (it has), Expected, Possible (at the upper end of the band only), NotExpected, or TooLittleData (fewer than three days seen).
   */
  readonly outlook?: 'InReserve' | 'Expected' | 'Possible' | 'NotExpected' | 'TooLittleData';
  /**
   * When the subnet will most likely run into its reserve, or since when it is in it; absent when not within 30 days. Written again when it moves by a tenth of the time left.
   */
  readonly exhaustionTime?: string;
  /**
   * The early end of the band, which holds in about four cases of five; absent when not within 30 days.
   */
  readonly earliestExhaustionTime?: string;
  /**
   * The late end of the band; absent when not within 30 days.
   */
  readonly latestExhaustionTime?: string;
  /**
   * Addresses by which the daily peak grew per day when the forecast was written; negative when it shrank, absent with too little data.
   */
  readonly growthPerDay?: number;
}
/**
 * The rollout of the operator's last change; absent when it is complete.
 */
export interface RolloutStatus {
  /**
   * The variables before, such as WARM_ENI_TARGET=1.
   */
  readonly from: string;
  /**
   * The variables after.
   */
  readonly to: string;
  /**
   * Nodes that should run the new template.
   */
  readonly desired: number;
  /**
   * Nodes that do and are available.
   */
  readonly updated: number;
  /**
   * When the change was written.
   */
  readonly startTime: string;
}
/**
 * Why the operator does not act on its recommendation now; absent when nothing holds it.
 */
export interface HoldStatus {
  /**
   * Why, as one word; the runbook has a section for each.
   */
  readonly reason: string;
  /**
   * Why, as a sentence with the remedy.
   */
  readonly message: string;
  /**
   * When the operator looks again by itself; absent when only an event can change it.
   */
  readonly recheckTime?: string;
}
/**
 * One change.
 */
export interface ChangeStatus {
  /**
   * When it was written.
   */
  readonly time: string;
  /**
   * The variables before, such as WARM_ENI_TARGET=1.
   */
  readonly from: string;
  /**
   * The variables after.
   */
  readonly to: string;
  /**
   * Why, in one sentence.
   */
  readonly because: string;
  /**
   * The recommendation it carried out; absent for a restore.
   */
  readonly recommendationID?: string;
  /**
   * The emergency that let it skip a rule of spec.changes; absent when it skipped none.
   */
  readonly emergency?: string;
  /**
   * RollingOut until every node has it, then Complete; Superseded when another change came first, Undone when it was taken back by request.
   */
  readonly result: 'RollingOut' | 'Complete' | 'Superseded' | 'Undone';
}
/**
 * The last request to undo a change (annotation cnituning.dev/rollback) and what has come of it; absent while there is no such annotation. Without the annotation the undone values may be written again.
 */
export interface RollbackStatus {
  /**
   * The value of the annotation.
   */
  readonly token: string;
  /**
   * When the operator saw the request.
   */
  readonly time: string;
  /**
   * The variables as the undone change had written them, such as WARM_ENI_TARGET=0. They are not written again while the annotation stays. Absent while nothing was undone.
   */
  readonly undone?: string;
  /**
   * The variables as they were before that change.
   */
  readonly back?: string;
  /**
   * What is being done, was done, or why nothing was, as a sentence.
   */
  readonly message: string;
}

/** The part of the object's metadata that the program reads. */
export interface ObjectMeta {
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}
