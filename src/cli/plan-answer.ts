/** What a dry pass came to, for people and programs. */
import type { Condition } from '../api/conditions.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import type { PassRecord } from '../reconcile/pass-record.ts';
import type { Plan } from '../tuning/advice.ts';
import { variableOf } from '../tuning/counting-settings.ts';
import { GUARDS } from '../tuning/guardrails.ts';
import { intentOf } from '../tuning/guards/guard-input.ts';
import type { GuardInput, Intent } from '../tuning/guards/guard-input.ts';
import type { DryPass } from './dry-pass.ts';
import { nextStep } from './next-step.ts';
import type { Answer, Section } from './output.ts';

/** One variable of ours, as it stands and as it is advised. */
export type SettingStep = {
  readonly variable: string;
  readonly live: string | undefined;
  readonly advised: number | undefined;
  readonly owners: readonly string[];
};

export type GuardVerdict = { readonly guard: string; readonly holds: boolean; readonly message: string | undefined };

export function planAnswer({ record, input }: DryPass): Answer {
  const intent = intentOf(input);
  const guards = verdictsOf(input, intent);
  const settings = settingSteps(record);
  const { rollout } = record;
  return {
    value: {
      tuning: record.object.name,
      takenAt: new Date(record.startedAtMs).toISOString(),
      mode: record.object.spec.mode,
      plan: record.plan,
      intent,
      settings,
      guards,
      rollout: rollout ?? null,
      recommendation: record.recommendation,
    },
    sections: [
      paragraph(headline(record)),
      ...(record.plan?.kind === 'Hold' ? nextStep(record.plan.message) : []),
      settingsTable(settings),
      guardsTable(guards),
      paragraph(rolloutText(record, intent)),
    ],
  };
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}

export function headline(record: PassRecord): string {
  const { object, plan } = record;
  const stalled = stalledWrite(record);
  const text =
    stalled === undefined ? planText(plan) : `would write, and cannot: ${stalled.reason}. ${stalled.message}`;
  return `${object.name} (${object.spec.mode} mode): ${text}`;
}

/** A dry pass sends nothing, so it meets no refusal; what the operator reported of this generation tells of one. */
export function stalledWrite({ object, plan }: PassRecord): Condition | undefined {
  if (plan?.kind !== 'Change' && plan?.kind !== 'Restore') return undefined;
  const stalled = object.status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.observedGeneration === object.generation ? stalled : undefined;
}

function planText(plan: Plan | undefined): string {
  switch (plan?.kind) {
    case 'Hold':
      return `holds, because of ${plan.reason}. ${plan.message}`;
    case 'Change':
      return `writes now. ${plan.because}`;
    case 'Restore':
      return 'gives entries back that it no longer tunes.';
    case 'Undo':
      return `answers the request to undo. ${plan.message}`;
    case 'Keep':
      return `writes nothing. ${plan.message}`;
    case undefined:
      return 'nothing could be judged.';
  }
}

export function settingSteps({ object, live, recommendation }: PassRecord): readonly SettingStep[] {
  const advice = recommendation?.kind === 'Advice' ? recommendation.values : {};
  return SETTING_NAMES.filter((name) => object.spec.settings[name] !== undefined).map((name) => ({
    variable: variableOf(name),
    live: live?.entries[name]?.value,
    advised: advice[name],
    owners: (live?.entries[name]?.valueOwners ?? []).map(({ manager }) => manager),
  }));
}

export function settingsTable(settings: readonly SettingStep[]): Section {
  return {
    kind: 'Table',
    title: 'Settings',
    columns: [
      { key: 'variable', title: 'VARIABLE' },
      { key: 'live', title: 'LIVE' },
      { key: 'advised', title: 'ADVISED' },
      { key: 'owner', title: 'OWNER' },
    ],
    rows: settings.map(({ variable, live, advised, owners }) => ({
      variable,
      live,
      advised,
      owner: owners.join(', '),
    })),
  };
}

/** Every guard, not only the first that holds: what else would be in the way. */
function verdictsOf(input: GuardInput, intent: Intent): readonly GuardVerdict[] {
  return GUARDS.map(({ reason, guard }) => {
    const trouble = guard(input, intent);
    return { guard: reason, holds: trouble !== undefined, message: trouble?.message };
  });
}

function guardsTable(guards: readonly GuardVerdict[]): Section {
  return {
    kind: 'Table',
    title: 'Guards, in the order in which they are asked',
    columns: [
      { key: 'guard', title: 'GUARD' },
      { key: 'verdict', title: 'VERDICT' },
      { key: 'message', title: 'BECAUSE' },
    ],
    rows: guards.map(({ guard, holds, message }) => ({ guard, verdict: holds ? 'holds' : 'ok', message })),
  };
}

function rolloutText({ rollout, census }: PassRecord, intent: Intent): string {
  if (rollout === undefined) return 'There is no DaemonSet to roll out.';
  const { desired, updated, notReady, waitingFor } = rollout;
  const state = `${updated} of ${desired} Ready nodes run the newest template${notReady > 0 ? `; ${notReady} more are not Ready and are not waited for` : ''}.`;
  const waiting = waitingFor.length === 0 ? '' : ` Still on their way: ${waitingFor.join(', ')}.`;
  if (intent.kind !== 'Change' && intent.kind !== 'Restore') return `Rollout: ${state}${waiting}`;
  const judged = census?.tuned.length ?? 0;
  return `Rollout: a write restarts aws-node on ${desired} Ready nodes (${judged} of them judged), in the order of the DaemonSet controller, as many at once as its maxUnavailable allows; nodes that join meanwhile start with the new values. Now ${state}${waiting}`;
}
