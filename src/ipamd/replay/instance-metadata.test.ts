/** What changes around a simulated instance: its metadata, and interfaces of somebody else. */
import { describe, expect, it } from 'vitest';
import { anInstance, assign, attach, create, on, unassign } from '../../../test/support/an-instance.ts';
import type { EC2Call } from '../ec2-calls.ts';

const SHORT = 'InsufficientFreeAddressesInSubnet';

describe('the metadata', () => {
  it('shows attached interfaces, and each change some time after it', () => {
    const { instance, ask } = anInstance({ metadataLagMs: 1000 });
    ask(assign('eni-00000', 1), undefined, 500);
    ask(create(1), undefined, 550);
    ask(attach('eni-00001', 1), undefined, 600);
    const seen = (nowMs: number) => instance.metadata(nowMs).map(({ eni, addresses }) => [eni, addresses]);
    expect(seen(1499)).toEqual([['eni-00000', []]]);
    expect(instance.nextMetadataMs()).toBe(1500);
    expect(seen(1500)).toEqual([['eni-00000', [5]]]);
    expect(instance.nextMetadataMs()).toBe(1600);
    expect(seen(9000)).toEqual([
      ['eni-00000', [5]],
      ['eni-00001', [7]],
    ]);
    expect(instance.nextMetadataMs()).toBe(Infinity);
  });

  it('shows each change at once without a lag', () => {
    const { instance, ask } = anInstance();
    ask(create(1));
    ask(attach('eni-00001', 1));
    expect(instance.nextMetadataMs()).toBe(Infinity);
    expect(instance.metadata(0)).toHaveLength(2);
    ask(unassign('eni-00001', [6]));
    expect(instance.metadata(0)[1]?.addresses).toEqual([]);
    ask(on('eni-00001', 'DetachNetworkInterface'));
    expect(instance.metadata(0)).toHaveLength(1);
    expect(instance.nextMetadataMs()).toBe(Infinity);
  });

  it('has nothing new after calls that change no address or attachment, or that fail', () => {
    const { instance, ask } = anInstance({ metadataLagMs: 1000 });
    const calls: readonly EC2Call[] = [
      create(1),
      { action: 'CreateTags', eni: 'eni-00000', tags: {} },
      { action: 'ModifyNetworkInterfaceAttribute', eni: 'eni-00000', attribute: 'groups' },
      { action: 'DescribeInstances' },
      assign('eni-00000', 99),
      on('eni-00001', 'DeleteNetworkInterface'),
    ];
    for (const call of calls) ask(call);
    expect(instance.nextMetadataMs()).toBe(Infinity);
  });
});

describe('what somebody else does', () => {
  const other = { trunk: true, tags: { owner: 'them' }, secondaries: 2, nowMs: 100 };

  it('attaches an interface at the first free device', () => {
    const { instance, ask } = anInstance({ metadataLagMs: 1000 });
    ask(create(0));
    ask(attach('eni-00001', 2), undefined, 50);
    expect(instance.attachOther(other)).toEqual({ ok: true });
    expect(instance.describe('eni-00002')).toMatchObject({ device: 1, trunk: true, tags: { owner: 'them' } });
    expect(instance.describe('eni-00002')?.addresses).toHaveLength(2);
    expect(instance.metadata(1099)).toHaveLength(2);
    expect(instance.metadata(1100)).toHaveLength(3);
    expect(instance.attachOther(other)).toEqual({ ok: false, code: 'AttachmentLimitExceeded' });
    expect(instance.nextMetadataMs()).toBe(Infinity);
  });

  it('cannot attach what the subnet has no address for', () => {
    const { instance } = anInstance({}, 16);
    expect(instance.attachOther({ ...other, secondaries: 20 })).toEqual({ ok: false, code: SHORT });
  });

  it('removes an interface with its addresses, if it is there', () => {
    const { instance, space } = anInstance({ metadataLagMs: 1000 });
    instance.attachOther(other);
    instance.metadata(2000);
    instance.removeOther('eni-00009', 2000);
    expect(instance.nextMetadataMs()).toBe(Infinity);
    instance.removeOther('eni-00001', 2000);
    expect([instance.attachedENIs, instance.heldAddresses, space.freeAddresses]).toEqual([1, 1, 250]);
    expect(instance.nextMetadataMs()).toBe(3000);
    expect(instance.describe('eni-00001')).toBeUndefined();
  });
});
