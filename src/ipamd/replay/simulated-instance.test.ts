import { describe, expect, it } from 'vitest';
import { anInstance, assign, attach, create, on, unassign } from '../../../test/support/an-instance.ts';
import { SubnetSpace } from '../subnet-space.ts';

const NOT_FOUND = 'InvalidNetworkInterfaceID.NotFound';
const SHORT = 'InsufficientFreeAddressesInSubnet';

describe('an instance', () => {
  it('begins with its primary interface on the first address of its subnet', () => {
    const { instance, space } = anInstance();
    expect(instance.metadata(0)).toEqual([
      { eni: 'eni-00000', device: 0, subnet: 'subnet-0', own: 4, addresses: [], prefixes: [], trunk: false, tags: {} },
    ]);
    expect([instance.heldAddresses, instance.attachedENIs, space.freeAddresses]).toEqual([1, 1, 250]);
    expect(instance.nextMetadataMs()).toBe(Infinity);
  });

  it('cannot begin without a subnet or an address', () => {
    expect(() => anInstance({ subnets: [] })).toThrow('no subnet for the primary interface');
    const space = new SubnetSpace({ base: 0, size: 16 });
    space.takeAddresses(11);
    expect(() => anInstance({ subnets: [{ id: 's', space, tags: {} }] })).toThrow(
      'no address for the primary interface',
    );
  });

  it('tells of its subnets, devices and interfaces', () => {
    const { instance, ask } = anInstance();
    expect(ask({ action: 'DescribeSubnets' })).toEqual({
      ok: true,
      subnets: [{ subnet: 'subnet-0', availableAddresses: 250, tags: { a: 'b' } }],
    });
    ask(create(0));
    expect(ask({ action: 'DescribeInstances' })).toEqual({ ok: true, devices: [0] });
    ask(attach('eni-00001', 2));
    expect(ask({ action: 'DescribeInstances' })).toEqual({ ok: true, devices: [0, 2] });
    const both = ['eni-00001', 'eni-00000'];
    const found = ask({ action: 'DescribeNetworkInterfaces', enis: both });
    expect(found).toEqual({ ok: true, described: both.map((id) => instance.describe(id)) });
    expect(ask({ action: 'DescribeNetworkInterfaces', enis: ['eni-00000', 'eni-00009'] })).toEqual({
      ok: false,
      code: NOT_FOUND,
      eni: 'eni-00009',
    });
    expect(instance.describe('eni-00009')).toBeUndefined();
  });

  it('knows no call on an interface that is not there', () => {
    expect(anInstance().ask(assign('eni-00009', 1))).toEqual({ ok: false, code: NOT_FOUND, eni: 'eni-00009' });
  });
});

describe('a new interface', () => {
  it('takes its own address first, then what was asked for', () => {
    const { instance, space, ask } = anInstance();
    const answer = ask(create(2, 'ip', { tags: { c: 'd' } }));
    expect(answer).toEqual({ ok: true, created: instance.describe('eni-00001') });
    expect(instance.describe('eni-00001')).toEqual({
      eni: 'eni-00001',
      device: -1,
      subnet: 'subnet-0',
      own: 5,
      addresses: [6, 7],
      prefixes: [],
      trunk: false,
      tags: { c: 'd' },
    });
    expect([instance.heldAddresses, instance.attachedENIs, space.freeAddresses]).toEqual([4, 1, 247]);
  });

  it('with prefixes takes whole blocks beside its own address', () => {
    const { instance, ask } = anInstance();
    ask(create(2, 'prefix'));
    expect(instance.describe('eni-00001')).toMatchObject({ own: 5, addresses: [], prefixes: [16, 32] });
    expect(instance.heldAddresses).toBe(34);
  });

  it('has its addresses in order, however they were found, and the lowest as its own', () => {
    const space = new SubnetSpace({ base: 0, size: 256 }, () => 252);
    const { instance, ask } = anInstance({ subnets: [{ id: 'subnet-0', space, tags: {} }] });
    expect(instance.describe('eni-00000')?.own).toBe(252);
    ask(create(3));
    expect(instance.describe('eni-00001')).toMatchObject({ own: 4, addresses: [5, 253, 254] });
  });

  it('with prefixes has its own address outside of them, even when that is the higher one', () => {
    const { instance, space, ask } = anInstance();
    space.takeExactly([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    ask(create(1, 'prefix'));
    expect(instance.describe('eni-00001')).toMatchObject({ own: 32, prefixes: [16] });
  });

  it('takes nothing when there is not enough, and says why in the words of EC2', () => {
    const { instance, space, ask } = anInstance({}, 32);
    expect(ask(create(26))).toEqual({ ok: false, code: SHORT });
    expect(ask(create(2, 'prefix'))).toEqual({ ok: false, code: 'InvalidParameterValue' });
    space.takeAddresses(25);
    expect(ask(create(1))).toEqual({ ok: false, code: SHORT });
    expect([instance.heldAddresses, space.freeAddresses]).toEqual([1, 1]);
  });

  it('gives its prefixes back when there is no address left for its own', () => {
    const space = new SubnetSpace({ base: 0, size: 64 });
    space.takeExactly([...[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], ...Array.from({ length: 31 }, (_, at) => 32 + at)]);
    const { ask } = anInstance({ subnets: [{ id: 'subnet-0', space, tags: {} }] });
    expect(ask(create(1, 'prefix'))).toEqual({ ok: false, code: SHORT });
    expect([space.freeAddresses, space.freeBlocks]).toEqual([16, 1]);
  });

  it('is refused in a subnet that is not there', () => {
    expect(anInstance().ask({ ...create(1), subnet: 'subnet-9' })).toEqual({
      ok: false,
      code: 'InvalidSubnetID.NotFound',
    });
  });

  it('goes to the subnet asked for', () => {
    const other = new SubnetSpace({ base: 1024, size: 32 });
    const first = { id: 'subnet-0', space: new SubnetSpace({ base: 0, size: 256 }), tags: {} };
    const { ask } = anInstance({ subnets: [first, { id: 'subnet-1', space: other, tags: {} }] });
    expect(ask({ ...create(1), subnet: 'subnet-1' })).toMatchObject({ ok: true, created: { own: 1028 } });
    expect(other.freeAddresses).toBe(25);
  });

  it('takes what a recording says', () => {
    const { instance, ask } = anInstance();
    ask(create(2, 'ip'), [100, 90]);
    expect(instance.describe('eni-00001')).toMatchObject({ own: 5, addresses: [90, 100] });
    ask(create(1, 'prefix'), [64]);
    expect(instance.describe('eni-00002')).toMatchObject({ own: 6, prefixes: [64] });
    ask(create(1, 'ip'), [7]);
    expect(instance.describe('eni-00003')).toMatchObject({ own: 8, addresses: [7] });
    expect(ask(create(1, 'ip'), [100])).toEqual({ ok: false, code: SHORT });
    expect(ask(create(1, 'prefix'), [80])).toEqual({ ok: false, code: 'InvalidParameterValue' });
  });
});

describe('an assign', () => {
  it('adds addresses or prefixes as far as there are slots', () => {
    const { instance, ask } = anInstance();
    expect(ask(assign('eni-00000', 2))).toEqual({ ok: true, addresses: [5, 6] });
    expect(ask(assign('eni-00000', 1, 'prefix'))).toEqual({ ok: true, addresses: [16] });
    expect(instance.describe('eni-00000')).toMatchObject({ addresses: [5, 6], prefixes: [16] });
    expect(instance.heldAddresses).toBe(1 + 2 + 16);
    expect(ask(assign('eni-00000', 1))).toEqual({ ok: false, code: 'PrivateIpAddressLimitExceeded' });
    expect(ask(unassign('eni-00000', [16], 'prefix'))).toEqual({ ok: true });
    expect(ask(assign('eni-00000', 2))).toEqual({ ok: false, code: 'PrivateIpAddressLimitExceeded' });
    expect(ask(assign('eni-00000', 1)).ok).toBe(true);
  });

  it('fails as a whole in a subnet that is short', () => {
    const { instance, space, ask } = anInstance({}, 16);
    space.takeAddresses(8);
    expect(ask(assign('eni-00000', 3))).toEqual({ ok: false, code: SHORT });
    expect(ask(assign('eni-00000', 1, 'prefix'))).toEqual({ ok: false, code: 'InsufficientCidrBlocks' });
    expect(instance.heldAddresses).toBe(1);
    expect(ask(assign('eni-00000', 2)).ok).toBe(true);
  });

  it('gives what a recording says', () => {
    const { ask } = anInstance();
    expect(ask(assign('eni-00000', 1), [77])).toEqual({ ok: true, addresses: [77] });
    expect(ask(assign('eni-00000', 1), [77])).toEqual({ ok: false, code: SHORT });
  });
});

describe('an unassign', () => {
  it('gives exactly those back', () => {
    const { instance, space, ask } = anInstance();
    ask(assign('eni-00000', 3));
    expect(ask(unassign('eni-00000', [5, 7]))).toEqual({ ok: true });
    expect(instance.describe('eni-00000')?.addresses).toEqual([6]);
    expect([instance.heldAddresses, space.freeAddresses]).toEqual([2, 249]);
    ask(assign('eni-00000', 1, 'prefix'));
    ask(unassign('eni-00000', [16], 'prefix'));
    expect([instance.heldAddresses, space.freeAddresses, instance.describe('eni-00000')?.prefixes]).toEqual([
      2,
      249,
      [],
    ]);
  });

  it('gives nothing back when one of them is not there', () => {
    const { instance, ask } = anInstance();
    ask(assign('eni-00000', 2));
    expect(ask(unassign('eni-00000', [5, 99]))).toEqual({ ok: false, code: 'InvalidParameterValue' });
    expect(ask(unassign('eni-00000', [5], 'prefix'))).toEqual({ ok: false, code: 'InvalidParameterValue' });
    expect(instance.heldAddresses).toBe(3);
  });
});

describe('an interface', () => {
  it('is attached and detached, up to the limit of the type', () => {
    const { instance, ask } = anInstance();
    for (let made = 0; made < 3; made++) ask(create(0));
    expect(ask(attach('eni-00001', 1))).toEqual({ ok: true });
    expect(instance.describe('eni-00001')?.device).toBe(1);
    expect(ask(attach('eni-00002', 2))).toEqual({ ok: true });
    expect(ask(attach('eni-00003', 3))).toEqual({ ok: false, code: 'AttachmentLimitExceeded' });
    expect(instance.attachedENIs).toBe(3);
    expect(ask(on('eni-00001', 'DetachNetworkInterface'))).toEqual({ ok: true });
    expect([instance.describe('eni-00001')?.device, instance.attachedENIs]).toEqual([-1, 2]);
    expect(ask(on('eni-00001', 'DetachNetworkInterface'))).toEqual({ ok: false, code: 'InvalidAttachmentID.NotFound' });
    expect(instance.attachedENIs).toBe(2);
  });

  it('is deleted once it is detached, and then its addresses are free', () => {
    const { instance, space, ask } = anInstance();
    ask(create(2));
    ask(assign('eni-00001', 1, 'prefix'));
    ask(attach('eni-00001', 1));
    expect(ask(on('eni-00001', 'DeleteNetworkInterface'))).toEqual({ ok: false, code: 'InvalidParameterValue' });
    ask(on('eni-00001', 'DetachNetworkInterface'));
    expect(instance.heldAddresses).toBe(1 + 3 + 16);
    expect(ask(on('eni-00001', 'DeleteNetworkInterface'))).toEqual({ ok: true });
    expect([instance.heldAddresses, space.freeAddresses]).toEqual([1, 250]);
    expect(ask(on('eni-00001', 'DeleteNetworkInterface'))).toMatchObject({ ok: false, code: NOT_FOUND });
  });

  it('takes tags, the new over the old', () => {
    const { instance, ask } = anInstance();
    ask(create(0, 'ip', { tags: { a: '1', b: '2' } }));
    expect(instance.describe('eni-00001')?.tags).toEqual({ a: '1', b: '2' });
    expect(ask({ action: 'CreateTags', eni: 'eni-00001', tags: { b: '3' } })).toEqual({ ok: true });
    expect(instance.describe('eni-00001')?.tags).toEqual({ a: '1', b: '3' });
    expect(ask({ action: 'ModifyNetworkInterfaceAttribute', eni: 'eni-00001', attribute: 'groups' })).toEqual({
      ok: true,
    });
  });
});
