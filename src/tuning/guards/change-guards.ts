/** Guards that ask whether this change may be made: by owner, evidence, mode, gain and result. */
import type { HoldReason } from '../../api/conditions.ts';
import { FIELD_MANAGER, ROLLBACK_ANNOTATION } from '../../api/cnituning.ts';
import { timestampOf } from '../../api/conditions.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import { assignments, variableOf } from '../counting-settings.ts';
import { isWithinBounds } from '../evaluate/candidates.ts';
import { liveValues, refusalAfterChange, refusalAfterRestore } from '../live-settings.ts';
import { isStepDown } from '../recommend/choose.ts';
import { amount, duration, listed, percent } from '../recommend/wording.ts';
import type { FieldOwner } from '../snapshot.ts';
import { textsIn } from '../undo-steps.ts';
import { unlessEmergency } from './emergencies.ts';
import type { Guard, GuardInput } from './guard-input.ts';
import { daemonSetName, settingsConcerned } from './guard-input.ts';

/** Holds while the recommendation is open for this reason. Giving back needs a DaemonSet, and no recommendation. */
export function undecidedBecause(reason: HoldReason): Guard {
  const holdsRestore = reason === 'DaemonSetNotFound' || reason === 'ContainerNotFound';
  return ({ recommendation }, intent) =>
    recommendation.kind === 'Undecided' &&
    recommendation.reason === reason &&
    (holdsRestore || intent.kind !== 'Restore')
      ? {
          message: recommendation.message,
          ...(recommendation.recheckAtMs === undefined ? {} : { recheckAtMs: recommendation.recheckAtMs }),
        }
      : undefined;
}

/** Whatever a change would write: it must not make the pool again what a person has taken back. */
export const rolledBack: Guard = ({ undone, live, spec, name }, intent) => {
  if (undone === undefined || intent.kind !== 'Change' || live === undefined || spec.mode === 'Recommend')
    return undefined;
  const texts = textsIn(undone.text);
  const settings = SETTING_NAMES.filter((setting) => setting in texts);
  const isThere = settings.every(
    (setting) => String(intent.values[setting] ?? live.settings[setting]) === texts[setting],
  );
  if (settings.length === 0 || !isThere) return undefined;
  return {
    message:
      `${undone.text} was undone by request at ${timestampOf(undone.atMs)} and is not written again. To allow it: kubectl ` +
      `annotate cnit ${name} ${ROLLBACK_ANNOTATION}- (other values are written meanwhile).`,
  };
};

/**
 * With little evidence the way down is one step at a time, and after each as much new history as the object asked for
 * before the first: the step must show what it does before the next one.
 */
export const collectingHistory: Guard = (input, intent) => {
  const { recommendation, changes, spec, live, nowMs } = input;
  const [lastChange] = changes;
  if (recommendation.kind === 'Undecided') return undecidedBecause('CollectingHistory')(input, intent);
  if (intent.kind !== 'Change' || live === undefined || lastChange === undefined) return undefined;
  if (recommendation.confidence !== 'Low') return undefined;
  const names = settingsConcerned(intent, spec);
  const recheckAtMs = lastChange.atMs + spec.history.minimumMs;
  // What it wrote before and somebody has reverted since is no further step.
  const written = lastChange.wrote.split(', ');
  if (
    assignments(intent.values)
      .split(', ')
      .every((part) => written.includes(part))
  )
    return undefined;
  const { current, expected } = recommendation;
  const held = { liveHeld: current.heldAddressesPerNode, held: expected.heldAddressesPerNode };
  const move = { live: liveValues(live, names), values: intent.values, ...held };
  if (!isStepDown(move) || nowMs >= recheckAtMs) return undefined;
  const message =
    `${assignments(intent.values)} would be the next step down, and there is little evidence yet: it waits until ` +
    `${timestampOf(recheckAtMs)}, ${duration(spec.history.minimumMs)} after the last change.`;
  return { message, recheckAtMs };
};

export const valueFromUnsupported: Guard = ({ spec, live }, intent) => {
  const from = settingsConcerned(intent, spec).filter((name) => live?.entries[name]?.hasValueFrom === true);
  if (from.length === 0) return undefined;
  return {
    message:
      `${listed(from.map(variableOf))} of DaemonSet ${daemonSetName(spec)} takes its value from a reference (valueFrom), ` +
      `which cni-tuner does not replace; give it a plain value, or leave the setting out of spec.settings.`,
  };
};

/** The managers that own entries we would write and that spec.ownership.takeOverFrom does not name. */
function foreignOwners(input: GuardInput, intent: Parameters<Guard>[1]) {
  const { spec, live } = input;
  return settingsConcerned(intent, spec).flatMap((setting) =>
    (live?.entries[setting]?.valueOwners ?? [])
      .filter(({ manager }) => manager !== FIELD_MANAGER && !spec.takeOverFrom.includes(manager))
      .map((owner) => ({ setting, owner })),
  );
}

export const fieldsOwnedElsewhere: Guard = (input, intent) => {
  const { spec, name } = input;
  // Advice needs no ownership: in Recommend mode it is told once there is something to write.
  if (spec.mode === 'Recommend' && intent.kind !== 'Change') return undefined;
  const foreign = foreignOwners(input, intent);
  const [first] = foreign;
  if (first === undefined) return undefined;
  const managers = [...new Set(foreign.map(({ owner }) => owner.manager))];
  const fields = foreign.map(
    ({ setting, owner }) => `${variableOf(setting)} is owned by field manager "${owner.manager}"`,
  );
  const { container } = spec.daemonSetRef;
  const path = `spec.template.spec.containers[name="${container}"].env[name="${variableOf(first.setting)}"].value`;
  const patch = JSON.stringify({ spec: { ownership: { takeOverFrom: [...spec.takeOverFrom, ...managers] } } });
  return {
    message:
      `${listed([...new Set(fields)])} (${path} of DaemonSet ${daemonSetName(spec)}). To let cni-tuner take it over: ` +
      `kubectl patch cnit ${name} --type=merge -p ${shellQuoted(patch)}. ${managers
        .map((manager) =>
          meaningFor(
            manager,
            foreign.map(({ owner }) => owner),
          ),
        )
        .join(' ')}`,
  };
};

/** A field manager may call itself anything, and the command is there to be pasted. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What taking over means for the owner, by how it writes. */
function meaningFor(manager: string, owners: readonly FieldOwner[]): string {
  if (manager === 'eks') {
    return (
      'eks (the EKS add-on) keeps every other field; an add-on update that resolves conflicts by PRESERVE keeps our ' +
      'value, one by OVERWRITE takes it back, one by NONE fails and names the conflict.'
    );
  }
  const applies = owners.some((owner) => owner.manager === manager && owner.operation === 'Apply');
  return applies
    ? `${manager} keeps every other field; its next apply of another value fails with a conflict unless it forces it.`
    : `${manager} keeps every other field; when it next writes this variable its value silently replaces ours.`;
}

export const recommendMode: Guard = ({ spec, name }, intent) => {
  if (spec.mode !== 'Recommend') return undefined;
  if (intent.kind !== 'Change' && intent.kind !== 'Restore') return undefined;
  const what =
    intent.kind === 'Change'
      ? `set ${assignments(intent.values)}`
      : `give back ${listed(intent.originals.map(({ setting }) => variableOf(setting)))}`;
  const patch = `kubectl patch cnit ${name} --type=merge -p '{"spec":{"mode":"Apply"}}'`;
  return { message: `spec.mode is Recommend: nothing is written. To let cni-tuner ${what}: ${patch}` };
};

/** The model's own chance moves a score by 4 %; the default asks for more than twice that. */
export const gainTooSmall: Guard = (input, intent) => {
  const { recommendation, spec, live } = input;
  if (intent.kind !== 'Change' || recommendation.kind !== 'Advice' || live === undefined) return undefined;
  const { current, expected, liveViolations } = recommendation;
  const outside = !isWithinBounds(liveValues(live, settingsConcerned(intent, spec)), spec.settings);
  if (liveViolations.length > 0 || outside) return undefined;
  const gain = (current.scorePerNodeHour - expected.scorePerNodeHour) / Math.max(current.scorePerNodeHour, 1e-9);
  const least = spec.changes.minimumGainShare;
  if (gain >= least) return undefined;
  return unlessEmergency(input, intent, {
    message:
      `${assignments(intent.values)} would cost ${amount(expected.scorePerNodeHour)} per node-hour instead of ` +
      `${amount(current.scorePerNodeHour)}, a gain of ${percent(Math.max(0, Math.round(gain * 1_000) / 1_000))}; a change ` +
      `must gain ${percent(least)}.`,
  });
};

export const resultInvalid: Guard = ({ snapshot, spec }, intent) => {
  const { daemonSet } = snapshot;
  if (daemonSet === undefined || (intent.kind !== 'Change' && intent.kind !== 'Restore')) return undefined;
  const refusal =
    intent.kind === 'Change'
      ? refusalAfterChange(daemonSet, intent.values)
      : refusalAfterRestore(daemonSet, intent.originals);
  if (refusal === undefined) return undefined;
  const what = intent.kind === 'Change' ? `writing ${assignments(intent.values)}` : 'giving the original values back';
  return { message: `After ${what} the CNI of DaemonSet ${daemonSetName(spec)} would not start: ${refusal}` };
};
