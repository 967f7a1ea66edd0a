/** A simulated instance of a small type in one subnet, and the calls that a test makes on it. */
import type { EC2Call, EC2Response } from '../../src/ipamd/ec2-calls.ts';
import type { Given } from '../../src/ipamd/replay/simulated-eni.ts';
import { SimulatedInstance } from '../../src/ipamd/replay/simulated-instance.ts';
import type { InstanceOptions } from '../../src/ipamd/replay/simulated-instance.ts';
import { SubnetSpace } from '../../src/ipamd/subnet-space.ts';

/** Three interfaces of four addresses each; the subnet has `size` addresses from 0 on. */
export function anInstance(wanted: Partial<InstanceOptions> = {}, size = 256) {
  const space = new SubnetSpace({ base: 0, size });
  const instance = new SimulatedInstance({
    limits: { maxENIs: 3, ipv4PerENI: 4 },
    subnets: [{ id: 'subnet-0', space, tags: { a: 'b' } }],
    metadataLagMs: 0,
    createPrefixError: 'InvalidParameterValue',
    nowMs: 0,
    ...wanted,
  });
  const ask = (call: EC2Call, given?: Given, nowMs = 0): EC2Response =>
    instance.respond({ ...call, id: 1 }, nowMs, given);
  return { instance, space, ask };
}

export const create = (
  count: number,
  kind: 'ip' | 'prefix' = 'ip',
  more: { readonly tags?: Record<string, string> } = {},
) => ({ action: 'CreateNetworkInterface', subnet: 'subnet-0', kind, count, ...more }) as const;
export const assign = (eni: string, count: number, kind: 'ip' | 'prefix' = 'ip') =>
  ({ action: 'AssignPrivateIpAddresses', eni, kind, count }) as const;
export const unassign = (eni: string, addresses: readonly number[], kind: 'ip' | 'prefix' = 'ip') =>
  ({ action: 'UnassignPrivateIpAddresses', eni, kind, addresses }) as const;
export const on = (eni: string, action: 'DetachNetworkInterface' | 'DeleteNetworkInterface') =>
  ({ action, eni }) as const;
export const attach = (eni: string, device: number) => ({ action: 'AttachNetworkInterface', eni, device }) as const;
