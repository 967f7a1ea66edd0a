import { describe, expect, it } from 'vitest';
import { HOLD_REASONS } from '../api/conditions.ts';
import type { HoldReason } from '../api/reasons.ts';
import {
  aDaemonSet,
  anAccount,
  anEnvEntry,
  aNode,
  aSpec,
  MONDAY_MS,
  MINUTE_MS,
  HOUR_MS,
} from '../../test/support/builders.ts';
import { anAdvice, someFigures } from '../../test/support/a-pass-record.ts';
import { censusOf } from './census.ts';
import { GUARDS } from './guardrails.ts';
import type { GuardInput } from './guards/guard-input.ts';
import { liveSettingsOf } from './live-settings.ts';
import { makePlan } from './plan.ts';
import { rolloutOf } from './rollout.ts';
import type { AccountGap, AccountView, ClusterSnapshot, DaemonSetView } from './snapshot.ts';

const NODES = [aNode('a'), aNode('b')];

/** Apply mode, everything in order, and a change from 1 to 0 waiting: nothing holds. */
function anInput(more: Partial<GuardInput> = {}, seen: Partial<ClusterSnapshot> = {}): GuardInput {
  const ours = [anEnvEntry('ENABLE_IPv4', 'true'), anEnvEntry('WARM_ENI_TARGET', '1', 'cni-tuner')];
  const daemonSet: DaemonSetView | undefined = aDaemonSet({ env: ours, desired: 2, updated: 2 });
  const snapshot: ClusterSnapshot = {
    takenAtMs: MONDAY_MS,
    synced: true,
    staleSinceMs: undefined,
    nodes: NODES,
    podsByNode: new Map(),
    addressFailures: [],
    daemonSet,
    awsNodePods: NODES.map(({ name }) => ({ nodeName: name, ready: true, updated: true })),
    account: anAccount(),
    ...seen,
  };
  const spec = more.spec ?? aSpec({ mode: 'Apply' });
  return {
    name: 'default',
    spec,
    snapshot,
    live: snapshot.daemonSet === undefined ? undefined : liveSettingsOf(snapshot.daemonSet),
    census: censusOf(snapshot, spec.nodeSelector),
    rollout: rolloutOf(snapshot),
    ownRolloutOpen: false,
    lastChange: undefined,
    recommendation: anAdvice({ values: { warmENI: 0 }, expected: someFigures({ scorePerNodeHour: 4 }) }),
    originals: [],
    conflictWith: undefined,
    nowMs: MONDAY_MS,
    ...more,
  };
}

function undecided(reason: HoldReason, message: string): Partial<GuardInput> {
  return { recommendation: { kind: 'Undecided', reason, message, evidence: undefined, recheckAtMs: undefined } };
}

const unreadAccount = (reason: AccountGap['reason'], message: string): AccountView =>
  anAccount({ subnets: undefined, nodes: undefined, gaps: [{ reason, action: undefined, message }] });

const withEnv = (...env: DaemonSetView['env']): Partial<ClusterSnapshot> => ({
  daemonSet: aDaemonSet({ env, desired: 2 }),
});

type Case = {
  readonly when: string;
  readonly reason: HoldReason;
  readonly message: string;
  readonly input: GuardInput;
};

const CASES: readonly Case[] = [
  {
    when: 'a watch has not delivered its first state',
    reason: 'SnapshotIncomplete',
    message: 'Not every watch has delivered its first state yet.',
    input: anInput({}, { synced: false }),
  },
  {
    when: 'EC2 has not been read yet',
    reason: 'SnapshotIncomplete',
    message: 'A change waits until EC2 was read once since the start of the operator.',
    input: anInput({}, { account: undefined }),
  },
  {
    when: 'EC2 was away since the start',
    reason: 'SnapshotIncomplete',
    message: 'A change waits until EC2 was read once since the start of the operator. EC2 cannot be reached.',
    input: anInput({}, { account: unreadAccount('Unavailable', 'EC2 cannot be reached.') }),
  },
  {
    when: 'a watch has been broken for a minute',
    reason: 'SnapshotStale',
    message: 'A watch has been broken since 2026-03-01T23:59:00Z; nothing is decided on what was known then.',
    input: anInput({}, { staleSinceMs: MONDAY_MS - MINUTE_MS }),
  },
  {
    when: 'EC2 was read half an hour ago',
    reason: 'SnapshotStale',
    message: 'EC2 was last read at 2026-03-01T23:30:00Z; nothing is decided on what was known then.',
    input: anInput({}, { account: anAccount({ takenAtMs: MONDAY_MS - 30 * MINUTE_MS }) }),
  },
  {
    when: 'the user suspended it',
    reason: 'Suspended',
    message: 'spec.suspend is true: observing, but neither deciding nor writing.',
    input: anInput({ spec: aSpec({ mode: 'Apply', suspend: true }) }),
  },
  {
    when: 'the DaemonSet must not be tuned',
    reason: 'DoNotTune',
    message:
      'DaemonSet kube-system/aws-node carries the annotation cnituning.dev/do-not-tune: "true"; to allow changes again: ' +
      'kubectl annotate daemonset aws-node -n kube-system cnituning.dev/do-not-tune-',
    input: anInput({}, { daemonSet: aDaemonSet({ annotations: { 'cnituning.dev/do-not-tune': 'true' } }) }),
  },
  {
    when: 'an older object names the same container',
    reason: 'Conflict',
    message:
      'The older CniTuning first tunes the same container aws-node of DaemonSet kube-system/aws-node; delete one of the two.',
    input: anInput({ conflictWith: 'first' }),
  },
  ...(['DaemonSetNotFound', 'ContainerNotFound', 'NoSupportedNodes', 'SettingsIneffective', 'Evaluating'] as const).map(
    (reason) => ({
      when: `the recommendation is open for ${reason}`,
      reason,
      message: 'As the recommendation says.',
      input: anInput(undecided(reason, 'As the recommendation says.')),
    }),
  ),
  {
    when: 'the DaemonSet also runs outside the selector',
    reason: 'SelectorNarrowerThanDaemonSet',
    message:
      'DaemonSet kube-system/aws-node also runs on 1 nodes outside spec.nodeSelector, whose pools a change would alter ' +
      'unjudged; widen the selector, or use mode Recommend.',
    input: anInput(
      { spec: aSpec({ mode: 'Apply', nodeSelector: { pool: 'batch' } }) },
      { nodes: [aNode('a', { labels: { pool: 'batch' } }), aNode('b')] },
    ),
  },
  {
    when: 'pods of the DaemonSet are replaced only when deleted',
    reason: 'RolloutStrategyUnsupported',
    message:
      'DaemonSet kube-system/aws-node has the update strategy OnDelete: a change would reach no node until its pod is ' +
      'deleted; set spec.updateStrategy.type of the DaemonSet to RollingUpdate.',
    input: anInput({}, { daemonSet: aDaemonSet({ updateStrategy: 'OnDelete', desired: 2 }) }),
  },
  {
    when: 'a rollout is under way',
    reason: 'RolloutInProgress',
    message: 'DaemonSet kube-system/aws-node is rolling out: 1 of 2 nodes are done; waiting for b.',
    input: anInput(
      {},
      {
        awsNodePods: [
          { nodeName: 'a', ready: true, updated: true },
          { nodeName: 'b', ready: true, updated: false },
        ],
      },
    ),
  },
  {
    when: 'a pod of the DaemonSet is not ready',
    reason: 'DaemonSetUnhealthy',
    message:
      '1 of 2 pods of DaemonSet kube-system/aws-node on Ready nodes are not ready (b); a change waits until they are.',
    input: anInput(
      {},
      {
        awsNodePods: [
          { nodeName: 'a', ready: true, updated: true },
          { nodeName: 'b', ready: false, updated: true },
        ],
      },
    ),
  },
  {
    when: 'EC2 throttles',
    reason: 'Ec2Throttled',
    message:
      'EC2 is throttling this account now (120 AttachNetworkInterface); restarting the CNI on every node would add to it.',
    input: anInput({}, { account: anAccount({ throttledCallsByAction: { AttachNetworkInterface: 120 } }) }),
  },
  {
    when: 'the variable is read from a reference',
    reason: 'ValueFromUnsupported',
    message:
      'WARM_ENI_TARGET of DaemonSet kube-system/aws-node takes its value from a reference (valueFrom), which cni-tuner ' +
      'does not replace; give it a plain value, or leave the setting out of spec.settings.',
    input: anInput({}, withEnv({ name: 'WARM_ENI_TARGET', value: undefined, hasValueFrom: true, valueOwners: [] })),
  },
  {
    when: 'another manager owns the variable',
    reason: 'FieldsOwnedElsewhere',
    message:
      'WARM_ENI_TARGET is owned by field manager "eks" (spec.template.spec.containers[name="aws-node"]' +
      '.env[name="WARM_ENI_TARGET"].value of DaemonSet kube-system/aws-node). To let cni-tuner take it over: kubectl patch ' +
      'cnit default --type=merge -p \'{"spec":{"ownership":{"takeOverFrom":["eks"]}}}\'. eks (the EKS add-on) keeps every ' +
      'other field; an add-on update that resolves conflicts by PRESERVE keeps our value, one by OVERWRITE takes it back, ' +
      'one by NONE fails and names the conflict.',
    input: anInput({}, withEnv(anEnvEntry('WARM_ENI_TARGET', '1'))),
  },
  {
    when: 'a second owner writes by Update and the first is already allowed',
    reason: 'FieldsOwnedElsewhere',
    message:
      'WARM_ENI_TARGET is owned by field manager "kubectl-set" (spec.template.spec.containers[name="aws-node"]' +
      '.env[name="WARM_ENI_TARGET"].value of DaemonSet kube-system/aws-node). To let cni-tuner take it over: kubectl patch ' +
      'cnit default --type=merge -p \'{"spec":{"ownership":{"takeOverFrom":["eks","kubectl-set"]}}}\'. kubectl-set keeps ' +
      'every other field; when it next writes this variable its value silently replaces ours.',
    input: anInput(
      { spec: aSpec({ mode: 'Apply', takeOverFrom: ['eks'] }) },
      withEnv(anEnvEntry('WARM_ENI_TARGET', '1', 'kubectl-set', 'Update')),
    ),
  },
  {
    when: 'too little was watched',
    reason: 'CollectingHistory',
    message: 'Collecting history.',
    input: anInput(undecided('CollectingHistory', 'Collecting history.')),
  },
  {
    when: 'a step down was made an hour ago on little evidence',
    reason: 'CollectingHistory',
    message:
      'WARM_ENI_TARGET=0 would be the next step down, and there is little evidence yet: it waits until ' +
      '2026-03-02T05:00:00Z, 6h after the last change.',
    input: anInput({
      lastChange: { atMs: MONDAY_MS - HOUR_MS, wrote: 'WARM_ENI_TARGET=1' },
      recommendation: anAdvice({ confidence: 'Low', expected: someFigures({ scorePerNodeHour: 4 }) }),
    }),
  },
  {
    when: 'only advice is asked for',
    reason: 'RecommendMode',
    message:
      'spec.mode is Recommend: nothing is written. To let cni-tuner set WARM_ENI_TARGET=0: kubectl patch cnit default ' +
      '--type=merge -p \'{"spec":{"mode":"Apply"}}\'',
    input: anInput({ spec: aSpec() }),
  },
  {
    when: 'the gain is a twentieth',
    reason: 'GainTooSmall',
    message: 'WARM_ENI_TARGET=0 would cost 19 per node-hour instead of 20, a gain of 5%; a change must gain 10%.',
    input: anInput({
      recommendation: anAdvice({
        current: someFigures({ scorePerNodeHour: 20 }),
        expected: someFigures({ scorePerNodeHour: 19 }),
      }),
    }),
  },
  {
    when: 'the CNI would not start afterwards',
    reason: 'ResultInvalid',
    message:
      'After writing WARM_ENI_TARGET=0 the CNI of DaemonSet kube-system/aws-node would not start: ENABLE_IPv4 and ' +
      'ENABLE_IPv6 are both off; exactly one of them must be on.',
    input: anInput({}, withEnv(anEnvEntry('WARM_ENI_TARGET', '1', 'cni-tuner'), anEnvEntry('ENABLE_IPv4', 'false'))),
  },
];

describe('guardrails', () => {
  it('ask in the order in which the reasons are listed, each once', () => {
    expect(GUARDS.map(({ reason }) => reason)).toEqual(HOLD_REASONS);
  });

  it('let a change pass when nothing is against it', () => {
    expect(makePlan(anInput())).toMatchObject({ kind: 'Change', to: { warmENI: 0 }, from: { warmENI: '1' } });
  });

  it.each(CASES)('holds for $reason when $when', ({ reason, message, input }) => {
    expect(makePlan(input)).toMatchObject({ kind: 'Hold', reason, message });
  });

  it('every reason has a case that holds for it', () => {
    expect(new Set(CASES.map(({ reason }) => reason))).toEqual(new Set(HOLD_REASONS));
  });

  it.each(['Forbidden', 'NoCredentials', 'NoRegion', 'SwitchedOff'] as const)(
    'let a change pass without subnets where EC2 will not be read: %s',
    (reason) => {
      const account = unreadAccount(reason, 'EC2 is not read.');
      expect(makePlan(anInput({}, { account }))).toMatchObject({ kind: 'Change' });
    },
  );

  it('asks no gain of a change when the live value breaks a limit', () => {
    const violation = { limit: 'delayedPods' as const, relativeExcess: 1, sentence: 'too many' };
    const recommendation = anAdvice({ expected: someFigures({ scorePerNodeHour: 30 }), liveViolations: [violation] });
    expect(makePlan(anInput({ recommendation }))).toMatchObject({ kind: 'Change' });
  });

  it('gives a setting back that left spec.settings, whatever the recommendation', () => {
    const original = { setting: 'warmPrefix' as const, state: 'value' as const, value: '1', owners: [] };
    const spec = aSpec({ mode: 'Apply', settings: { warmENI: { min: 0, max: 3 } } });
    const plan = makePlan(anInput({ spec, originals: [original], ...undecided('Evaluating', 'x') }));
    expect(plan).toEqual({ kind: 'Restore', originals: [original], because: 'SettingRemoved' });
  });

  it('keeps what is live when it is the best', () => {
    const recommendation = anAdvice({ values: { warmENI: 1 } });
    const message = 'WARM_ENI_TARGET=1 is live and still the best value.';
    expect(makePlan(anInput({ recommendation }))).toEqual({ kind: 'Keep', message });
  });
});
