import { describe, expect, it } from 'vitest';
import type { DescribedENI } from '../../src/ipamd/ec2-calls.ts';
import { InstanceMetadata } from './instance-metadata.ts';

const primary: DescribedENI = { eni: 'eni-1', device: 0, subnet: 'subnet-a', own: 100, addresses: [], prefixes: [] };
const second: DescribedENI = { ...primary, eni: 'eni-2', own: 200, addresses: [201, 202] };
const ok = { ok: true } as const;

describe('InstanceMetadata', () => {
  it('shows an interface only once it is attached, at the device it was attached to', () => {
    const metadata = new InstanceMetadata([primary]);
    metadata.apply(
      { id: 1, action: 'CreateNetworkInterface', subnet: 'subnet-a', kind: 'ip', count: 2 },
      { ok: true, created: second },
    );
    expect(metadata.read()).toEqual([primary]);
    metadata.apply({ id: 2, action: 'AttachNetworkInterface', eni: 'eni-2', device: 3 }, ok);
    expect(metadata.read()).toEqual([primary, { ...second, device: 3 }]);
    expect(metadata.heldAddresses()).toBe(1 + 3);
  });

  it('follows assigned and unassigned addresses and blocks', () => {
    const metadata = new InstanceMetadata([primary]);
    metadata.apply(
      { id: 1, action: 'AssignPrivateIpAddresses', eni: 'eni-1', kind: 'ip', count: 2 },
      { ok: true, addresses: [101, 102] },
    );
    metadata.apply(
      { id: 2, action: 'AssignPrivateIpAddresses', eni: 'eni-1', kind: 'prefix', count: 1 },
      { ok: true, addresses: [160] },
    );
    expect(metadata.heldAddresses()).toBe(1 + 2 + 16);
    expect(metadata.interfaceOf(175)).toBe('eni-1');
    expect(metadata.interfaceOf(176)).toBeUndefined();
    metadata.apply({ id: 3, action: 'UnassignPrivateIpAddresses', eni: 'eni-1', kind: 'ip', addresses: [101] }, ok);
    expect(metadata.read()[0]?.addresses).toEqual([102]);
  });

  it('is unmoved by a call that failed', () => {
    const metadata = new InstanceMetadata([primary, second]);
    metadata.apply(
      { id: 1, action: 'DetachNetworkInterface', eni: 'eni-2' },
      { ok: false, code: 'RequestLimitExceeded' },
    );
    expect(metadata.read()).toEqual([primary, second]);
    metadata.apply({ id: 2, action: 'DetachNetworkInterface', eni: 'eni-2' }, ok);
    expect(metadata.read()).toEqual([primary]);
  });
});
