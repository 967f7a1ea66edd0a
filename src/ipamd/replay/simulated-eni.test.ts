import { describe, expect, it } from 'vitest';
import { SubnetSpace } from '../subnet-space.ts';
import { describedOf, eniId, giveBack, heldOf, take } from './simulated-eni.ts';
import type { SimulatedENI } from './simulated-eni.ts';

const aSpace = () => new SubnetSpace({ base: 0, size: 256 });

function anENI(wanted: Partial<SimulatedENI> = {}): SimulatedENI {
  return {
    id: 'eni-1',
    subnet: { id: 'subnet-0', space: aSpace(), tags: {} },
    own: 4,
    addresses: [5, 6],
    prefixes: [16],
    trunk: false,
    tags: { a: 'b' },
    device: 1,
    described: undefined,
    ...wanted,
  };
}

it('ids sort in the order of creation', () => {
  expect([0, 7, 99_999].map(eniId)).toEqual(['eni-00000', 'eni-00007', 'eni-99999']);
});

it('an interface holds its own address, its others, and sixteen a prefix', () => {
  expect([heldOf(anENI()), heldOf(anENI({ addresses: [], prefixes: [] }))]).toEqual([19, 1]);
});

describe('taking from a subnet', () => {
  it('is of addresses or whole blocks', () => {
    const space = aSpace();
    expect(take(space, 'ip', 2, undefined)).toEqual([4, 5]);
    expect(take(space, 'prefix', 1, undefined)).toEqual([16]);
    expect(take(space, 'prefix', 99, undefined)).toBeUndefined();
  });

  it('is of what was given, whole blocks by their first address', () => {
    const space = aSpace();
    expect(take(space, 'prefix', 1, [32])).toEqual([32]);
    expect(space.freeAddresses).toBe(251 - 16);
    expect(take(space, 'ip', 1, [47])).toBeUndefined();
    expect(take(space, 'ip', 2, [48, 31])).toEqual([48, 31]);
  });

  it('is undone by giving back the same', () => {
    const space = aSpace();
    giveBack(space, 'prefix', take(space, 'prefix', 2, undefined) ?? []);
    giveBack(space, 'ip', take(space, 'ip', 3, undefined) ?? []);
    expect([space.freeAddresses, space.freeBlocks]).toEqual([251, 14]);
  });
});

it('an interface is described as it is, once until it changes', () => {
  const eni = anENI();
  const described = describedOf(eni);
  expect(described).toEqual({
    eni: 'eni-1',
    device: 1,
    subnet: 'subnet-0',
    own: 4,
    addresses: [5, 6],
    prefixes: [16],
    trunk: false,
    tags: { a: 'b' },
  });
  eni.addresses.push(9);
  expect(described.addresses).toEqual([5, 6]);
  expect(describedOf(eni)).toBe(described);
  eni.described = undefined;
  expect(describedOf(eni).addresses).toEqual([5, 6, 9]);
});
