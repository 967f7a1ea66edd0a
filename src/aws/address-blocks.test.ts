import { describe, expect, test } from 'vitest';
import { AddressBlocks, type AddressRange, addressNumber, rangeOf } from './address-blocks.ts';

function range(cidr: string): AddressRange {
  const found = rangeOf(cidr);
  if (found === undefined) throw new Error(`${cidr} is no CIDR`);
  return found;
}

describe('the free /28 blocks of a subnet', () => {
  test('are all but the first and the last when nothing is used', () => {
    expect(new AddressBlocks(range('10.0.0.0/24')).freeBlocks).toBe(16 - 2);
    expect(new AddressBlocks(range('10.0.0.0/16')).freeBlocks).toBe(4_096 - 2);
    expect(new AddressBlocks(range('10.0.0.0/28')).freeBlocks).toBe(0);
  });

  test('end with one address in each, though most addresses are free', () => {
    const blocks = new AddressBlocks(range('10.0.0.0/24'));
    for (let block = 0; block < 16; block += 1) {
      const address = range('10.0.0.0/24').first + block * 16 + 7;
      blocks.touch({ first: address, last: address });
    }
    expect(blocks.freeBlocks).toBe(0);
  });

  test('lose a reservation and only its part inside the subnet', () => {
    const blocks = new AddressBlocks(range('10.0.1.0/24'));
    blocks.touch(range('10.0.1.64/26'));
    expect(blocks.freeBlocks).toBe(14 - 4);
    blocks.touch(range('10.0.0.0/24'));
    blocks.touch(range('10.0.2.0/24'));
    expect(blocks.freeBlocks).toBe(10);
    blocks.touch(range('10.0.0.0/16'));
    expect(blocks.freeBlocks).toBe(0);
  });
});

test.each([
  ['10.0.0.0/24', { first: 167_772_160, last: 167_772_415 }],
  ['192.168.255.255/32', { first: 3_232_301_055, last: 3_232_301_055 }],
  ['10.0.0.0', undefined],
  ['10.0.0.0/33', undefined],
  ['10.0.0.256/24', undefined],
  ['fd00::/8', undefined],
])('%s has the bounds %j', (cidr, bounds) => {
  expect(rangeOf(cidr)).toEqual(bounds);
});

test('an address is one number and nothing else is an address', () => {
  expect(['10.0.1.4', '255.255.255.255', '10.0.1', '10.0.1.4.5', ''].map(addressNumber)).toEqual([
    167_772_420,
    4_294_967_295,
    undefined,
    undefined,
    undefined,
  ]);
});
