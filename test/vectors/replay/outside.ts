/** Hands from outside on a virtual node: addresses and interfaces that ipamd did not ask for. */
import { eniId } from '../../../src/ipamd/replay/simulated-eni.ts';
import { VectorFormatError } from './vector-line.ts';
import type { ScriptStep } from './vector-line.ts';
import type { VirtualNode } from './virtual-node.ts';

/** A script step that is not about pods, the process or the cordon. */
export function outsideStep(node: VirtualNode, step: ScriptStep): void {
  const { instance, nowMs } = node;
  const eni = eniId(step.eni ?? 0);
  const kind = node.line.settings['ENABLE_PREFIX_DELEGATION'] === 'true' ? 'prefix' : 'ip';
  switch (step.op) {
    case 'outsideAssign':
      instance.respond({ id: 0, action: 'AssignPrivateIpAddresses', eni, kind, count: step.n ?? 0 }, nowMs);
      return;
    case 'outsideUnassign': {
      const described = instance.describe(eni);
      const list = (kind === 'prefix' ? described?.prefixes : described?.addresses) ?? [];
      const addresses = list.slice(Math.max(0, list.length - (step.n ?? 0)));
      if (addresses.length === 0) return;
      instance.respond({ id: 0, action: 'UnassignPrivateIpAddresses', eni, kind, addresses }, nowMs);
      return;
    }
    case 'outsideDetach':
      instance.removeOther(eni, nowMs);
      return;
    case 'attachTrunk':
      instance.attachOther({ trunk: true, tags: {}, secondaries: 0, nowMs });
      return;
    case 'subnetGive':
      giveRanges(node, step);
      return;
    default:
      throw new VectorFormatError(`has a script operation "${step.op}" that is not known`);
  }
}

/** What is taken in these ranges becomes free. */
function giveRanges(node: VirtualNode, step: ScriptStep): void {
  const space = node.subnets[step.subnet ?? 0]?.space;
  if (space === undefined) return;
  for (const [offset, count] of step.ranges ?? []) {
    for (let place = offset; place < offset + count; place++) {
      const address = space.cidr.base + place;
      space.takeExactly([address]);
      space.giveAddress(address);
    }
  }
}
