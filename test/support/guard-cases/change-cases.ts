/** What in the change itself holds it, and the words for it. */
import type { ChangeWindow } from '../../../src/api/tuning-spec.ts';
import type { GuardCase } from '../a-guard-input.ts';
import { aGuardInput, undecided, withEnv } from '../a-guard-input.ts';
import { anAdvice, someFigures } from '../a-pass-record.ts';
import { anEnvEntry, aSpec, HOUR_MS, MONDAY_MS } from '../builders.ts';

function aNight(timeZone: string): ChangeWindow {
  return { schedule: '0 2 * * 1-5', durationMs: 4 * HOUR_MS, timeZone };
}

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
      lastChange: { atMs: MONDAY_MS - HOUR_MS, wrote: 'WARM_ENI_TARGET=1' },
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
    input: aGuardInput({ spec: aSpec() }),
  },
  {
    when: 'the window of the night is shut',
    reason: 'OutsideWindow',
    message:
      'WARM_ENI_TARGET=0 waits until 2026-03-02T01:00:00Z (Mon 2026-03-02 02:00 in Europe/Berlin), when "0 2 * * 1-5" opens ' +
      'for 4h: no window of spec.changes.windows is open now. To allow changes at any time: kubectl patch cnit default ' +
      '--type=merge -p \'{"spec":{"changes":{"windows":[]}}}\'',
    input: aGuardInput({ spec: aSpec({ mode: 'Apply', changes: { windows: [aNight('Europe/Berlin')] } }) }),
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
