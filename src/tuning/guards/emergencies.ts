/** What spec.changes.emergency lets a change skip rules for: a subnet that runs empty, pods that wait for an address. */
import { timestampOf } from '../../api/conditions.ts';
import { nodesBySubnet } from '../recommend/node-subnets.ts';
import { reserveAddresses } from '../recommend/limits.ts';
import { whole } from '../recommend/wording.ts';
import type { GuardInput, Intent, Trouble } from './guard-input.ts';

/** An emergency change must be able to show what it does before the next one. */
export const BETWEEN_EMERGENCIES_MS = 2 * 3_600_000;

/** Each as a clause: `pods wait for an address: 3 on 2 nodes`. */
export type Emergencies = {
  /** Calls for fewer addresses on the nodes. */
  readonly fewer: string | undefined;
  /** Calls for more. */
  readonly more: string | undefined;
};

export function emergenciesOf({ spec, census, snapshot }: GuardInput): Emergencies {
  const { account, addressFailures } = snapshot;
  const under = nodesBySubnet(census, account).flatMap(({ subnet, nodesByShape }) => {
    const reserve = reserveAddresses(spec.objectives.subnetReserve, subnet);
    const isUsed = Object.keys(nodesByShape).length > 0;
    return isUsed && subnet.freeAddresses < reserve ? [{ subnet, reserve }] : [];
  });
  const [worst] = under.toSorted((a, b) => a.subnet.freeAddresses / a.reserve - b.subnet.freeAddresses / b.reserve);
  const pods = addressFailures.reduce((sum, failing) => sum + failing.pods, 0);
  return {
    fewer:
      worst &&
      `subnet ${worst.subnet.id} (${worst.subnet.zone}) has ${whole(worst.subnet.freeAddresses)} of its reserve of ` +
        `${whole(worst.reserve)} addresses free`,
    more: pods === 0 ? undefined : `pods wait for an address: ${whole(pods)} on ${whole(addressFailures.length)} nodes`,
  };
}

export type EmergencyFor =
  | { readonly kind: 'None' }
  | { readonly kind: 'Permits'; readonly because: string }
  /** It would, but for the emergency change of less than two hours ago. */
  | { readonly kind: 'Spent'; readonly because: string; readonly againMs: number };

/** Whether an emergency speaks for this change. */
export function emergencyFor(input: GuardInput, intent: Intent): EmergencyFor {
  const { spec, recommendation, changes, nowMs } = input;
  if (spec.changes.emergency === 'Never' || intent.kind !== 'Change' || recommendation.kind !== 'Advice') return NONE;
  const { fewer, more } = emergenciesOf(input);
  if (fewer !== undefined && more !== undefined) return NONE;
  const { current, expected } = recommendation;
  const byAddresses = expected.heldAddressesPerNode - current.heldAddressesPerNode;
  const because = byAddresses < 0 ? fewer : byAddresses > 0 ? more : undefined;
  if (because === undefined) return NONE;
  const lastMs = changes.find(({ isEmergency }) => isEmergency)?.atMs ?? -Infinity;
  const againMs = lastMs + BETWEEN_EMERGENCIES_MS;
  return nowMs < againMs ? { kind: 'Spent', because, againMs } : { kind: 'Permits', because };
}

const NONE: EmergencyFor = { kind: 'None' };

/** What holds a change, but for an emergency that lets it through, now or sooner than it would go otherwise. */
export function unlessEmergency(input: GuardInput, intent: Intent, trouble: Trouble): Trouble | undefined {
  const found = emergencyFor(input, intent);
  if (found.kind === 'Permits') return undefined;
  if (found.kind === 'None' || found.againMs >= (trouble.recheckAtMs ?? Infinity)) return trouble;
  const { because, againMs } = found;
  const spent = `The next change in an emergency (${because}) may follow at ${timestampOf(againMs)}, two hours after the last.`;
  return { message: `${spent} ${trouble.message}`, recheckAtMs: againMs };
}
