/** What in the change itself holds it, and the words for it. */
import type { GuardCase } from '../a-guard-input.ts';
import { aChangeAgo, aGuardInput, inEmergency, undecided, withEnv } from '../a-guard-input.ts';
import { anAdvice, someFigures } from '../a-pass-record.ts';
import { anEnvEntry, aSpec, HOUR_MS, MONDAY_MS, someChanges } from '../builders.ts';

const NIGHT = { schedule: '0 2 * * 1-5', durationMs: 4 * HOUR_MS, timeZone: 'Europe/Berlin' };

const FEWER = anAdvice({ expected: someFigures({ heldAddressesPerNode: 11, scorePerNodeHour: 4 }) });

export const CHANGE_CASES: readonly GuardCase[] = [
  {
    when: 'the variable is read from a reference',
    reason: 'ValueFromUnsupported',
    message:
      'WARM_ENI_TARGET of DaemonSet kube-system/aws-node takes its value from a reference (valueFrom), which cni-tuner ' +
      'does not replace; give it a plain value, or leave the setting out of spec.settings.',
    input: aGuardInput({}, withEnv({ name: 'WARM_ENI_TARGET', value: undefined, hasValueFrom: true, valueOwners: [] })),
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
    input: aGuardInput({}, withEnv(anEnvEntry('WARM_ENI_TARGET', '1'))),
  },
  {
    when: 'a second owner writes by Update and the first is already allowed',
    reason: 'FieldsOwnedElsewhere',
    message:
      'WARM_ENI_TARGET is owned by field manager "kubectl-set" (spec.template.spec.containers[name="aws-node"]' +
      '.env[name="WARM_ENI_TARGET"].value of DaemonSet kube-system/aws-node). To let cni-tuner take it over: kubectl patch ' +
      'cnit default --type=merge -p \'{"spec":{"ownership":{"takeOverFrom":["eks","kubectl-set"]}}}\'. kubectl-set keeps ' +
      'every other field; when it next writes this variable its value silently replaces ours.',
    input: aGuardInput(
      { spec: aSpec({ mode: 'Apply', takeOverFrom: ['eks'] }) },
      withEnv(anEnvEntry('WARM_ENI_TARGET', '1', 'kubectl-set', 'Update')),
    ),
  },
  {
    when: 'a person has taken the same value back, though the step is due and the evidence poor',
    reason: 'RolledBack',
    message:
      'WARM_ENI_TARGET=0 was undone by request at 2026-03-02T00:00:00Z and is not written again. To allow it: kubectl ' +
      'annotate cnit default cnituning.dev/rollback- (other values are written meanwhile).',
    input: aGuardInput({
      undone: { text: 'WARM_ENI_TARGET=0', atMs: MONDAY_MS },
      changes: [{ ...aChangeAgo(HOUR_MS), wrote: 'WARM_ENI_TARGET=1' }],
      recommendation: anAdvice({ confidence: 'Low', expected: someFigures({ scorePerNodeHour: 4 }) }),
    }),
  },
  {
    when: 'too little was watched',
    reason: 'CollectingHistory',
    message: 'Collecting history.',
    input: aGuardInput(undecided('CollectingHistory', 'Collecting history.')),
  },
  {
    when: 'a step down was made an hour ago on little evidence',
    reason: 'CollectingHistory',
    message:
      'WARM_ENI_TARGET=0 would be the next step down, and there is little evidence yet: it waits until ' +
      '2026-03-02T05:00:00Z, 6h after the last change.',
    input: aGuardInput({
      changes: [aChangeAgo(HOUR_MS)],
      recommendation: anAdvice({ confidence: 'Low', expected: someFigures({ scorePerNodeHour: 4 }) }),
    }),
  },
  {
    when: 'only advice is asked for',
    reason: 'RecommendMode',
    message:
      'spec.mode is Recommend: nothing is written. To let cni-tuner set WARM_ENI_TARGET=0: kubectl patch cnit default ' +
      '--type=merge -p \'{"spec":{"mode":"Apply"}}\'',
    input: aGuardInput({ spec: aSpec() }),
  },
  {
    when: 'a subnet is under its reserve while pods wait for an address',
    reason: 'EmergenciesOpposed',
    message:
      'Subnet subnet-a (eu-central-1a) has 20 of its reserve of 102 addresses free, which calls for fewer addresses on the ' +
      'nodes, and pods wait for an address: 3 on 1 nodes, which calls for more. Give the subnet room. To go by the ' +
      'ordinary rules of spec.changes: kubectl patch cnit default --type=merge -p ' +
      '\'{"spec":{"changes":{"emergency":"Never"}}}\'',
    input: aGuardInput({}, inEmergency('both')),
  },
  {
    when: 'the window of the night is shut',
    reason: 'OutsideWindow',
    message:
      'WARM_ENI_TARGET=0 waits until 2026-03-02T01:00:00Z (Mon 2026-03-02 02:00 in Europe/Berlin), when "0 2 * * 1-5" opens ' +
      'for 4h: no window of spec.changes.windows is open now. To allow changes at any time: kubectl patch cnit default ' +
      '--type=merge -p \'{"spec":{"changes":{"windows":[]}}}\'',
    input: aGuardInput({ spec: aSpec({ mode: 'Apply', changes: someChanges({ windows: [NIGHT] }) }) }),
  },
  {
    when: 'the last change was an hour ago',
    reason: 'ChangedTooRecently',
    message:
      'WARM_ENI_TARGET=0 waits until 2026-03-02T23:00:00Z: the last change was at 2026-03-01T23:00:00Z, and ' +
      'spec.changes.minimumInterval asks for 24h between two. To have it now: kubectl patch cnit default --type=merge -p ' +
      '\'{"spec":{"changes":{"minimumInterval":"0s"}}}\'',
    input: aGuardInput({ changes: [aChangeAgo(HOUR_MS)] }),
  },
  {
    when: 'an emergency lasts and one change was made for it an hour ago',
    reason: 'ChangedTooRecently',
    message:
      'The next change in an emergency (subnet subnet-a (eu-central-1a) has 20 of its reserve of 102 addresses free) may ' +
      'follow at 2026-03-02T01:00:00Z, two hours after the last. WARM_ENI_TARGET=0 waits until 2026-03-02T23:00:00Z: the ' +
      'last change was at 2026-03-01T23:00:00Z, and spec.changes.minimumInterval asks for 24h between two. To have it now: ' +
      'kubectl patch cnit default --type=merge -p \'{"spec":{"changes":{"minimumInterval":"0s"}}}\'',
    input: aGuardInput(
      {
        spec: aSpec({ mode: 'Apply', changes: someChanges({ maxPerDay: 3 }) }),
        changes: [aChangeAgo(HOUR_MS, true)],
        recommendation: FEWER,
      },
      inEmergency('fewer'),
    ),
  },
  {
    when: 'two changes were made within a day, and an older one',
    reason: 'TooManyToday',
    message:
      'WARM_ENI_TARGET=0 waits until 2026-03-02T04:00:00Z: changes in the last 24 hours: 2, and spec.changes.maxPerDay ' +
      'allows 2. To allow one more: kubectl patch cnit default --type=merge -p \'{"spec":{"changes":{"maxPerDay":3}}}\'',
    input: aGuardInput({
      spec: aSpec({ mode: 'Apply', changes: someChanges({ minimumIntervalMs: 0, maxPerDay: 2 }) }),
      changes: [aChangeAgo(HOUR_MS), aChangeAgo(20 * HOUR_MS), aChangeAgo(24 * HOUR_MS)],
    }),
  },
  {
    when: 'only higher values may be written',
    reason: 'DirectionNotAllowed',
    message:
      'WARM_ENI_TARGET=0 would keep fewer addresses on the nodes, and spec.changes.allowed is IncreaseOnly. To allow it: ' +
      'kubectl patch cnit default --type=merge -p \'{"spec":{"changes":{"allowed":"Both"}}}\'',
    input: aGuardInput({ spec: aSpec({ mode: 'Apply', changes: someChanges({ allowed: 'IncreaseOnly' }) }) }),
  },
  {
    when: 'only lower values may be written',
    reason: 'DirectionNotAllowed',
    message:
      'WARM_ENI_TARGET=2 would keep more addresses on the nodes, and spec.changes.allowed is DecreaseOnly. To allow it: ' +
      'kubectl patch cnit default --type=merge -p \'{"spec":{"changes":{"allowed":"Both"}}}\'',
    input: aGuardInput({
      spec: aSpec({ mode: 'Apply', changes: someChanges({ allowed: 'DecreaseOnly' }) }),
      recommendation: anAdvice({ values: { warmENI: 2 }, expected: someFigures({ scorePerNodeHour: 4 }) }),
    }),
  },
  {
    when: 'the gain is a twentieth',
    reason: 'GainTooSmall',
    message: 'WARM_ENI_TARGET=0 would cost 19 per node-hour instead of 20, a gain of 5%; a change must gain 10%.',
    input: aGuardInput({
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
    input: aGuardInput(
      {},
      withEnv(anEnvEntry('WARM_ENI_TARGET', '1', 'cni-tuner'), anEnvEntry('ENABLE_IPv4', 'false')),
    ),
  },
];
